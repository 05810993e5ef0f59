"""The integers that a feature is made of, so that each is computed once and floats appear only at the very end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from propcache.api import cached_property

from claims.clock import DAY
from claims.tables import MISSING, Array
from features.compiled import compiled
from features.declare import (
    ActiveDays,
    Against,
    AgainstPeers,
    Closed,
    Confirmed,
    Count,
    Distinct,
    Feature,
    Habit,
    Max,
    Mean,
    Node,
    Own,
    Reversals,
    RingCards,
    Share,
    ShareOf,
    SinceLast,
    Spread,
    Stay,
    Sum,
    Supply,
)
from features.place_aggregates import (
    THIS_HOUR,
    Between,
    Burst,
    Elsewhere,
    NewShare,
    PartOf,
    PerPatient,
    PlaceHow,
    ReversalShare,
)
from features.spread import variation


@dataclass(frozen=True)
class Cell:
    """One aggregate of one entity over one window."""

    family: Literal[
        "sum", "distinct", "new", "last", "max", "supply", "shelf", "habit", "stay", "verdict", "ring", "own",
        "closed", "node",
    ]  # fmt: skip
    per: str
    what: str
    over: str
    where: str | None = None

    @cached_property
    def _hash(self) -> int:
        return hash((self.family, self.per, self.what, self.over, self.where))

    def __hash__(self) -> int:
        return self._hash  # each settlement looks some hundred up


@cache
def cells_of(feature: Feature) -> tuple[Cell, ...]:  # noqa: C901  # one case for each aggregate
    """The cells that `value_of` combines, in its order."""
    per, over, where = feature.per, feature.window, feature.where
    count = Cell("sum", per, "claims", over)
    match feature.how:
        case Count():
            return (Cell("sum", per, "claims", over, where),)
        case Reversals():
            return (Cell("sum", per, "reversals", over),)
        case Sum(what):
            return (Cell("sum", per, what, over, where),)
        case Mean(what):
            return Cell("sum", per, what, over), count
        case Share():
            return Cell("sum", per, "claims", over, where), count
        case ShareOf(whole):
            return count, Cell("sum", whole, "claims", over)
        case Against(what):
            return Cell("own", "claim", what, over), count, Cell("sum", per, f"gross_{what}", over)
        case Spread(what):
            words = (Cell("sum", per, f"gross_{what}_square_{half}", over) for half in ("high", "low"))
            return count, Cell("sum", per, f"gross_{what}", over), *words
        case Distinct(other):
            return (Cell("supply" if per == "patient_class" else "distinct", per, _distinct_of(per, other), over),)
        case ActiveDays():
            return (Cell("distinct", per, "day", over),)
        case SinceLast():
            return (Cell("last", per, "time", over),)
        case Max(what):
            return (Cell("max", per, what, over),)
        case Supply(what):
            return (Cell("supply" if per == "patient_class" else "shelf", per, what, over),)
        case Habit(what):
            return (Cell("habit", per, what, over),)
        case Stay(what):
            return (Cell("stay", per, what, over),)
        case Confirmed(what):
            return (Cell("verdict", per, what, over),)
        case RingCards(what):
            return (Cell("ring", per, what, over),)
        case Own(what):
            return (Cell("own", "claim", what, over),)
        case Closed(what):
            return (Cell("closed", "claim", what, over),)
        case AgainstPeers(what):
            return *_running(per, what, over), Cell("closed", "claim", f"peers_{per}_{what}", over)
        case Node(what):
            return (Cell("node", what.split("_", 1)[0], what, over),)
        case _:
            return _cells_of_place(feature.how, per, over)


def _cells_of_place(how: PlaceHow, per: str, over: str) -> tuple[Cell, ...]:
    def claims(over: str, per: str = per) -> Cell:
        return Cell("sum", per, "claims", over)

    patients = Cell("distinct", per, "patient", over)
    match how:
        case Between(until):
            return claims(over), claims(until)
        case Burst(until):
            return claims(THIS_HOUR), claims(over), claims(until)
        case Elsewhere(here):
            return claims(over), claims(over, here)
        case NewShare():
            return Cell("new", per, "patient", over), patients
        case PerPatient():
            return claims(over), patients
        case ReversalShare():
            return Cell("sum", per, "reversals", over), claims(over)
        case PartOf(part, whole):
            return Cell("sum", per, part, over), Cell("sum", per, whole, over)


def _running(per: str, what: str, over: str) -> tuple[Cell, ...]:
    """The entity's own value: a sum, or a sum and what it is divided by; gross, as its peers are counted."""
    amount, count = Cell("sum", per, "gross_amount", over), Cell("sum", per, "claims", over)
    return {
        "amount_sum": (amount,),
        "claims_count": (count,),
        "amount_mean": (amount, count),
        "claims_per_patient": (count, Cell("distinct", per, "patient", over)),
    }[what]


def _distinct_of(per: str, other: str) -> str:
    return f"{other}_distinct" if per == "patient_class" else other


PLAIN, KNOWN, PRESENT, RATIO, DIFFERENCE, SINCE, AGAINST, OF_PEERS, BURST, SPREAD = range(10)
"""Ways in which columns are made of their cells, see `_made`; of spreads `features.spread.variation`."""

_WAYS: dict[type, int] = {
    **dict.fromkeys((Count, Reversals, Sum, Distinct, ActiveDays, Supply, RingCards, Own, Closed, Node), PLAIN),
    **dict.fromkeys((Mean, Share, ShareOf, NewShare, PerPatient, ReversalShare, PartOf), RATIO),
    **dict.fromkeys((Habit, Stay, Confirmed), KNOWN),
    **dict.fromkeys((Between, Elsewhere), DIFFERENCE),
    Burst: BURST,
    Spread: SPREAD,
    Against: AGAINST,
    AgainstPeers: OF_PEERS,
    SinceLast: SINCE,
    Max: PRESENT,
}


def way_of(feature: Feature) -> int:
    """How the feature's column is made of its cells."""
    way = _WAYS[type(feature.how)]
    return RATIO if way == OF_PEERS and len(cells_of(feature)) == 2 else way


def value_of(feature: Feature, values: Sequence[Array], settled_at: Array) -> Array:
    """The feature's column (n,) from the values of its cells; the same few operations on both paths."""
    way = way_of(feature)
    if way == PLAIN:
        return values[0]
    if way == SPREAD:
        return variation(values[0], values[1], values[2], values[3], feature.empty)
    out = np.empty((1, len(settled_at)))
    cells = np.zeros((3, len(settled_at)))
    for place, value in enumerate(values):
        cells[place] = value
    fill_made(_FIRST, np.array([way]), _THREE, np.array([feature.empty]), cells, settled_at, out)
    return np.asarray(out[0])


_FIRST, _THREE = np.zeros(1, dtype=np.int64), np.arange(3)[None, :]


@compiled
def fill_made(
    columns: Array, ways: Array, places: Array, empty: Array, cells: Array, settled_at: Array, out: Array
) -> None:
    """Fill c of all columns (k, n) from cells (m, n), all float64: every number that is not of two words is exact so.

    Args:
        columns: (c,) which.
        ways: (c,) how each is made.
        places: (c, 3) the cells of each; those that its way does not need are not read.
        empty: (c,) what stands where they are empty.
        cells: (m, n)
        settled_at: (n,) seconds.
        out: (k, n), filled.
    """
    for one in range(columns.size):
        first, second, third = places[one]
        for claim in range(settled_at.size):
            out[columns[one], claim] = _made(
                ways[one], cells[first, claim], cells[second, claim], cells[third, claim], empty[one], settled_at[claim]
            )


@compiled
def _made(way: int, first: float, second: float, third: float, empty: float, settled_at: int) -> float:
    """One value from at most three cells."""
    if way == KNOWN:
        return empty if np.isnan(first) else first
    if way == PRESENT:
        return empty if first == MISSING else first
    if way == RATIO:
        return first / second if second != 0 else empty
    if way == DIFFERENCE:
        return first - second
    if way == SINCE:
        return empty if first == MISSING else (settled_at - first) / DAY
    if way == AGAINST:
        return first * second / third if third != 0 else empty
    if way == OF_PEERS:
        return first / (second * third) if second * third != 0 else empty
    if way == BURST:
        return (first + 1) / (second - third + 1)
    return first
