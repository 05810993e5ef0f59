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
    draws = np.array([_one_draw(positive, scores, subject_of, count, random) for _ in range(REPLICATES)])
    lows, highs = np.nanpercentile(draws, [2.5, 97.5], axis=0)
    deviations = np.nanstd(draws, axis=0, ddof=1)
    values = average_precision(positive, scores), area_under_curve(positive, scores)
    precision, area = (
        Estimate(value, float(low), float(high), float(deviation))
        for value, low, high, deviation in zip(values, lows, highs, deviations, strict=True)
    )
    return precision, area


def _one_draw(
    positive: Array, scores: Array, subject_of: Array, count: int, random: np.random.Generator
) -> tuple[float, float]:
    times = np.bincount(random.integers(0, count, count), minlength=count)[subject_of]
    drawn = times > 0
    if len(np.unique(positive[drawn])) < 2:
        return float("nan"), float("nan")
    weights = times[drawn].astype(np.float64)
    return (
        average_precision(positive[drawn], scores[drawn], weights),
        area_under_curve(positive[drawn], scores[drawn], weights),
    )
