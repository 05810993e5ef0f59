"""Lines of items that knowledge is about, of the batch and before it, with what was given back of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from propcache.api import cached_property

from claims.clock import area_day
from claims.lookup import Codes, is_given
from claims.masks import rows_where
from claims.tables import MISSING, REVERSAL, SETTLEMENT, Array
from rules.days import first_known
from rules.known import Known
from rules.past import Past

INPATIENT = "inpatient"
LONGEST_SUPPLY = 366
"""A line that says it lasts longer is not believed."""
NEVER = int(np.iinfo(np.int64).max)


@dataclass(frozen=True)
class Returns:
    """r lines of reversals.

    Attributes:
        of: (r,) the line that is given back, wholly or in part.
        order: (r,) from which this is known.
        quantity: (r,) how much, in ten-thousandths, never negative.
    """

    of: Array
    order: Array
    quantity: Array


class PastLines:
    """k lines of settlements, in the order of their claims and lines.

    Args:
        past: the batch and what came before it.
        known: what is known about items.
    """

    def __init__(self, past: Past, known: Known) -> None:
        self.past = past
        self._items = known.numbers_of(past.lines["item_code"])
        is_settlement = past.claims["kind"] == SETTLEMENT
        self.row: Array = rows_where((self._items >= 0) & is_settlement[past.lines["claim_index"]])
        self.claim: Array = past.lines["claim_index"][self.row]

    @cached_property
    def item(self) -> Array:
        """(k,) numbers of `Known.codes`."""
        return self._items[self.row]

    @cached_property
    def batch_line(self) -> Array:
        """(k,) rows in the batch's lines, negative for a line of an earlier claim."""
        return self.row - self.past.first_line_of_batch

    def places(self, lines: Array) -> Array:
        """Where lines of the batch stand here; each must be of an item that knowledge is about."""
        own = self.batch_line
        first = int(np.searchsorted(own, 0))  # the batch comes last, in its order
        return first + np.searchsorted(own[first:], lines)

    @cached_property
    def order(self) -> Array:
        """(k,) `recorded_order` of the claim."""
        return self.past.order[self.claim]

    @cached_property
    def moment(self) -> Array:
        """(k,) the line's own time, MISSING where it has none."""
        return self.past.line("served_at")[self.row]

    @cached_property
    def day(self) -> Array:
        """(k,) the day on which the fee occurred, else the claim's."""
        claims = self.past.claims
        of_claim = area_day(first_known(claims["served_at"], claims["settled_at"]))[self.claim]
        return np.where(self.moment == MISSING, of_claim, area_day(self.moment))

    @cached_property
    def stay_days(self) -> Array:
        """(k,) days of the claim's stay, 1 outside of a stay, MISSING for a stay without both dates."""
        first, last = (self.past.claim(name)[self.claim] for name in ("admitted_on", "discharged_on"))
        is_dated = (first != MISSING) & (last != MISSING)
        is_stay = (self.past.claim("benefit_kind") == INPATIENT)[self.claim]
        days = np.maximum(np.where(is_dated, last, 0) - np.where(is_dated, first, 0), 0) + 1
        return np.where(is_dated, days, np.where(is_stay, MISSING, 1))

    @cached_property
    def is_day_known(self) -> Array:
        """(k,) whether `day` is the line's and not that of a stay of several days."""
        return np.asarray((self.moment != MISSING) | (self.stay_days == 1))

    @cached_property
    def quantity(self) -> Array:
        """(k,) billed, in ten-thousandths."""
        return self.past.lines["quantity_e4"][self.row]

    @cached_property
    def patient(self) -> Array:
        """(k,) numbers of the persons."""
        return Codes(self.past.claims["patient_id"].tolist()).of_rows[self.claim]

    @cached_property
    def place(self) -> Array:
        """(k,) numbers of person and institution together."""
        claims = self.past.claims
        both = zip(claims["patient_id"].tolist(), claims["institution_id"].tolist(), strict=True)
        return Codes(both).of_rows[self.claim]

    @cached_property
    def visit(self) -> Array:
        """(k,) numbers of the visits."""
        return self.visit_of_claim[self.claim]

    @cached_property
    def visit_of_claim(self) -> Array:
        """(p,) numbers of the visits of `past`: person, institution and the visit's id, else the claim's."""
        claims = self.past.claims
        own = self.past.claim("visit_id")
        names = np.where(is_given(own), own, claims["claim_id"])
        every = zip(claims["patient_id"].tolist(), claims["institution_id"].tolist(), names.tolist(), strict=True)
        return Codes(every).of_rows

    @cached_property
    def supply(self) -> Array:
        """(k,) days that each line lasts; one where it says none, or more than anybody would believe."""
        stated = self.past.line("days_of_supply")[self.row]
        return np.where((stated >= 1) & (stated <= LONGEST_SUPPLY), stated, 1)

    @cached_property
    def returns(self) -> Returns:
        """What later claims gave back of these lines."""
        found = list(self._returned())
        columns = zip(*found, strict=True) if found else ((), (), ())
        return Returns(*(np.array(column, dtype=np.int64) for column in columns))

    @cached_property
    def gone_from(self) -> Array:
        """(k,) the order from which nothing is left of a line; NEVER if it still stands."""
        gone, left = np.full(len(self.row), NEVER, dtype=np.int64), self.quantity.copy()
        returns = self.returns
        for place in np.argsort(returns.order, kind="stable").tolist():
            line = int(returns.of[place])
            left[line] -= returns.quantity[place]
            if left[line] <= 0:
                gone[line] = min(gone[line], int(returns.order[place]))
        return gone

    def _returned(self) -> Iterator[tuple[int, int, int]]:
        """For each reversal of these lines: the line, the order and the quantity; a loop over few claims."""
        claims, lines = self.past.claims, self.past.lines
        reversals = rows_where((claims["kind"] == REVERSAL) & is_given(claims["reverses_claim_id"]))
        if not len(reversals):
            return
        row_of = {name: row for row, name in enumerate(claims["claim_id"].tolist())}
        for reversal in reversals.tolist():
            original = row_of.get(claims["reverses_claim_id"][reversal])
            if original is None:
                continue
            own = range(*np.searchsorted(self.claim, [original, original + 1]).tolist())
            order = int(self.past.order[reversal])
            start, end = np.searchsorted(lines["claim_index"], [reversal, reversal + 1]).tolist()
            if start == end:  # without lines it takes everything back
                yield from ((line, order, int(self.quantity[line])) for line in own)
            for row in range(start, end) if own else ():
                line = self._line_meant(row, own)
                if line is not None:
                    yield line, order, abs(int(lines["quantity_e4"][row]))

    def _line_meant(self, row: int, candidates: range) -> int | None:
        """The line that a line of a reversal gives back: the one that it names, else the first of the same item."""
        named = self._named[row]
        same = [line for line in candidates if self.item[line] == self._items[row]]
        exact = [line for line in same if named is not None and self._own_ids[self.row[line]] == named]
        return next(iter(exact or same), None)

    @cached_property
    def _named(self) -> Array:
        return self.past.line("reverses_line_id")

    @cached_property
    def _own_ids(self) -> Array:
        return self.past.line("line_id")
