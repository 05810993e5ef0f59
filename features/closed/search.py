"""The compiled search for members on the pages of learned tables."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from claims.tables import Array
from features.compiled import compiled

NEVER = int(np.iinfo(np.int64).max)


class Sheets(NamedTuple):
    """Pages of learned tables as numbers; a sheet is one page of one month.

    A compiled pass is given the arrays one by one, which is quicker than the tuple, and makes the tuple of them again.

    Attributes:
        moments: (tables, k) from when each month may be read, rising, `NEVER` after the last one.
        newest: (tables, 1 + k) the newest month before the first moment (-1) and from each on.
        sheet_of: (pages, k) the sheet of each page in each month, -1 for none.
        begin: (1 + sheets) where each sheet begins in `held`, and the end.
        value_at: (sheets) where its values begin in `values`.
        held: (m,) members' numbers, rising within a sheet.
        values: the values of each member, one after the other; begins with zeros, which is what is found of a member
            that a page does not have.
    """

    moments: Array
    newest: Array
    sheet_of: Array
    begin: Array
    value_at: Array
    held: Array
    values: Array


@compiled
def month_at(sheets: Sheets, table: int, at: int) -> int:
    """The newest month of a table that may be read at a moment, -1 before the first."""
    return int(sheets.newest[table, np.searchsorted(sheets.moments[table], at, side="right")])


@compiled
def months_at(moments: Array, newest: Array, at: Array) -> Array:
    """The newest month of each table that may be read at each of n moments, -1 before the first (tables, n)."""
    out = np.empty((len(moments), at.size), np.int64)
    for table in range(len(moments)):
        for one in range(at.size):
            out[table, one] = newest[table, np.searchsorted(moments[table], at[one], side="right")]
    return out


@compiled
def find(sheets: Sheets, month: int, page: int, member: int, width: int) -> int:
    """Where in `values` the values of a member on a page of a month begin, 0 (zeros) where there is none.

    Args:
        sheets: the pages.
        month: -1 for none.
        page: its number, -1 for none.
        member: its number, -1 for none.
        width: how many values a member of the table has.
    """
    if month < 0 or page < 0 or member < 0:
        return 0
    sheet = sheets.sheet_of[page, month]
    if sheet < 0:
        return 0
    first, end = sheets.begin[sheet], sheets.begin[sheet + 1]
    low, high = first, end
    while low < high:
        middle = (low + high) // 2
        if sheets.held[middle] < member:
            low = middle + 1
        else:
            high = middle
    if low == end or sheets.held[low] != member:
        return 0
    return int(sheets.value_at[sheet] + (low - first) * width)
