"""Fits and cross-validates the institution model beside the naive ranking, and what each kind of columns adds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    everything = np.hstack([table.matrix, table.geography])
    seen = {OWN: table.matrix[:, : table.own], LINKED: table.matrix, PLACED: everything}
    fitted = [{name: _fit_folds(matrix, is_violating, folds, seed) for name, matrix in seen.items()} for folds in deals]
    rankings = [
        {NAIVE: table.naive, **{name: _held_out(raw_scores, of[name], seen[name], folds) for name in seen}}
        for of, folds in zip(fitted, deals, strict=True)
    ]
    figures = [
        figure
        for repeat, (scores, folds) in enumerate(zip(rankings, deals, strict=True))
        for figure in judge_folds(scores, is_violating, table.has_claims, folds, repeat)
    ]
    probability = _calibrated(rankings[0][LINKED], is_violating, deals[0])
    shap_values = _held_out(contributions, fitted[0][LINKED], table.matrix, deals[0])
    return CrossValidation(deals[0], rankings[0], probability, shap_values, figures)


def _fit_folds(matrix: Array, is_violating: Array, folds: Array, seed: int) -> list[lightgbm.Booster]:
    """The trees of each fold, which learn from the institutions of all other folds."""
    return [fit_trees(matrix[folds != fold], is_violating[folds != fold], seed) for fold in range(FOLDS)]


def _held_out(
    say: Callable[[lightgbm.Booster, Array], Array], boosters: Sequence[lightgbm.Booster], matrix: Array, folds: Array
) -> Array:
    """What the trees that had not seen an institution say of it, in the order of the institutions."""
    parts = [say(booster, matrix[folds == fold]) for fold, booster in enumerate(boosters)]
    return np.concatenate(parts)[np.argsort(np.argsort(folds, kind="stable"), kind="stable")]


def fit_trees(matrix: Array, is_violating: Array, seed: int, names: Sequence[str] | None = None) -> lightgbm.Booster:
    """Boosted trees over these columns, which the trees call `names`."""
    called = names or [f"column_{at}" for at in range(matrix.shape[1])]
    return fit_boosting(matrix, is_violating, np.ones(len(matrix)), called, seed, ROUNDS, **BOOSTING)


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
