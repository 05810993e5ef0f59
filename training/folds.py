"""Five folds over institutions, dealt three times, and what rankings reach on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import StratifiedKFold

from claims.errors import NotEnoughData
from claims.tables import Array
from training.judge import area_under_curve, average_precision, recall_at_positives

FOLDS = 5
REPEATS = 3
"""How often the folds are dealt anew: with a few dozen positives in a fold, one deal is luck."""


@dataclass(frozen=True)
class FoldFigures:
    """What one ranking reached on one fold, on all labelled institutions or on those with claims.

    Attributes:
        ranking: one of `training.institution_model.RANKINGS`.
        population: all or with_claims.
        repeat, fold: which deal of the folds, from 0 on, and which of its folds, 0 to 4.
        institutions, positives: how many in the fold.
        average_precision, area_under_curve, recall_at_positives: figures in [0, 1].
    """

    ranking: str
    population: str
    repeat: int
    fold: int
    institutions: int
    positives: int
    average_precision: float
    area_under_curve: float
    recall_at_positives: float


FIGURES = ("average_precision", "area_under_curve", "recall_at_positives")


def assign_folds(is_violating: Array, has_claims: Array, seed: int) -> Array:
    """The fold of each institution, (g,) 0 to 4.

    One row is one institution, so that folds over rows are folds grouped by institution: nothing of an institution is
    learned from and judged. Each fold has its share of positives, with and without claims.

    Raises:
        NotEnoughData: fewer than five positives or negatives among the institutions with claims.
    """
    strata = 2 * is_violating.astype(np.int64) + has_claims
    with_claims = np.bincount(is_violating[has_claims].astype(np.int64), minlength=2)
    if with_claims.min() < FOLDS:
        raise NotEnoughData(
            f"Of the labelled institutions with claims in the store {with_claims[1]} are Yes and {with_claims[0]} are "
            f"No; at least {FOLDS} of each are needed for {FOLDS} folds. Import their claims, or check the ids."
        )
    folds = np.empty(len(strata), dtype=np.int64)
    for stratum in np.unique(strata):
        rows = np.flatnonzero(strata == stratum)
        if len(rows) < FOLDS:  # a handful without claims: deal them out
            folds[rows] = np.arange(len(rows)) % FOLDS
            continue
        parts = StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(rows, strata[rows])
        for fold, (_, held_out) in enumerate(parts):
            folds[rows[held_out]] = fold
    return folds


def judge_folds(
    rankings: Mapping[str, Array], is_violating: Array, has_claims: Array, folds: Array, repeat: int
) -> list[FoldFigures]:
    """The figures of each ranking on each fold of one deal, on all institutions and on those with claims apart."""
    populations = {"all": np.ones(len(folds), dtype=np.bool_), "with_claims": has_claims}
    return [
        _figures(name, population, (repeat, fold), scores[rows], is_violating[rows])
        for name, scores in rankings.items()
        for population, chosen in populations.items()
        for fold in range(FOLDS)
        for rows in [np.flatnonzero(chosen & (folds == fold))]
    ]


def _figures(name: str, population: str, place: tuple[int, int], scores: Array, positive: Array) -> FoldFigures:
    return FoldFigures(
        name,
        population,
        *place,
        len(positive),
        int(positive.sum()),
        average_precision(positive, scores),
        area_under_curve(positive, scores),
        recall_at_positives(positive, scores),
    )


def mean_and_deviation(figures: list[FoldFigures], ranking: str, population: str, figure: str) -> tuple[float, float]:
    """Mean and standard deviation over the folds of all deals (n - 1 in the divisor)."""
    return _mean_and_deviation(list(_by_fold(figures, ranking, population, figure).values()))


def gain(figures: list[FoldFigures], ranking: str, over: str, population: str) -> tuple[float, float]:
    """How much more average precision than another ranking reached on the same fold: mean and standard deviation."""
    ours, theirs = (_by_fold(figures, name, population, "average_precision") for name in (ranking, over))
    return _mean_and_deviation([value - theirs[place] for place, value in ours.items()])


def _by_fold(figures: list[FoldFigures], ranking: str, population: str, figure: str) -> dict[tuple[int, int], float]:
    return {
        (row.repeat, row.fold): float(getattr(row, figure))
        for row in figures
        if row.ranking == ranking and row.population == population
    }


def _mean_and_deviation(values: list[float]) -> tuple[float, float]:
    return float(np.mean(values)), float(np.std(values, ddof=1))
