"""Who and which department stands in the registers on the day of a line."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from claims.lookup import Codes, last_row_of
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
    def places(self) -> Codes:
        """Numbers of the institutions that registered them."""
        return Codes(self.table["institution_id"].tolist())

    @cached_property
    def _place_of_line(self) -> Array:
        """(m,) the number of each line's institution, -1 for one that registered nobody."""
        return self.places.of(self.institution.tolist())

    def has(self, named: Array, *roles: str) -> Array:
        """(m,) whether the line's institution has them registered on the day, in one of the roles if any is given."""
        return _is_registered(
            self.codes.of_rows, self.places.of_rows, self._in_role(*roles), self.table["valid_from"],
            self.table["valid_until"], self.codes.of(named.tolist()), self._place_of_line, self.day,
        )  # fmt: skip

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
        """(r,) which entries are of one of the roles, all without any."""
        if not roles:
            return np.ones(len(self.table[self.name]), dtype=np.bool_)
        return np.array([text in roles for text in self.table["role"].tolist()], dtype=np.bool_)


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
        chosen = rows_where(self.table["register"] == register)
        row = last_row_of(self.table["institution_id"][chosen], institution)
        known = np.asarray(row >= 0)
        if not len(chosen):
            return known, known, np.full(len(row), MISSING, dtype=np.int64)
        row = chosen[row]
        complete, confirmed = self.table["is_complete"][row], self.table["confirmed_at"][row]
        return known, known & complete, np.where(known, confirmed, MISSING)


@compiled
def _is_registered(
    code: Array, place: Array, is_meant: Array, first: Array, last: Array, asked: Array, asked_place: Array, days: Array
) -> Array:
    """As `is_open_on_day`, by two numbers of each entry (r,) and of each line (m,), of the entries that are meant."""
    width = place.max() + 1 if place.size else 1
    own, keys = np.full(code.size, -1, np.int64), np.full(asked.size, -1, np.int64)
    for row in range(code.size):
        if is_meant[row]:
            own[row] = code[row] * width + place[row]
    for line in range(asked.size):
        if asked[line] >= 0 and asked_place[line] >= 0:
            keys[line] = asked[line] * width + asked_place[line]
    return is_open_on_day(own, first, last, keys, days)


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
