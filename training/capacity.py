"""What reviewers find when they can look at only so many claims a day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from claims.clock import area_day
from claims.tables import Array

REVIEWS_PER_DAY = 20
"""Claims that the reviewers of one pooling area can judge in a day: two people, about 20 minutes a claim."""


@dataclass(frozen=True)
class AtCapacity:
    """The outcome of looking at the best-ranked claims of each day.

    Attributes:
        chosen: claims looked at.
        judged: those of them that have a verdict; the others are unknown, not in order.
        violating: those judged violating.
        money_fen: money found violating in them.
    """

    chosen: int
    judged: int
    violating: int
    money_fen: int

    @property
    def precision(self) -> float:
        """Share of the judged ones that are violating; not a number when none was judged."""
        return self.violating / self.judged if self.judged else float("nan")


def choose_daily(scores: Array, settled_at: Array, per_day: int) -> Array:
    """Row numbers of the `per_day` best-ranked claims of each day; ties by row."""
    return np.flatnonzero(ranks_of_day(scores, settled_at) < per_day)


def by_money(probability: Array, total_fen: Array) -> Array:
    """(n,) how claims rank where money counts: the probability times the root of the amount.

    Times the amount itself, dear claims with a small probability would come first, and small probabilities are the
    ones that a model of reviewed claims puts too high: what nobody led reviewers to is mostly in order. The root was
    chosen on made-up cities, see docs/learning.md.

    Args:
        probability: (n,) of a violation.
        total_fen: (n,) fee of the claim.

    >>> by_money(np.array([0.9, 0.02]), np.array([10_000, 1_000_000])).tolist()
    [90.0, 20.0]
    """
    return np.asarray(probability * np.sqrt(np.maximum(total_fen, 0)))


def ranks_of_day(scores: Array, settled_at: Array) -> Array:
    """(n,) how many claims of the same day rank before each; ties by row.

    >>> ranks_of_day(np.array([0.1, 0.9, 0.5]), np.array([0, 60, 90_000])).tolist()
    [1, 0, 0]
    """
    days = area_day(settled_at)
    order = np.lexsort((np.arange(len(scores)), -scores, days))
    starts = np.flatnonzero(np.r_[True, np.diff(days[order]) != 0]) if len(order) else np.empty(0, dtype=np.int64)
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
    return ranks


def money_curve(scores: Array, settled_at: Array, money_fen: Array, most_per_day: int) -> tuple[Array, Array]:
    """Money found when 1, 2, ... `most_per_day` of the best-ranked claims of each day are looked at.

    Args:
        scores: (n,) higher is more suspicious.
        settled_at: (n,) seconds.
        money_fen: (n,) money found violating, 0 where none or where nobody judged.
        most_per_day: where the curve ends.

    Returns:
        Claims a day, and money in fen.

    >>> money_curve(np.array([0.1, 0.9]), np.array([0, 60]), np.array([500, 70]), 3)
    (array([1, 2, 3]), array([ 70., 570., 570.]))
    """
    ranks = ranks_of_day(scores, settled_at)
    found = np.bincount(ranks, weights=money_fen, minlength=most_per_day)[:most_per_day]
    return np.arange(1, most_per_day + 1), np.cumsum(found)


def choose_daily_cases(scores: Array, settled_at: Array, subjects: Array, per_day: int) -> Array:
    """Row numbers of all claims of the `per_day` subjects of each day whose best claim ranks highest.

    Args:
        scores: (n,) higher is more suspicious.
        settled_at: (n,) seconds.
        subjects: (n,) whose claim it is: a case of a day holds all claims that the subject settled on it.
        per_day: cases that reviewers can look at in a day.
    """
    _, subject = np.unique(subjects.astype(str), return_inverse=True)
    day = area_day(settled_at)
    _, case = np.unique(day * (int(subject.max(initial=0)) + 1) + subject, return_inverse=True)
    order = np.lexsort((np.arange(len(scores)), -scores, case))
    best = order[np.r_[True, np.diff(case[order]) != 0]] if len(order) else order
    chosen = best[choose_daily(scores[best], settled_at[best], per_day)]
    return np.flatnonzero(np.isin(case, case[chosen]))


def at_capacity(chosen: Array, label: Array, amount_fen: Array) -> AtCapacity:
    """The outcome of looking at some claims.

    Args:
        chosen: row numbers, from `choose_daily` or `choose_daily_cases` over all claims settled in the period.
        label: (n,) 1 violating, 0 in order, -1 unlabelled.
        amount_fen: (n,) money found violating, 0 where none.
    """
    return AtCapacity(
        len(chosen),
        int((label[chosen] >= 0).sum()),
        int((label[chosen] == 1).sum()),
        int(amount_fen[chosen][label[chosen] == 1].sum()),
    )


def threshold_for(scores: Array, settled_at: Array, per_day: float) -> float:
    """The least score that sends no more than `per_day` claims of an average day to reviewers.

    Args:
        scores: (n,) all claims of a recent period.
        settled_at: (n,) seconds.
        per_day: average number of claims a day that may pass the threshold (score >= threshold).
    """
    days = len(np.unique(area_day(settled_at)))
    most = int(per_day * days)
    if most >= len(scores):
        return float(scores.min())
    falling = np.sort(scores)[::-1]
    passing = falling[:most]
    # Claims that tie with the first one left out would all pass: stand above them.
    above = passing[passing > falling[most]]
    return float(above[-1]) if len(above) else float(np.nextafter(falling[0], np.inf))
