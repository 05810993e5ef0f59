"""Finds the row of a dated table that holds on the day of each line, in one compiled call."""

from __future__ import annotations

import numpy as np

from claims.tables import MISSING, Array
from features.compiled import compiled


@compiled
def rows_in_force(
    code: Array, valid_from: Array, valid_until: Array, code_of_item: Array, item: Array, line_row: Array, s: Array,
    offset: int, day_seconds: int,
) -> Array:  # fmt: skip
    """For each line the row of a dated table that holds on the day of its claim.

    Args:
        code: r rows, number of the item.
        valid_from: r rows, first days.
        valid_until: r rows, last days, MISSING while a row stands.
        code_of_item: the `code` of each item, -1 for one that the table does not have.
        item: m lines, items.
        line_row: m lines, claims.
        s: the time of each claim, seconds.
        offset: seconds from UTC to the area's clock.
        day_seconds: seconds of a day.

    Returns:
        (m,) rows: the one with the latest first day up to the day, -1 where none began or it has ended.
    """
    places = np.arange(code.size)
    if not _rises(code, valid_from):
        places = np.argsort(valid_from, kind="mergesort")
        places = places[np.argsort(code[places], kind="mergesort")]
    end = np.zeros(code.max() + 1 if code.size else 0, np.int64)
    for place in range(places.size):
        end[code[places[place]]] = place + 1
    found = np.full(item.size, -1, np.int64)
    for line in range(item.size):
        of, now = code_of_item[item[line]], s[line_row[line]] + offset
        place = end[of] - 1 if of >= 0 else -1
        while place >= 0 and code[places[place]] == of and valid_from[places[place]] * day_seconds > now:
            place -= 1
        if place >= 0 and code[places[place]] == of:
            row = places[place]
            has_ended = valid_until[row] != MISSING and (valid_until[row] + 1) * day_seconds <= now
            found[line] = -1 if has_ended else row
    return found


@compiled
def _rises(code: Array, valid_from: Array) -> bool:
    """Whether rows are sorted by (code, first day)."""
    rises = True
    for row in range(1, code.size):
        rises &= code[row] > code[row - 1] or (code[row] == code[row - 1] and valid_from[row] >= valid_from[row - 1])
    return rises
