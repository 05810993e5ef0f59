"""Fits the claim model on one split: boosted trees, their calibration, the forest, and the review thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from claims.clock import DAY
from claims.tables import Array
from scoring.forest import Forest
from scoring.knots import Knots
from scoring.rule_columns import RULE_COLUMNS
from training.calibrate import fit_knots, fit_quantiles
from training.capacity import REVIEWS_PER_DAY, threshold_for
from training.claim_data import AlignedLabels, ClaimTable
from training.claim_trees import FittedTrees, Offered, fit_trees
from training.fit import raw_scores
from training.labels import ClaimLabels
from training.oddness import grow, out_of_fold
from training.split import LABEL_DELAY_DAYS, Split, sample_weights

MOST_WEIGHT = 20.0
TRIALS = 10
ANOMALY_SHARE = 0.1
"""Part of the daily capacity that claims may take which only the forest finds odd."""

PACE_DAYS = 90
ODDNESS = "claim_oddness"
"""The forest's score among the columns that the trees read."""


@dataclass(frozen=True)
class ClaimPlan:
    """How to train.

    Attributes:
        cutoff, test_until: seconds; None takes the default of `split.default_cutoff` and all later claims.
        per_day: claims that reviewers can look at in a day; None takes their pace before the cut-off.
        label_delay_days: gap between the newest claim learned from and the cut-off.
        most_weight: heaviest sample weight as a multiple of the least.
        seed: of every random step.
        trials: how many sets of LightGBM's parameters are tried; 1 takes the usual ones.
        cluster: address of a Dask cluster that fits the trees, see `claims.workers.cluster`; None for this process.
    """

    cutoff: int | None = None
    test_until: int | None = None
    per_day: int | None = None
    label_delay_days: int = LABEL_DELAY_DAYS
    most_weight: float = MOST_WEIGHT
    seed: int = 1
    trials: int = TRIALS
    cluster: str | None = None


@dataclass(frozen=True)
class ClaimModel:
    """The fitted parts, in the form that the bundle takes them.

    Attributes:
        trees: boosted trees, the parameters that trials chose, and how many there are and why.
        knots: the trees' raw score -> probability.
        forest: isolation forest over all claims before the cut-off; the trees read its score as their last column.
        review_probability, review_anomaly: thresholds; at or above goes to reviewers. The second is a raw forest score.
        anomaly_knots: raw forest score -> share of claims of the validation period that are less odd.
    """

    trees: FittedTrees
    knots: Knots
    forest: Forest
    anomaly_knots: Knots
    review_probability: float
    review_anomaly: float

    def probability(self, table: ClaimTable, rows: Array) -> Array:
        """(r,) calibrated probability that reviewers find each claim violating."""
        return self.knots.at(raw_scores(self.trees.booster, self.seen(table, rows)))

    def seen(self, table: ClaimTable, rows: Array) -> Array:
        """(r, k + 5) what the trees read: features, columns of rules, oddness."""
        return np.column_stack([table.read_by_trees(rows), self.forest.score(table.matrix[rows])])


def reviewers_pace(labels: ClaimLabels, cutoff: int) -> int:
    """Claims judged a day over the last 90 days before the cut-off, between 1 and `REVIEWS_PER_DAY`."""
    recent = (labels.known_at >= cutoff - PACE_DAYS * DAY) & (labels.known_at < cutoff)
    return int(np.clip(round(recent.sum() / PACE_DAYS), 1, REVIEWS_PER_DAY))


def fit_claims(
    table: ClaimTable,
    labels: AlignedLabels,
    parts: Split,
    per_day: int,
    plan: ClaimPlan,
    parameters: Mapping[str, Any] | None = None,
    units: Array | None = None,
) -> ClaimModel:
    """Fit on what was known at the cut-off.

    Args:
        table: n settlements; rules were asked about the judged ones and those of the validation window.
        labels: as known at the cut-off.
        parts: rows of the table.
        per_day: reviewers' daily capacity in claims.
        plan: seed, weights, trials and cluster.
        parameters: LightGBM's; None lets trials choose them.
        units: (n,) rings and patients as known at the cut-off, see `units.units_of`; None takes the patients.
    """
    learning, cut = np.r_[parts.train, parts.validation], len(parts.train)
    weights = sample_weights(labels.draw_probability[learning], plan.most_weight)
    odd = out_of_fold(table.matrix, parts.window, learning, table.patient_ids, plan.seed)
    seen, positive = np.column_stack([table.read_by_trees(learning), odd]), labels.label[learning] == 1
    of_validation = (table.patient_ids if units is None else units)[parts.validation]
    offered = Offered(seen, positive, weights, cut, column_names(table), of_validation)
    trees = fit_trees(offered, plan.seed, plan.trials, parameters, plan.cluster)
    knots = fit_knots(raw_scores(trees.booster, seen[cut:]), positive[cut:], weights[cut:])
    forest, recent = grow(table.matrix, parts.window, plan.seed), parts.validation_window
    settled, odd = table.settled_at[recent], forest.score(table.matrix[recent])
    probable = knots.at(raw_scores(trees.booster, np.column_stack([table.read_by_trees(recent), odd])))
    return ClaimModel(
        trees,
        knots,
        forest,
        fit_quantiles(odd),
        threshold_for(probable, settled, per_day),
        threshold_for(odd, settled, per_day * ANOMALY_SHARE),
    )


def column_names(table: ClaimTable) -> tuple[str, ...]:
    """What the trees read, by name: features, columns of rules, oddness."""
    return (*table.names, *(column.name for column in RULE_COLUMNS), ODDNESS)
