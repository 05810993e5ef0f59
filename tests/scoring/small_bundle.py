"""A small bundle trained on made-up numbers, for tests."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

import lightgbm
import numpy as np
from sklearn.ensemble import IsolationForest

from claims.tables import Array
from scoring.bundle import Bundle, BundleFeature
from scoring.knots import Knots
from training.forest_export import export_forest

NAMES = (
    ("patient_claims_count_30d", "count"),
    ("patient_fund_sum_30d", "fen"),
    ("patient_ring_score", "score"),
    ("doctor_patient_distinct_1d", "count"),
    ("institution_claims_share_30d_at_night", "share"),
    ("claim_is_pharmacy", "flag"),
)


def values(rows: int, seed: int = 0) -> Array:
    """A (rows, 6) matrix of feature values."""
    chance = np.random.default_rng(seed)
    return np.column_stack(
        [
            chance.poisson(4, rows),
            chance.integers(0, 500_000, rows),
            chance.random(rows).round(3) * (chance.random(rows) < 0.2),
            chance.poisson(20, rows),
            chance.random(rows),
            chance.integers(0, 2, rows),
        ]
    ).astype(np.float64)


@cache
def trained() -> tuple[lightgbm.Booster, IsolationForest]:
    """A booster and a forest on 600 made-up rows."""
    matrix = values(600)
    guilty = (matrix[:, 0] > 5) & (matrix[:, 4] > 0.4) | (matrix[:, 2] > 0.5)
    parameters = {
        "objective": "binary",
        "num_leaves": 7,
        "verbose": -1,
        "seed": 1,
        "deterministic": True,
        "num_threads": 1,
    }
    booster = lightgbm.train(parameters, lightgbm.Dataset(matrix, guilty), 20)
    return booster, IsolationForest(n_estimators=25, random_state=1).fit(matrix)


def small_bundle(**changes: Any) -> Bundle:
    """The bundle, with some fields changed."""
    return dataclasses.replace(_bundle(), **changes)


@cache
def _bundle() -> Bundle:
    booster, forest = trained()
    raw = -forest.score_samples(values(600))
    ranks = np.unique(np.quantile(raw, np.linspace(0, 1, 21)))
    return Bundle(
        subject="claim",
        features=tuple(
            BundleFeature(name, unit, f"{name} 为 {{value}}", f"{name} is {{value}}.") for name, unit in NAMES
        ),
        feature_set="made-up-features",
        model_text=booster.model_to_string(),
        forest=export_forest(forest),
        probability_knots=Knots(np.array([-4.0, 0.0, 4.0]), np.array([0.01, 0.4, 0.97])),
        anomaly_knots=Knots(ranks, np.linspace(0, 1, len(ranks))),
        review_probability=0.5,
        review_anomaly=0.98,
        review_ring_score=0.6,
        trained_until=1_741_572_000,
        facts={"run": "made-up"},
    )


def bundle_reading_oddness() -> Bundle:
    """The bundle with trees that read the forest's score as their last column."""
    bundle, matrix = _bundle(), values(600)
    assert bundle.forest is not None
    odd = bundle.forest.score(matrix)
    parameters = {"objective": "binary", "num_leaves": 7, "verbose": -1, "seed": 1, "num_threads": 1}
    seen = np.column_stack([matrix, odd])
    booster = lightgbm.train(parameters, lightgbm.Dataset(seen, odd > np.quantile(odd, 0.8)), 20)
    return dataclasses.replace(bundle, model_text=booster.model_to_string(), reads_oddness=True)
