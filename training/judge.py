"""How well a ranking finds what reviewers found, with intervals over subjects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from claims.tables import Array

REPLICATES = 200
LEAST_POSITIVES = 10
"""Below this many positives an interval says more about luck than about the ranking."""


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95% bootstrap interval and the standard deviation of the bootstrap."""

    value: float
    low: float
    high: float
    deviation: float = float("nan")

    def __str__(self) -> str:
        """Value and interval, such as "0.412 (0.35-0.47)"."""
        return f"{self.value:.3f} ({self.low:.2f}-{self.high:.2f})"


def average_precision(positive: Array, scores: Array, weights: Array | None = None) -> float:
    """Average precision (AP), in [0, 1]."""
    return float(average_precision_score(positive, scores, sample_weight=weights))


def area_under_curve(positive: Array, scores: Array, weights: Array | None = None) -> float:
    """Area under the receiver operating curve (AUC), in [0, 1]."""
    return float(roc_auc_score(positive, scores, sample_weight=weights))


def recall_at_positives(positive: Array, scores: Array) -> float:
    """Recall among the K best ranked, K = number of positives."""
    most = int(positive.sum())
    best = np.argsort(-scores, kind="stable")[:most]
    return float(positive[best].sum() / most)


def with_intervals(positive: Array, scores: Array, subjects: Array, seed: int) -> tuple[Estimate, Estimate]:
    """Average precision and AUC with bootstrap intervals.

    Whole subjects are drawn, since the claims of one subject stand or fall together.

    Args:
        positive: (n,) true or false, both present.
        scores: (n,) higher is more suspicious.
        subjects: (n,) id of the subject of each row.
        seed: of the bootstrap.

    Returns:
        Estimates of AP and of AUC.
    """
    _, subject_of = np.unique(subjects.astype(str), return_inverse=True)
    count = int(subject_of.max()) + 1
    random = np.random.default_rng(seed)
    ranked = Ranked(positive, scores)
    draws = np.array(
        [
            ranked.figures(np.bincount(random.integers(0, count, count), minlength=count)[subject_of])
            for _ in range(REPLICATES)
        ]
    )
    lows, highs = np.nanpercentile(draws, [2.5, 97.5], axis=0)
    deviations = np.nanstd(draws, axis=0, ddof=1)
    values = average_precision(positive, scores), area_under_curve(positive, scores)
    precision, area = (
        Estimate(value, float(low), float(high), float(deviation))
        for value, low, high, deviation in zip(values, lows, highs, deviations, strict=True)
    )
    return precision, area


class Ranked:
    """n rows sorted once, so that each draw of the bootstrap only adds up weights: scikit-learn would sort each anew.

    Args:
        positive: (n,) true or false.
        scores: (n,) higher is more suspicious; equal ones are one step of the ranking.
    """

    def __init__(self, positive: Array, scores: Array) -> None:
        self._order = np.argsort(-scores, kind="stable")
        falling = scores[self._order]
        self._positive = positive[self._order].astype(np.float64)
        self._steps = np.flatnonzero(np.r_[True, falling[1:] != falling[:-1]])

    def figures(self, weights: Array) -> tuple[float, float]:
        """Average precision and AUC with a weight for each row; not a number where one class has no weight."""
        weight = weights[self._order].astype(np.float64)
        found = np.add.reduceat(weight * self._positive, self._steps)
        missed = np.add.reduceat(weight * (1.0 - self._positive), self._steps)
        true, false = np.cumsum(found), np.cumsum(missed)
        if not true[-1] or not false[-1]:
            return float("nan"), float("nan")
        above = true + false
        precision = np.divide(true, above, out=np.zeros_like(true), where=above > 0)
        area = (missed * (true - found / 2)).sum() / (true[-1] * false[-1])
        return float((found * precision).sum() / true[-1]), float(area)
