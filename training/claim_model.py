"""Fits the claim model on one split: boosted trees, their calibration, the forest, and the review thresholds."""

from __future__ import annotations

from dataclasses import dataclass

import lightgbm
import numpy as np
from sklearn.ensemble import IsolationForest

from claims.clock import DAY
from claims.tables import Array
from scoring.knots import Knots
from training.calibrate import fit_knots, fit_quantiles
from training.capacity import REVIEWS_PER_DAY, threshold_for
from training.claim_data import AlignedLabels, ClaimTable
from training.fit import fit_boosting, fit_forest, raw_scores
from training.labels import ClaimLabels
from training.split import LABEL_DELAY_DAYS, Split, sample_weights

MOST_WEIGHT = 20.0
ANOMALY_SHARE = 0.1
"""Part of the daily capacity that claims may take which only the forest finds odd."""

PACE_DAYS = 90
FOREST_ROWS = 200_000


@dataclass(frozen=True)
class ClaimPlan:
    """How to train.

    Attributes:
        cutoff, test_until: seconds; None takes the default of `split.default_cutoff` and all later claims.
        per_day: claims that reviewers can look at in a day; None takes their pace before the cut-off.
        label_delay_days: gap between the newest claim learned from and the cut-off.
        most_weight: heaviest sample weight as a multiple of the least.
        seed: of every random step.
    """

    cutoff: int | None = None
    test_until: int | None = None
    per_day: int | None = None
    label_delay_days: int = LABEL_DELAY_DAYS
    most_weight: float = MOST_WEIGHT
    seed: int = 1


@dataclass(frozen=True)
class ClaimModel:
    """The fitted parts, in the form that the bundle takes them.

    Attributes:
        booster: boosted trees.
        knots: the trees' raw score -> probability.
        forest: isolation forest over all claims before the cut-off.
        review_probability, review_anomaly: thresholds; at or above goes to reviewers. The second is a raw forest score.
        anomaly_knots: raw forest score -> share of claims of the validation period that are less odd.
    """

    booster: lightgbm.Booster
    knots: Knots
    forest: IsolationForest
    anomaly_knots: Knots
    review_probability: float
    review_anomaly: float

    def probability(self, matrix: Array) -> Array:
        """(n,) calibrated probability that reviewers find the claim violating."""
        return self.knots.at(raw_scores(self.booster, matrix))

    def oddness(self, matrix: Array) -> Array:
        """(n,) raw forest score, higher is odder."""
        return -np.asarray(self.forest.score_samples(matrix))


def reviewers_pace(labels: ClaimLabels, cutoff: int) -> int:
    """Claims judged a day over the last 90 days before the cut-off, between 1 and `REVIEWS_PER_DAY`."""
    recent = (labels.known_at >= cutoff - PACE_DAYS * DAY) & (labels.known_at < cutoff)
    return int(np.clip(round(recent.sum() / PACE_DAYS), 1, REVIEWS_PER_DAY))


def fit_claims(table: ClaimTable, labels: AlignedLabels, parts: Split, per_day: int, plan: ClaimPlan) -> ClaimModel:
    """Fit on what was known at the cut-off.

    Args:
        table: n settlements.
        labels: as known at the cut-off.
        parts: rows of the table.
        per_day: reviewers' daily capacity in claims.
        plan: seed and weights.
    """
    learning = np.r_[parts.train, parts.validation]
    weights = np.ones(len(table.matrix))
    weights[learning] = sample_weights(labels.draw_probability[learning], plan.most_weight)
    train, validation = parts.train, parts.validation
    positive = labels.label == 1
    stop_on = (table.matrix[validation], positive[validation], weights[validation])
    booster = fit_boosting(table.matrix[train], positive[train], weights[train], table.names, stop_on, plan.seed)
    knots = fit_knots(raw_scores(booster, table.matrix[validation]), positive[validation], weights[validation])
    forest = fit_forest(table.matrix[_at_most(parts.window, FOREST_ROWS, plan.seed)], plan.seed)
    recent = parts.validation_window
    settled = table.settled_at[recent]
    odd = -np.asarray(forest.score_samples(table.matrix[recent]))
    probable = knots.at(raw_scores(booster, table.matrix[recent]))
    return ClaimModel(
        booster,
        knots,
        forest,
        fit_quantiles(odd),
        threshold_for(probable, settled, per_day),
        threshold_for(odd, settled, per_day * ANOMALY_SHARE),
    )


def _at_most(rows: Array, most: int, seed: int) -> Array:
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
