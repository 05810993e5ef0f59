"""What can be counted or summed of a claim: conditions and quantities, each a plain function on rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from claims.clock import AREA_OFFSET_SECONDS, DAY
from claims.tables import BENEFIT_KINDS, Array
from features.claim_facts import is_at_night, is_emptied, is_round, is_small
from features.compiled import compiled
from features.doses import catalogue_rows
from features.institutions import kinds_and_levels
from features.public_holidays import days_off, is_public_holiday
from features.rows import REVERSED, SETTLED, TAKEN_BACK, Rows
from features.spread import words_of_square

Measure = Callable[[Rows], Array]


def at_pharmacy(rows: Rows) -> Array:
    """The institution is a pharmacy."""
    flags = np.array([kind == "pharmacy" for kind, _ in kinds_and_levels(rows)], dtype=np.bool_)
    return np.asarray(flags[rows.numbers("institution_id")[0]])


@compiled
def _met_alone(
    settled_at: Array, total: Array, balance: Array, account: Array, benefit: Array, kinds: Array, off: Array,
    first_day: int,
) -> Array:  # fmt: skip
    """The conditions of `_MET_ALONE` (c, m), which the row of a claim tells by itself.

    `kinds` are the numbers of `BENEFIT_KINDS` in `benefit`; `off` and `first_day` are as in `public_holidays`.
    """
    met = np.empty((6 + kinds.size, settled_at.size), np.bool_)
    for row in range(settled_at.size):
        day = (settled_at[row] + AREA_OFFSET_SECONDS) // DAY
        met[0, row] = is_at_night(settled_at[row])
        met[1, row] = (day + 3) % 7 >= 5  # 1970-01-01 was a Thursday
        met[2, row] = is_public_holiday(day, off, first_day)
        met[3, row] = is_round(total[row])
        met[4, row] = is_small(total[row])
        met[5, row] = is_emptied(balance[row], account[row])
        for kind in range(kinds.size):
            met[6 + kind, row] = benefit[row] == kinds[kind]
    return met


_MET_ALONE = (
    "at_night", "at_weekend", "on_holiday", "round_amount", "small_amount", "account_emptied", *BENEFIT_KINDS,
)  # fmt: skip
"""Settled between 22:00 and 6:00 on the area's clock; on a Saturday or Sunday of its calendar; on a public holiday of
the country; a total in whole tens of yuan; one below 50 yuan; something paid from the personal account and nothing left
on it; and that each benefit pays."""


def _alone(rows: Rows) -> Array:
    """The conditions of `_MET_ALONE` (c, m), all found at the first question."""
    return rows.once("conditions", "alone", lambda: _all_alone(rows))  # type: ignore[no-any-return]


def _all_alone(rows: Rows) -> Array:
    claims, (benefit, codes) = rows.claims, rows.numbers("benefit_kind")
    kinds = np.array([codes.get(kind, -2) for kind in BENEFIT_KINDS])
    return _met_alone(
        claims["settled_at"], claims["total_fen"], claims["account_balance_fen"], claims["account_fen"], benefit, kinds,
        *days_off(),
    )  # fmt: skip


def _resale(rows: Rows) -> tuple[Array, Array]:
    """Whether at least one line of each claim is a drug on the list of high resale demand; fen of those that are."""
    return rows.once("lines", "resale of claims", lambda: _all_resale(rows))  # type: ignore[no-any-return]


def _all_resale(rows: Rows) -> tuple[Array, Array]:
    size, listed = len(rows.is_settlement), rows.context.catalogue["is_resale_prone"]
    return _resale_of_claims(rows.line_row, catalogue_rows(rows), listed, rows.lines["amount_fen"], size)


@compiled
def _resale_of_claims(line_row: Array, row: Array, listed: Array, amount: Array, size: int) -> tuple[Array, Array]:
    """As `_resale`, from the claim of each line, its row in the catalogue or -1, and what that says."""
    is_prone, fen = np.zeros(size, np.bool_), np.zeros(size, np.int64)
    for line in range(line_row.size):
        if row[line] >= 0 and listed[row[line]]:
            is_prone[line_row[line]] = True
            fen[line_row[line]] += amount[line]
    return is_prone, fen


CONDITIONS: dict[str, Measure] = {
    "at_pharmacy": at_pharmacy,
    "resale_prone": lambda rows: _resale(rows)[0],
    **{name: lambda rows, nth=nth: _alone(rows)[nth] for nth, name in enumerate(_MET_ALONE)},  # type: ignore[misc]
}

QUANTITIES: dict[str, Measure] = {
    "amount": lambda rows: rows.claims["total_fen"],
    "fund": lambda rows: rows.claims["fund_fen"],
    "account": lambda rows: rows.claims["account_fen"],
    "resale_amount": lambda rows: _resale(rows)[1],
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
    make = CONDITIONS[name] if name else _always
    return rows.once("condition", name or "", lambda: make(rows))  # type: ignore[no-any-return]


def _always(rows: Rows) -> Array:
    return np.ones(len(rows.is_settlement), dtype=np.bool_)


def quantity(rows: Rows, name: str) -> Array:
    """The quantity of each claim; negative on a reversal."""
    return rows.once("quantity", name, lambda: QUANTITIES[name](rows))  # type: ignore[no-any-return]


GROSS_COUNT, REVERSAL_COUNT, GROSS, NET = range(4)
"""Ways in which an event adds to a measure."""

_NOTHING = np.empty(0, dtype=np.int64)
_NO_AMOUNTS = np.empty((1, 0), dtype=np.int64)


def event_values(rows: Rows, measure: str, where: str | None, some: slice = slice(None)) -> Array:
    """What some events add to `measure`: `claims` (gross), `reversals`, or a quantity, gross as `gross_...` or net.

    Returns:
        int64, one for each of those of `rows.events`; all by default.
    """
    events, (way, name) = rows.events, way_of(measure)
    kind, row, subject = events.kind[some], events.row[some], events.subject[some]
    out = np.empty(len(kind), dtype=np.int64)
    met, amount = condition(rows, where), quantity(rows, name) if name else _NOTHING
    fill_one(kind, row, subject, met, amount, way, _whole_refunds(rows, name)[some], out)
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
        conditions = dict.fromkeys(where for _, where in self.column_of)
        self._others = [where for where in conditions if where not in _MET_ALONE]
        self._quantities = list(dict.fromkeys(name for _, name in ways if name))
        self._way = np.array([way for way, _ in ways], dtype=np.int64)
        places = {where: place for place, where in enumerate((*_MET_ALONE, *self._others))}
        self._met = np.array([places[where] for _, where in self.column_of], dtype=np.int64)
        self._amount = np.array([self._quantities.index(name) if name else 0 for _, name in ways], dtype=np.int64)
        self._names_lines = np.array([name in OF_LINES for _, name in ways], dtype=np.bool_)

    def values(self, rows: Rows) -> Array:
        """What each event adds to each measure (e, measures) int64, as `event_values`."""
        events = rows.events
        out = np.empty((len(events.s), len(self._way)), dtype=np.int64)
        met = np.array([*_alone(rows), *(condition(rows, where) for where in self._others)])
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
    kind = rows.events.kind
    if not OF_LINES.intersection(names) or not len(kind) or kind[-1] == SETTLED:  # settlements come first
        return _NO_REFUND
    return rows.once("events", "whole refunds", lambda: _has_no_lines(rows)[rows.events.row] & _is_full(rows))  # type: ignore[no-any-return]


_NO_REFUND = np.empty(0, dtype=np.bool_)


def _has_no_lines(rows: Rows) -> Array:
    return np.asarray(np.bincount(rows.line_row, minlength=len(rows.is_settlement)) == 0)


def _is_full(rows: Rows) -> Array:
    """Which events take back the whole settlement in one piece."""
    events, total = rows.events, rows.claims["total_fen"]
    return np.asarray((events.kind == TAKEN_BACK) & (total[events.row] == -total[events.subject]))
