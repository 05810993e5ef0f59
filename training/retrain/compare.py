"""Challenger against champion on the same settlements: paired differences with bootstrap intervals over units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from claims.tables import Array
from training.capacity import choose_daily
from training.judge import Ranked, average_precision

REPLICATES = 500


@dataclass(frozen=True)
class Interval:
    """A difference, challenger less champion, with its interval."""

    value: float
    low: float
    high: float

    @property
    def is_better(self) -> bool:
        """The whole interval lies above zero."""
        return self.low > 0

    @property
    def is_worse(self) -> bool:
        """The whole interval lies below zero."""
        return self.high < 0


@dataclass(frozen=True)
class Side:
    """What one ranking reached in the period.

    Attributes:
        name: challenger, champion or rules alone.
        judged, violating, money_fen: of the best-ranked claims of each day, those with a verdict, those of them
            violating, and the money found in these.
        average_precision: over all judged claims.
    """

    name: str
    judged: int
    violating: int
    money_fen: int
    average_precision: float

    @property
    def precision(self) -> float | None:
        """Share of the judged that is violating; None when none was judged."""
        return self.violating / self.judged if self.judged else None


@dataclass(frozen=True)
class Comparison:
    """Both sides and their paired differences.

    Attributes:
        champion, challenger: what each reached.
        money_fen, precision, average_precision: challenger less champion.
        settled, judged, positives: settlements of the period.
        per_day: claims that reviewers can look at in a day.
        units: how many rings and patients the bootstrap draws from.
    """

    champion: Side
    challenger: Side
    money_fen: Interval
    precision: Interval
    average_precision: Interval
    settled: int
    judged: int
    positives: int
    per_day: int
    units: int


@dataclass(frozen=True)
class ComparedRows:
    """n settlements of the period, judged or not.

    Attributes:
        settled_at: (n,) seconds.
        label: (n,) 1 violating, 0 in order, -1 unlabelled.
        amount_fen: (n,) money found violating.
        units: (n,) what the bootstrap draws whole: rings and patients, see `units.units_of`.
    """

    settled_at: Array
    label: Array
    amount_fen: Array
    units: Array


def compare(
    rows: ComparedRows,
    champion: tuple[str, Array],
    challenger: tuple[str, Array],
    per_day: int,
    interval: float,
    seed: int,
) -> Comparison:
    """Compare two rankings.

    Each unit is drawn with all of its claims, and with both rankings' choices among them. The choices of a day stay as
    they were made.

    Args:
        rows: n settlements.
        champion: name and (n,) scores.
        challenger: the same.
        per_day: how many claims reviewers can look at in a day.
        interval: width of the intervals, such as 0.95.
        seed: of the bootstrap.
    """
    units, unit_of = np.unique(rows.units.astype(str), return_inverse=True)
    judged = np.flatnonzero(rows.label >= 0)
    sums = [
        _sums(rows, choose_daily(scores, rows.settled_at, per_day), unit_of, len(units))
        for _, scores in (champion, challenger)
    ]
    positive = rows.label[judged] == 1
    sides = [
        _side(name, of_side, average_precision(positive, scores[judged]))
        for (name, scores), of_side in zip((champion, challenger), sums, strict=True)
    ]
    ranked = [Ranked(positive, scores[judged]) for _, scores in (champion, challenger)]
    random = np.random.default_rng(seed)
    draws = np.empty((REPLICATES, 3))
    for draw in draws:
        times = np.bincount(random.integers(0, len(units), len(units)), minlength=len(units))
        before, after = (of_side @ times for of_side in sums)
        draw[0] = after[2] - before[2]
        draw[1] = _ratio(after) - _ratio(before)
        before_ap, after_ap = (each.figures(times[unit_of[judged]])[0] for each in ranked)
        draw[2] = after_ap - before_ap
    values = (
        sides[1].money_fen - sides[0].money_fen,
        _ratio(sums[1].sum(axis=1)) - _ratio(sums[0].sum(axis=1)),
        sides[1].average_precision - sides[0].average_precision,
    )
    tail = (1 - interval) / 2
    lows, highs = _quantiles(draws, tail), _quantiles(draws, 1 - tail)
    money, precision, average = (Interval(*map(float, each)) for each in zip(values, lows, highs, strict=True))
    return Comparison(
        sides[0],
        sides[1],
        money,
        precision,
        average,
        len(rows.label),
        len(judged),
        int(positive.sum()),
        per_day,
        len(units),
    )


def _side(name: str, of_side: Array, average: float) -> Side:
    judged, violating, money = of_side.sum(axis=1)
    return Side(name, int(judged), int(violating), int(money), average)


def _sums(rows: ComparedRows, chosen: Array, unit_of: Array, units: int) -> Array:
    """(3, units): judged, violating, and money among the chosen claims of each unit."""
    label, of = rows.label[chosen], unit_of[chosen]
    parts = (label >= 0, label == 1, np.where(label == 1, rows.amount_fen[chosen], 0))
    return np.stack([np.bincount(of, weights=part, minlength=units) for part in parts])


def _ratio(of_side: Array) -> float:
    return float(of_side[1] / of_side[0]) if of_side[0] else float("nan")


def _quantiles(draws: Array, at: float) -> Array:
    """A figure that could be reckoned in no draw has no interval."""
    with np.errstate(all="ignore"):
        return np.array([np.nanquantile(column, at) if not np.isnan(column).all() else np.nan for column in draws.T])
