"""Fits the boosted trees and the isolation forest, repeatably."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import lightgbm
import numpy as np
from sklearn.ensemble import IsolationForest

from claims.tables import Array

THREADS = 2
FOREST_TREES = 100
FOREST_SAMPLES = 256

BOOSTING: dict[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.05,
    "max_depth": 8,
    "num_leaves": 31,
    "min_data_in_leaf": 10,
    "lambda_l2": 1.0,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


def fit_boosting(
    matrix: Array,
    positive: Array,
    weights: Array,
    names: Sequence[str],
    seed: int,
    rounds: int,
    **overrides: Any,  # LightGBM's parameters are of many types
) -> lightgbm.Booster:
    """Boosted trees.

    Args:
        matrix: (n, k) float64.
        positive: (n,) true or false.
        weights: (n,) sample weights.
        names: k column names.
        seed: same seed, same data, same trees.
        rounds: how many trees.
        overrides: LightGBM parameters that replace those of `BOOSTING`.
    """
    parameters = {**BOOSTING, "seed": seed, "num_threads": THREADS, **overrides}
    data = lightgbm.Dataset(matrix, positive.astype(np.float64), weight=weights, feature_name=list(names))
    return lightgbm.train(parameters, data, num_boost_round=rounds)


def fit_forest(matrix: Array, seed: int) -> IsolationForest:
    """An isolation forest over all rows, judged or not.

    Args:
        matrix: (n, k) float64 without missing values.
        seed: same seed, same rows, same trees.
    """
    samples = min(FOREST_SAMPLES, len(matrix))
    forest = IsolationForest(n_estimators=FOREST_TREES, max_samples=samples, random_state=seed, n_jobs=1)
    return forest.fit(matrix)


def raw_scores(booster: lightgbm.Booster, matrix: Array) -> Array:
    """The boosted trees' raw scores before calibration, (n,) log odds."""
    return np.asarray(booster.predict(matrix, raw_score=True, num_threads=THREADS))


def contributions(booster: lightgbm.Booster, matrix: Array) -> Array:
    """SHAP values of each column, (n, k) log odds, without the base value."""
    return np.asarray(booster.predict(matrix, pred_contrib=True, num_threads=THREADS))[:, :-1]
