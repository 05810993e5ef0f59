"""What claims drawn at random say about all claims of a period: how much is wrong, and how much of it was missed.

Claims that a rule, a tip or a model led to stand for themselves. Those drawn at random stand, each for one over its
chance, for all other claims of the period; their weights are scaled to the number of these, since some draws have no
verdict yet. Nothing else is unbiased: what was led to is not a sample of anything.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audit.life.past_verdicts import share
from claims.tables import Array
from training.judge import LEAST_POSITIVES

REPLICATES = 1_000


@dataclass(frozen=True)
class Bounded:
    """An estimate with its 95% interval; with fewer than ten positives among the draws at most an upper bound."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class RandomShare:
    """What the random draws of a period say.

    Attributes:
        draws, positives: draws with a verdict, and those of them found violating.
        effective: size of a simple sample that would tell as much as the weighted draws.
        prevalence: share of the period's claims that are violating.
        missed_fen: money violating in claims that nobody looked at and the ranking would not send to reviewers.
        recall, money_recall: of what is violating, the share that the ranking would send, by claims and by money.
    """

    draws: int
    positives: int
    effective: float
    prevalence: Bounded
    missed_fen: Bounded
    recall: Bounded
    money_recall: Bounded

    def estimates(self) -> dict[str, Bounded]:
        """The estimates by name."""
        names = ("prevalence", "missed_fen", "recall", "money_recall")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Period:
    """n claims of a period.

    Attributes:
        label: (n,) 1 violating, 0 in order, -1 unlabelled.
        amount_fen: (n,) money found violating, 0 where none.
        is_random: (n,) judged because it was drawn at random.
        chance: (n,) inclusion probability of each draw.
        is_sent: (n,) would be sent to reviewers by the ranking that is judged.
        subjects: (n,) the unit that a claim belongs to, a ring or a patient: the draws of one are not independent.
    """

    label: Array
    amount_fen: Array
    is_random: Array
    chance: Array
    is_sent: Array
    subjects: Array


def estimate(period: Period, seed: int) -> RandomShare:
    """Estimate from one period; intervals by a bootstrap over the subjects of the draws.

    Args:
        period: all its claims, judged or not.
        seed: of the bootstrap.
    """
    judged = period.label >= 0
    drawn, led = np.flatnonzero(judged & period.is_random), judged & ~period.is_random
    positives = int((period.label[drawn] == 1).sum())
    others = int((~led).sum())
    if not len(drawn):
        unknown = Bounded(None, None, None)
        return RandomShare(0, 0, 0.0, unknown, unknown, unknown, unknown)
    weight = 1.0 / period.chance[drawn]
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    of_led, of_drawn = _columns(period, np.flatnonzero(led)).sum(axis=0), _columns(period, drawn)
    _, subject = np.unique(period.subjects[drawn].astype(str), return_inverse=True)
    count = int(subject.max()) + 1
    times = np.random.default_rng(seed).multinomial(count, np.full(count, 1.0 / count), REPLICATES)
    weights = np.vstack([weight, times[:, subject] * weight])  # the estimate itself, then the replicates
    totals = of_led + others * (weights @ of_drawn) / np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
    violating, sent, money, sent_money, missed = totals.T
    is_enough = positives >= LEAST_POSITIVES
    rate = _rate(period, positives, weight, effective, int(of_led[0]), others)
    return RandomShare(
        len(drawn),
        positives,
        effective,
        rate,
        _bounded(missed, is_enough),
        _bounded(_divided(sent, violating), is_enough),
        _bounded(_divided(sent_money, money), is_enough),
    )


def _columns(period: Period, rows: Array) -> Array:
    """(r, 5) violating, violating and sent, money, money sent, money missed; what was led to is missed by nobody."""
    violating = (period.label[rows] == 1).astype(np.float64)
    money, sent = period.amount_fen[rows] * violating, period.is_sent[rows]
    missed = money * (~sent & period.is_random[rows])
    return np.column_stack([violating, violating * sent, money, money * sent, missed])


def _rate(period: Period, positives: int, weight: Array, effective: float, led: int, others: int) -> Bounded:
    """The share of claims that are violating; its interval is Wilson's on the effective number of draws."""
    drawn = (period.label >= 0) & period.is_random
    weighed = float((weight * (period.label[drawn] == 1)).sum() / weight.sum())
    found = share(effective * weighed, effective)
    ends = (found["low"] or 0.0, weighed, found["high"] or 0.0) if found else (0.0, 0.0, 1.0)
    low, value, high = ((led + others * each) / len(period.label) for each in ends)
    return Bounded(value, low, high) if positives >= LEAST_POSITIVES else Bounded(None, None, high)


def _divided(part: Array, whole: Array) -> Array:
    return np.asarray(np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0))


def _bounded(values: Array, is_enough: bool) -> Bounded:
    if not is_enough:
        return Bounded(None, None, None)
    low, high = np.nanpercentile(values[1:], [2.5, 97.5])
    return Bounded(float(values[0]), float(low), float(high))
