"""Boosted trees over transactions: every choice is made on the validation part, the test is scored once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np

from claims.tables import Array
from features.transactions import FAMILIES, TRANSACTION_FEATURES
from training.fit import THREADS, fit_boosting
from training.judge import area_under_curve, average_precision
from training.transaction_data import Parts, TransactionTable

_COMMON: dict[str, Any] = {"max_depth": -1, "min_data_in_leaf": 20, "feature_fraction": 0.5}
CANDIDATES: tuple[dict[str, Any], ...] = (
    {**_COMMON, "num_leaves": 31, "learning_rate": 0.05},
    {**_COMMON, "num_leaves": 31, "learning_rate": 0.03},
    {**_COMMON, "num_leaves": 63, "learning_rate": 0.03, "feature_fraction": 0.2},
)
ROUNDS = (50, 100, 150, 200, 300)
"""Where boosting may stop."""

CHOOSING_SEEDS, FINAL_SEEDS = 2, 5
"""One fit moves the average precision by a hundredth or two from seed to seed: scores are means over several fits."""


@dataclass(frozen=True)
class Figures:
    """AUC and average precision of one ranking."""

    area: float
    precision: float

    @property
    def goodness(self) -> float:
        """What a choice goes by: both together."""
        return self.area + self.precision


@dataclass(frozen=True)
class Choice:
    """What the validation part decided.

    Attributes:
        parameters: of LightGBM.
        rounds: how many trees.
        figures: what it reached on the validation part.
        tried: every candidate with its rounds and figures.
    """

    parameters: dict[str, Any]
    rounds: int
    figures: Figures
    tried: tuple[tuple[dict[str, Any], int, Figures], ...]


def judge(label: Array, scores: Array) -> Figures:
    """Figures of scores on labelled rows."""
    return Figures(area_under_curve(label == 1, scores), average_precision(label == 1, scores))


def choose(table: TransactionTable, parts: Parts, seed: int) -> Choice:
    """Fit every candidate on the training part and keep the one that is best on the validation part."""
    tried: list[tuple[dict[str, Any], int, Figures]] = []
    asked = table.matrix[parts.validation]
    for parameters in CANDIDATES:
        boosters = fit(table.matrix, table.label, parts.train, parameters, max(ROUNDS), seed, CHOOSING_SEEDS)
        for rounds in ROUNDS:
            figures = judge(table.label[parts.validation], scores_of(boosters, asked, rounds))
            tried.append((parameters, rounds, figures))
    parameters, rounds, figures = max(tried, key=lambda one: one[2].goodness)
    return Choice(parameters, rounds, figures, tuple(tried))


def fit(
    matrix: Array, label: Array, rows: Array, parameters: dict[str, Any], rounds: int, seed: int, fits: int
) -> list[lightgbm.Booster]:
    """As many boosters as `fits`, alike but for their seeds, from the labelled `rows`."""
    names = [f"column_{number}" for number in range(matrix.shape[1])]
    if matrix.shape[1] == len(TRANSACTION_FEATURES):
        names = [feature.name for feature in TRANSACTION_FEATURES]
    weights = np.ones(len(rows))
    return [
        fit_boosting(matrix[rows], label[rows] == 1, weights, names, seed + one, rounds, **parameters)
        for one in range(fits)
    ]


def scores_of(boosters: Sequence[lightgbm.Booster], matrix: Array, rounds: int | None = None) -> Array:
    """(n,) mean raw scores, log odds, of the first `rounds` trees of each booster."""
    each = [booster.predict(matrix, raw_score=True, num_iteration=rounds, num_threads=THREADS) for booster in boosters]
    return np.asarray(np.mean(each, axis=0))


def without_each_family(table: TransactionTable, parts: Parts, choice: Choice, seed: int) -> dict[str, Figures]:
    """What the validation part says when one family of columns is left out, and with all of them."""
    family_of = np.repeat(list(FAMILIES), [len(features) for features in FAMILIES.values()])
    kept = {
        "all": np.ones(len(family_of), dtype=np.bool_),
        **{f"without {name}": family_of != name for name in FAMILIES},
    }
    return {
        name: judge_columns(table.matrix[:, columns], table.label, parts, choice, seed)
        for name, columns in kept.items()
    }


def judge_columns(matrix: Array, label: Array, parts: Parts, choice: Choice, seed: int) -> Figures:
    """What other columns reach on the validation part with the chosen parameters."""
    boosters = fit(matrix, label, parts.train, choice.parameters, choice.rounds, seed, CHOOSING_SEEDS)
    return judge(label[parts.validation], scores_of(boosters, matrix[parts.validation]))
