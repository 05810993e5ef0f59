"""Fits and cross-validates the institution model: own totals, and own totals with links, beside the naive ranking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np

from claims.tables import Array
from scoring.knots import Knots
from training.calibrate import fit_knots
from training.fit import contributions, fit_boosting, raw_scores
from training.folds import FOLDS, FoldFigures, assign_folds, judge_folds
from training.institution_table import InstitutionTable

NAIVE, OWN, LINKED = "naive", "own", "own_and_links"

BOOSTING: dict[str, Any] = {"learning_rate": 0.03, "num_leaves": 7, "min_data_in_leaf": 20, "feature_fraction": 0.5}
ROUNDS = 150
"""Few hundred positives: small trees, few of them, and a fixed number, since stopping on a fold would look at it."""


@dataclass(frozen=True)
class CrossValidation:
    """What each institution got from models that had not seen it.

    Attributes:
        folds: (g,) 0 to 4.
        rankings: naive, own and own_and_links -> (g,) scores.
        probability: (g,) of own_and_links, calibrated on the other folds.
        contributions: (g, k) SHAP values of the model that had not seen the institution, log odds.
        figures: by ranking, population and fold.
    """

    folds: Array
    rankings: dict[str, Array]
    probability: Array
    contributions: Array
    figures: list[FoldFigures]


def cross_validate(table: InstitutionTable, is_violating: Array, seed: int) -> CrossValidation:
    """Five folds over the labelled institutions.

    Args:
        table: g labelled institutions.
        is_violating: (g,) labels.
        seed: of folds and trees.

    Raises:
        NotEnoughData: too few of one class have claims.
    """
    folds = assign_folds(is_violating, table.has_claims, seed)
    rankings = {NAIVE: table.naive}
    shap_values = np.zeros_like(table.matrix)
    for name, width in ((OWN, table.own), (LINKED, table.matrix.shape[1])):
        rankings[name] = np.zeros(len(folds))
        for fold in range(FOLDS):
            held_out = folds == fold
            booster = fit_trees(table, is_violating, np.flatnonzero(~held_out), width, seed)
            rankings[name][held_out] = raw_scores(booster, table.matrix[held_out][:, :width])
            if name == LINKED:
                shap_values[held_out] = contributions(booster, table.matrix[held_out])
    figures = judge_folds(rankings, is_violating, table.has_claims, folds)
    return CrossValidation(folds, rankings, _calibrated(rankings[LINKED], is_violating, folds), shap_values, figures)


def fit_trees(table: InstitutionTable, is_violating: Array, rows: Array, width: int, seed: int) -> lightgbm.Booster:
    """Boosted trees over the first `width` columns of the given rows."""
    names = [column.name for column in table.columns[:width]]
    return fit_boosting(
        table.matrix[rows][:, :width], is_violating[rows], np.ones(len(rows)), names, None, seed, ROUNDS, **BOOSTING
    )


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
    rows = np.arange(len(is_violating))
    booster = fit_trees(table, is_violating, rows, table.matrix.shape[1], seed)
    return booster, fit_knots(validation.rankings[LINKED], is_violating)
