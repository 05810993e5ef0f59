"""Fits and cross-validates the institution model beside the naive ranking, and what each kind of columns adds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np

from claims.tables import Array
from scoring.knots import Knots
from training.calibrate import fit_knots
from training.fit import contributions, fit_boosting, raw_scores
from training.folds import FOLDS, REPEATS, FoldFigures, assign_folds, judge_folds
from training.institution_table import InstitutionTable

NAIVE, OWN, LINKED, PLACED = "naive", "own", "own_and_links", "own_links_and_geography"
RANKINGS = {
    NAIVE: "naive: total",
    OWN: "own",
    LINKED: "own, links",
    PLACED: "own, links, places",
}
"""Ranking -> its words. The model is `LINKED`; the others show what its columns add, and what geography would."""

BOOSTING: dict[str, Any] = {
    "learning_rate": 0.03,
    "num_leaves": 7,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.5,
    "num_threads": 1,
}
ROUNDS = 150
"""Few hundred positives: small trees, few of them, and a fixed number, since stopping on a fold would look at it."""


@dataclass(frozen=True)
class CrossValidation:
    """What each institution got from models that had not seen it.

    Attributes:
        folds: (g,) 0 to 4, of the first deal.
        rankings: each of `RANKINGS` -> (g,) scores of the first deal.
        probability: (g,) of `LINKED`, calibrated on the other folds.
        contributions: (g, k) SHAP values of the model that had not seen the institution, log odds.
        figures: by ranking, population and fold of every deal.
    """

    folds: Array
    rankings: dict[str, Array]
    probability: Array
    contributions: Array
    figures: list[FoldFigures]


def cross_validate(table: InstitutionTable, is_violating: Array, seed: int) -> CrossValidation:
    """Five folds over the labelled institutions, dealt `REPEATS` times.

    Args:
        table: g labelled institutions.
        is_violating: (g,) labels.
        seed: of folds and trees.

    Raises:
        NotEnoughData: too few of one class have claims.
    """
    deals = [assign_folds(is_violating, table.has_claims, seed + repeat) for repeat in range(REPEATS)]
    rankings = [_rankings(table, is_violating, folds, seed) for folds in deals]
    figures = [
        figure
        for repeat, (scores, folds) in enumerate(zip(rankings, deals, strict=True))
        for figure in judge_folds(scores, is_violating, table.has_claims, folds, repeat)
    ]
    probability = _calibrated(rankings[0][LINKED], is_violating, deals[0])
    return CrossValidation(
        deals[0], rankings[0], probability, _contributions(table, is_violating, deals[0], seed), figures
    )


def _rankings(table: InstitutionTable, is_violating: Array, folds: Array, seed: int) -> dict[str, Array]:
    """Each ranking, by models that had not seen the institution."""
    everything = np.hstack([table.matrix, table.geography])
    seen = {OWN: table.matrix[:, : table.own], LINKED: table.matrix, PLACED: everything}
    rankings = {NAIVE: table.naive}
    for name, matrix in seen.items():
        rankings[name] = np.zeros(len(folds))
        for fold in range(FOLDS):
            held_out = folds == fold
            booster = fit_trees(matrix[~held_out], is_violating[~held_out], seed)
            rankings[name][held_out] = raw_scores(booster, matrix[held_out])
    return rankings


def _contributions(table: InstitutionTable, is_violating: Array, folds: Array, seed: int) -> Array:
    shap_values = np.zeros_like(table.matrix)
    for fold in range(FOLDS):
        held_out = folds == fold
        booster = fit_trees(table.matrix[~held_out], is_violating[~held_out], seed)
        shap_values[held_out] = contributions(booster, table.matrix[held_out])
    return shap_values


def fit_trees(matrix: Array, is_violating: Array, seed: int, names: Sequence[str] | None = None) -> lightgbm.Booster:
    """Boosted trees over these columns, which the trees call `names`."""
    called = names or [f"column_{at}" for at in range(matrix.shape[1])]
    return fit_boosting(matrix, is_violating, np.ones(len(matrix)), called, None, seed, ROUNDS, **BOOSTING)


def _calibrated(scores: Array, is_violating: Array, folds: Array) -> Array:
    probability = np.zeros(len(scores))
    for fold in range(FOLDS):
        held_out = folds == fold
        probability[held_out] = fit_knots(scores[~held_out], is_violating[~held_out]).at(scores[held_out])
    return probability


def fit_all(
    table: InstitutionTable, is_violating: Array, validation: CrossValidation, seed: int
) -> tuple[lightgbm.Booster, Knots]:
    """The model for institutions that nobody judged: trees on all labels, calibrated on the held-out scores."""
    booster = fit_trees(table.matrix, is_violating, seed, [column.name for column in table.columns])
    return booster, fit_knots(validation.rankings[LINKED], is_violating)
