"""The integers that a feature is made of, so that each is computed once and floats appear only at the very end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, reduce
from operator import mul
from typing import Literal

import numpy as np

from claims.clock import DAY
from claims.tables import MISSING, Array
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
        "sum", "distinct", "new", "last", "max", "supply", "shelf", "habit", "stay", "verdict", "own", "closed", "node"
    ]
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


def value_of(feature: Feature, values: Sequence[Array], settled_at: Array) -> Array:
    """The feature's column (n,) from the values of its cells; the same few operations on both paths."""
    return way_of(feature)(values, feature.empty, settled_at)


def difference(whole: Array, part: Array) -> Array:
    """What is in the whole and not in the part; any shape."""
    return np.asarray(whole - part, dtype=np.float64)


def burst(now: Array, longer: Array, until: Array) -> Array:
    """The count of now beside that of the time between two windows, both with one more; any shape."""
    return np.asarray((now + 1) / (longer - until + 1))


def known_or(values: Array, empty: float | Array) -> Array:
    """The values, `empty` in the place of NaN; any shape."""
    return np.where(np.isnan(values), empty, values)


def days_since(last: Array, empty: float | Array, settled_at: Array) -> Array:
    """Days since the last time, `empty` where there was none; any shape."""
    return np.where(last == MISSING, empty, (settled_at - last) / DAY)


def present_or(values: Array, empty: float | Array) -> Array:
    """The values, `empty` where there was none; any shape."""
    return np.where(values == MISSING, empty, values)


def divided(above: Array, below: Array, empty: float | Array) -> Array:
    """The quotient, `empty` where there is nothing below the line; any shape."""
    out = np.empty(above.shape)
    out[...] = empty
    return np.divide(above, below, out=out, where=below != 0)


Way = Callable[[Sequence[Array], "float | Array", Array], Array]
"""Makes columns of the values of their cells, of what stands where these are empty, and of the claims' times."""


def way_of(feature: Feature) -> Way:
    """How the feature's column is made; columns that are made the same way may be made at once."""
    return _WAYS[type(feature.how)]


def _plain(values: Sequence[Array], _empty: object, _settled_at: object) -> Array:
    return values[0]


def _ratio(values: Sequence[Array], empty: float | Array, _settled_at: object) -> Array:
    return divided(values[0], values[1], empty)


def _whole(values: Sequence[Array], empty: float | Array, _settled_at: object) -> Array:
    return variation(values[0], values[1], values[2], values[3], empty)


_WAYS: dict[type, Way] = {
    **dict.fromkeys((Count, Reversals, Sum, Distinct, ActiveDays, Supply, Own, Closed, Node), _plain),
    **dict.fromkeys((Mean, Share, ShareOf, NewShare, PerPatient, ReversalShare, PartOf), _ratio),
    **dict.fromkeys((Habit, Stay, Confirmed), lambda values, empty, _: known_or(values[0], empty)),
    **dict.fromkeys((Between, Elsewhere), lambda values, _empty, _: difference(values[0], values[1])),
    Burst: lambda values, _empty, _: burst(values[0], values[1], values[2]),
    Spread: _whole,
    Against: lambda values, empty, _: divided(values[0] * values[1], values[2], empty),
    AgainstPeers: lambda values, empty, _: divided(values[0], reduce(mul, values[1:]), empty),
    SinceLast: lambda values, empty, settled_at: days_since(values[0], empty, settled_at),
    Max: lambda values, empty, _: present_or(values[0], empty),
}


def needs_whole(way: Way) -> bool:
    """Whether it needs whole numbers, for sums of two words; all else is below 2**53 and the same as a float."""
    return way is _whole
