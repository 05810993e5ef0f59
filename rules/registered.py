"""Who and which department stands in the registers on the day of a line."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count, repeat

import numpy as np
from propcache.api import cached_property

from claims.lookup import Codes
from claims.masks import is_any, rows_where
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
    def _pairs(self) -> Codes:
        """Numbers of those that are registered, each with the institution that registered it."""
        return Codes(zip(self.table[self.name].tolist(), self.table["institution_id"].tolist(), strict=True))

    def has(self, named: Array, *roles: str) -> Array:
        """(m,) whether the line's institution has them registered on the day, in one of the roles if any is given."""
        asked = self._pairs.of(zip(named.tolist(), self.institution.tolist(), strict=True))
        codes = np.where(self._in_role(*roles), self._pairs.of_rows, -1) if roles else self._pairs.of_rows
        return is_open_on_day(codes, self.table["valid_from"], self.table["valid_until"], asked, self.day)

    def is_only(self, named: Array, role: str, other: str) -> Array:
        """(m,) whether somebody is registered somewhere, at any time, in one role and nowhere in another."""
        of = self.codes.of(named.tolist())
        return np.asarray(self._has_ever(of, role) & ~self._has_ever(of, other))

    def away(self, named: Array, role: str) -> tuple[Array, Array]:
        """Whether somebody who is registered has no open entry in any institution, and the last day of the latest one.

        Returns:
            (m,) and (m,) days, MISSING where no entry had ended.
        """
        chosen, of = self._in_role(role), self.codes.of(named.tolist())
        codes, last = np.where(chosen, self.codes.of_rows, -1), self.table["valid_until"]
        away = (of >= 0) & ~is_open_on_day(codes, self.table["valid_from"], last, of, self.day)
        if is_any(away):  # of those that another role knows nothing is said
            away &= self._has_ever(of, role)
        left = np.full(len(of), MISSING, dtype=np.int64)
        for line in rows_where(away).tolist():
            ended = last[(codes == of[line]) & (last != MISSING) & (last < self.day[line])]
            left[line] = ended.max(initial=MISSING)
        return away, left

    def _has_ever(self, of: Array, role: str) -> Array:
        """(m,) whether numbers from `codes` are registered in a role, at any time."""
        is_there = np.zeros(len(self.codes.of_rows) + 1, dtype=np.bool_)  # the last one for -1, nobody
        is_there[self.codes.of_rows[self._in_role(role)]] = True
        return np.asarray(is_there[of])

    def _in_role(self, *roles: str) -> Array:
        """(r,) which entries are of one of the roles."""
        return np.array([text in roles for text in self.table["role"].tolist()], dtype=np.bool_)


@dataclass(frozen=True)
class Declared:
    """What institutions declared of their registers.

    Attributes:
        table: the columns of `declarations`.
    """

    table: Columns

    @cached_property
    def _row_of(self) -> dict[tuple[str, str], int]:
        """The row of each register of each institution; of several the last."""
        names = zip(self.table["register"].tolist(), self.table["institution_id"].tolist(), strict=True)
        return dict(zip(names, count(), strict=False))

    def of(self, register: str, institution: Array) -> tuple[Array, Array, Array]:
        """What was declared of one register, one of `DECLARED_REGISTERS`.

        Args:
            register: which one.
            institution: (n,) the institutions.

        Returns:
            (n,) flags whether anything was, (n,) whether it is complete, and (n,) when that was last confirmed in
            seconds, MISSING for never.
        """
        asked = zip(repeat(register), institution.tolist())  # as many as there are institutions
        row = np.fromiter(map(self._row_of.get, asked, repeat(-1)), dtype=np.int64, count=len(institution))
        known = np.asarray(row >= 0)
        if not is_any(known):
            return known, known, np.full(len(row), MISSING, dtype=np.int64)
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
