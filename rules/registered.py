"""Who and which department stands in the registers on the day of a line."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from claims.lookup import Codes, last_row_of
from claims.tables import MISSING, Array, Columns
from features.compiled import compiled


@dataclass(frozen=True)
class Register:
    """r entries of a register, and the m lines that may name them.

    Attributes:
        table: the register's columns.
        name: the column of those that are registered, people or departments.
        institution: (m,) the institution of each line.
        day: (m,) days since 1970.
    """

    table: Columns
    name: str
    institution: Array
    day: Array

    @cached_property
    def codes(self) -> Codes:
        """Numbers of those that are registered anywhere."""
        return Codes(self.table[self.name].tolist())

    @cached_property
    def places(self) -> Codes:
        """Numbers of the institutions that registered them."""
        return Codes(self.table["institution_id"].tolist())

    @cached_property
    def _place_of_line(self) -> Array:
        """(m,) the number of each line's institution, -1 for one that registered nobody."""
        return self.places.of(self.institution.tolist())

    def has(self, named: Array, *roles: str) -> Array:
        """(m,) whether the line's institution has them registered on the day, in one of the roles if any is given."""
        chosen, count = self._in_role(*roles), len(self.table[self.name])
        key = self.codes.of_rows[chosen] * (count + 1) + self.places.of_rows[chosen]
        of, place = self.codes.of(named.tolist()), self._place_of_line
        asked = np.where((of >= 0) & (place >= 0), of * (count + 1) + place, -1)
        return is_open_on_day(key, self.table["valid_from"][chosen], self.table["valid_until"][chosen], asked, self.day)

    def is_only(self, named: Array, role: str, other: str) -> Array:
        """(m,) whether somebody is registered somewhere, at any time, in one role and nowhere in another."""
        of = self.codes.of(named.tolist())
        has, has_other = (np.isin(of, self.codes.of_rows[self._in_role(one)]) for one in (role, other))
        return np.asarray((of >= 0) & has & ~has_other)

    def away(self, named: Array, role: str) -> tuple[Array, Array]:
        """Whether somebody who is registered has no open entry in any institution, and the last day of the latest one.

        Returns:
            (m,) and (m,) days, MISSING where no entry had ended.
        """
        chosen = self._in_role(role)
        codes, of = self.codes.of_rows[chosen], self.codes.of(named.tolist())
        first, last = self.table["valid_from"][chosen], self.table["valid_until"][chosen]
        away = (of >= 0) & ~is_open_on_day(codes, first, last, of, self.day)
        if away.any():  # of those that another role knows nothing is said
            away &= np.isin(of, codes)
        left = np.full(len(of), MISSING, dtype=np.int64)
        for line in np.flatnonzero(away).tolist():
            ended = last[(codes == of[line]) & (last != MISSING) & (last < self.day[line])]
            left[line] = ended.max(initial=MISSING)
        return away, left

    def _in_role(self, *roles: str) -> Array:
        if not roles:
            return np.arange(len(self.table[self.name]))
        texts = self.table["role"].tolist()
        return np.flatnonzero(np.fromiter((text in roles for text in texts), dtype=np.bool_, count=len(texts)))


@dataclass(frozen=True)
class Declared:
    """What institutions declared of their registers.

    Attributes:
        table: the columns of `declarations`.
    """

    table: Columns

    def of(self, register: str, institution: Array) -> tuple[Array, Array, Array]:
        """What was declared of one register, one of `DECLARED_REGISTERS`.

        Args:
            register: which one.
            institution: (n,) the institutions.

        Returns:
            (n,) flags whether anything was, (n,) whether it is complete, and (n,) when that was last confirmed in
            seconds, MISSING for never.
        """
        chosen = np.flatnonzero(self.table["register"] == register)
        row = last_row_of(self.table["institution_id"][chosen], institution)
        known = np.asarray(row >= 0)
        if not len(chosen):
            return known, known, np.full(len(row), MISSING, dtype=np.int64)
        row = chosen[row]
        complete, confirmed = self.table["is_complete"][row], self.table["confirmed_at"][row]
        return known, known & complete, np.where(known, confirmed, MISSING)


@compiled
def is_open_on_day(codes: Array, first: Array, last: Array, asked: Array, days: Array) -> Array:
    """Whether any of a key's periods, which may overlap, holds on a day.

    Args:
        codes: (r,) key numbers.
        first: (r,) first days.
        last: (r,) last days, MISSING while a period stands.
        asked: (m,) key numbers, -1 unknown.
        days: (m,) days.

    Returns:
        (m,) flags.
    """
    places = np.argsort(codes, kind="mergesort")
    rising = codes[places]
    is_open = np.zeros(asked.size, np.bool_)
    for line in range(asked.size):
        place = np.searchsorted(rising, asked[line])
        while asked[line] >= 0 and place < places.size and rising[place] == asked[line] and not is_open[line]:
            row = places[place]
            is_open[line] = first[row] <= days[line] and (last[row] == MISSING or last[row] >= days[line])
            place += 1
    return is_open
