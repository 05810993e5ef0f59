"""Finds reference rows for columns of keys: one key or ten million, without a loop in Python."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count, repeat

import numpy as np

from claims.tables import MISSING, Array

_SPAN = 1 << 23
"""More days than any calendar date (year 9999 is day 2.9 million), so that (key, day) fits into one number."""


_NOTHING = np.array(None)


class Codes:
    """Numbers for the distinct keys of a reference table; a key may be a text or a tuple of texts."""

    def __init__(self, keys: Iterable[object]) -> None:
        every = list(keys)
        self._number = dict(zip(dict.fromkeys(every), count(), strict=False))
        self.of_rows: Array = np.array(list(map(self._number.__getitem__, every)), dtype=np.int64)

    def of(self, keys: Iterable[object]) -> Array:
        """The number of each key, -1 for one that the table does not have."""
        return np.fromiter(map(self._number.get, keys, repeat(-1)), dtype=np.int64)


def is_given(texts: Array) -> Array:
    """Whether each text is there (not None)."""
    return np.asarray(texts != _NOTHING, dtype=np.bool_)


def last_row_of(keys: Array, asked: Array) -> Array:
    """For each asked key its last row in `keys`, -1 where there is none."""
    row_of = {key: row for row, key in enumerate(keys.tolist())}
    return np.fromiter(map(row_of.get, asked.tolist(), repeat(-1)), dtype=np.int64, count=len(asked))


def row_on_day(codes: Array, valid_from: Array, valid_until: Array, asked: Array, days: Array) -> Array:
    """The version of a dated row that holds on a day.

    Args:
        codes: (r,) key numbers of the table's rows.
        valid_from: (r,) first days.
        valid_until: (r,) last days, MISSING while the row stands.
        asked: (n,) key numbers, -1 unknown.
        days: (n,) days.

    Returns:
        (n,) rows: the one with the latest first day up to the day, -1 where none began or it has ended.
    """
    if not len(codes):
        return np.full(len(asked), -1, dtype=np.int64)
    starts = _joint(codes, valid_from)
    order = np.argsort(starts, kind="stable")
    place = np.searchsorted(starts[order], _joint(asked, days), side="right") - 1
    rows = order[np.maximum(place, 0)]
    ended = (valid_until[rows] != MISSING) & (valid_until[rows] < days)
    found = (place >= 0) & (codes[rows] == asked) & ~ended
    return np.where(found, rows, -1)


def holds_on(first: Array, last: Array, days: Array) -> Array:
    """Whether each period holds on a day; without a first day it never does, without a last day it still does.

    >>> holds_on(np.array([5, 5, MISSING]), np.array([MISSING, 7, MISSING]), np.array([5, 8, 5]))
    array([ True, False, False])
    """
    return np.asarray((first != MISSING) & (first <= days) & ((last == MISSING) | (last >= days)))


def _joint(codes: Array, days: Array) -> Array:
    within = np.minimum(np.maximum(days, -(_SPAN // 2)), _SPAN // 2 - 1)  # np.clip takes thrice the time for a few
    return np.asarray(codes * _SPAN + within + _SPAN // 2)
