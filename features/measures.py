"""What can be counted or summed of a claim: conditions and quantities, each a plain function on rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from claims.clock import area_day
from claims.tables import BENEFIT_KINDS, Array
from features.claim_facts import is_at_night, is_emptied, is_round, is_small
from features.compiled import compiled
from features.doses import is_resale_prone
from features.institutions import kinds_and_levels
from features.public_holidays import is_public_holiday
from features.rows import REVERSED, SETTLED, TAKEN_BACK, Rows
from features.spread import words_of_square

Measure = Callable[[Rows], Array]


def at_pharmacy(rows: Rows) -> Array:
    """The institution is a pharmacy."""
    flags = np.array([kind == "pharmacy" for kind, _ in kinds_and_levels(rows)], dtype=np.bool_)
    return np.asarray(flags[rows.numbers("institution_id")[0]])


def at_night(rows: Rows) -> Array:
    """Settled between 22:00 and 6:00 on the area's clock."""
    return np.asarray(is_at_night(rows.claims["settled_at"]))


def at_weekend(rows: Rows) -> Array:
    """Settled on a Saturday or Sunday of the area's calendar (1970-01-01 was a Thursday)."""
    return np.asarray((area_day(rows.claims["settled_at"]) + 3) % 7 >= 5)


def on_holiday(rows: Rows) -> Array:
    """Settled on a public holiday of the country, by the area's calendar."""
    return is_public_holiday(area_day(rows.claims["settled_at"]))


def of_benefit(kind: str) -> Measure:
    """The condition that this benefit pays."""

    def met(rows: Rows) -> Array:
        numbers, codes = rows.numbers("benefit_kind")
        return np.asarray(numbers == codes.get(kind, -2))

    return met


def round_amount(rows: Rows) -> Array:
    """The total is a whole number of tens of yuan."""
    return np.asarray(is_round(rows.claims["total_fen"]))


def small_amount(rows: Rows) -> Array:
    """The total is below 50 yuan."""
    return np.asarray(is_small(rows.claims["total_fen"]))


def account_emptied(rows: Rows) -> Array:
    """Something was paid from the personal account and nothing was left on it."""
    return np.asarray(is_emptied(rows.claims["account_balance_fen"], rows.claims["account_fen"]))


def resale_prone(rows: Rows) -> Array:
    """At least one line is a drug on the list of high resale demand."""
    found = np.bincount(rows.line_row[is_resale_prone(rows)], minlength=len(rows.is_settlement))
    return found > 0


def resale_amount(rows: Rows) -> Array:
    """Fen of the lines that are drugs on the list of high resale demand."""
    amount = np.zeros(len(rows.is_settlement), dtype=np.int64)
    flagged = is_resale_prone(rows)
    np.add.at(amount, rows.line_row[flagged], rows.lines["amount_fen"][flagged])
    return amount


CONDITIONS: dict[str, Measure] = {
    "at_pharmacy": at_pharmacy,
    "at_night": at_night,
    "round_amount": round_amount,
    "small_amount": small_amount,
    "account_emptied": account_emptied,
    "resale_prone": resale_prone,
    "at_weekend": at_weekend,
    "on_holiday": on_holiday,
    **{kind: of_benefit(kind) for kind in BENEFIT_KINDS},
}

QUANTITIES: dict[str, Measure] = {
    "amount": lambda rows: rows.claims["total_fen"],
    "fund": lambda rows: rows.claims["fund_fen"],
    "account": lambda rows: rows.claims["account_fen"],
    "resale_amount": resale_amount,
    "amount_square_high": lambda rows: square(rows)[0],
    "amount_square_low": lambda rows: square(rows)[1],
}

OF_LINES = frozenset({"resale_amount"})
"""Quantities that are added up over lines."""

OF_THE_CLAIM_ALONE = (
    "at_night",
    "at_weekend",
    "on_holiday",
    "round_amount",
    "small_amount",
    "account_emptied",
    "amount",
    "fund",
    "account",
    "amount_square_high",
    "amount_square_low",
)
"""What needs neither lines nor reference data, and so may be kept in tiles."""


def square(rows: Rows) -> tuple[Array, Array]:
    """The square of each claim's total as high * 2**32 + low, so that sums of both are exact."""
    return rows.once("quantity", "square", lambda: words_of_square(rows.claims["total_fen"]))  # type: ignore[no-any-return]


def condition(rows: Rows, name: str | None) -> Array:
    """Which claims meet the condition (all where there is none); reversals answer for themselves."""
    if name is None:
        return np.ones(len(rows.is_settlement), dtype=np.bool_)
    return rows.once("condition", name, lambda: CONDITIONS[name](rows))  # type: ignore[no-any-return]


def quantity(rows: Rows, name: str) -> Array:
    """The quantity of each claim; negative on a reversal."""
    return rows.once("quantity", name, lambda: QUANTITIES[name](rows))  # type: ignore[no-any-return]


GROSS_COUNT, REVERSAL_COUNT, GROSS, NET = range(4)
"""Ways in which an event adds to a measure."""

_NOTHING = np.empty(0, dtype=np.int64)
_NO_AMOUNTS = np.empty((1, 0), dtype=np.int64)


def event_values(rows: Rows, measure: str, where: str | None) -> Array:
    """What each event adds to `measure`: `claims` (gross), `reversals`, or a quantity, gross as `gross_...` or net.

    Returns:
        int64, one for each of `rows.events`.
    """
    events, (way, name) = rows.events, way_of(measure)
    out = np.empty(len(events.s), dtype=np.int64)
    met, amount = condition(rows, where), quantity(rows, name) if name else _NOTHING
    fill_one(events.kind, events.row, events.subject, met, amount, way, _whole_refunds(rows, name), out)
    return out


def way_of(measure: str) -> tuple[int, str | None]:
    """How events add to a measure, and the quantity that they add."""
    if measure in ("claims", "reversals"):
        return (GROSS_COUNT if measure == "claims" else REVERSAL_COUNT), None
    return (GROSS, measure[6:]) if measure.startswith("gross_") else (NET, measure)


class EventTable:
    """Several measures of the same events, filled in one call.

    Attributes:
        column_of: the column of each measure (quantity, condition).
    """

    def __init__(self, measures: Sequence[tuple[str, str | None]]) -> None:
        self.column_of = {measure: place for place, measure in enumerate(dict.fromkeys(measures))}
        ways = [way_of(what) for what, _ in self.column_of]
        self._conditions = list(dict.fromkeys(where for _, where in self.column_of))
        self._quantities = list(dict.fromkeys(name for _, name in ways if name))
        self._way = np.array([way for way, _ in ways], dtype=np.int64)
        self._met = np.array([self._conditions.index(where) for _, where in self.column_of], dtype=np.int64)
        self._amount = np.array([self._quantities.index(name) if name else 0 for _, name in ways], dtype=np.int64)
        self._names_lines = np.array([name in OF_LINES for _, name in ways], dtype=np.bool_)

    def values(self, rows: Rows) -> Array:
        """What each event adds to each measure (e, measures) int64, as `event_values`."""
        events = rows.events
        out = np.empty((len(events.s), len(self._way)), dtype=np.int64)
        met = np.array([condition(rows, where) for where in self._conditions])
        amounts = np.array([quantity(rows, name) for name in self._quantities]) if self._quantities else _NO_AMOUNTS
        refunds = _whole_refunds(rows, *self._quantities)
        fill_all(events.kind, events.row, events.subject, met, self._met, amounts, self._amount, self._way, refunds,
                 self._names_lines, out)  # fmt: skip
        return out


@compiled
def fill_all(
    kind: Array, row: Array, subject: Array, met: Array, met_of: Array, amounts: Array, amount_of: Array, way: Array,
    refund: Array, names_lines: Array, out: Array,
) -> None:  # fmt: skip
    """`fill_one` for each column of `out`, by the rows of `met` and `amounts` that belong to it."""
    for column in range(way.size):
        refunds = refund if names_lines[column] else refund[:0]
        fill_one(kind, row, subject, met[met_of[column]], amounts[amount_of[column]], way[column], refunds,
                 out[:, column])  # fmt: skip


@compiled
def fill_one(
    kind: Array, row: Array, subject: Array, met: Array, amount: Array, way: int, refund: Array, out: Array
) -> None:  # fmt: skip
    """Fill what each of e events adds to one measure.

    Args:
        kind: (e,) as in `Events`, as are `row` and `subject`.
        row: (e,)
        subject: (e,)
        met: (m,) whether each claim meets the measure's condition.
        amount: (m,) the measure's quantity; not read where events are only counted.
        way: one of the ways above.
        refund: (e,) whether the event takes back all of its settlement without naming lines; may be empty for none.
        out: (e,) int64.
    """
    for event in range(kind.size):
        value = np.int64(0)
        if met[subject[event]]:
            if way == GROSS_COUNT:
                value = np.int64(kind[event] == SETTLED)
            elif way == REVERSAL_COUNT:
                value = np.int64(kind[event] == REVERSED)
            elif way == GROSS:
                value = amount[row[event]] if kind[event] == SETTLED else np.int64(0)
            elif kind[event] != REVERSED:
                is_whole = refund.size > 0 and refund[event]
                value = -amount[subject[event]] if is_whole else amount[row[event]]
        out[event] = value


def _whole_refunds(rows: Rows, *names: str | None) -> Array:
    """For a quantity of lines: which events take back the whole settlement in one piece without naming lines."""
    if not OF_LINES.intersection(names):
        return _NO_REFUND
    return rows.once("events", "whole refunds", lambda: _has_no_lines(rows)[rows.events.row] & _is_full(rows))  # type: ignore[no-any-return]


_NO_REFUND = np.empty(0, dtype=np.bool_)


def _has_no_lines(rows: Rows) -> Array:
    return np.asarray(np.bincount(rows.line_row, minlength=len(rows.is_settlement)) == 0)


def _is_full(rows: Rows) -> Array:
    """Which events take back the whole settlement in one piece."""
    events, total = rows.events, rows.claims["total_fen"]
    return np.asarray((events.kind == TAKEN_BACK) & (total[events.row] == -total[events.subject]))
