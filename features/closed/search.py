"""The compiled search for members on the sheets of a learned table."""

import numpy as np

from claims.tables import Array
from features.compiled import compiled


@compiled
def places_asked(until: Array, page: Array, width: int, months: int) -> Array:
    """Which (month, page) places `month * width + page` any row asks for (months * width,)."""
    asked = np.zeros(months * width, np.bool_)
    for row in range(page.size):
        if page[row] >= 0:
            asked[until[row] * width + page[row]] = True
    return asked


@compiled
def look_up(
    until: Array, page: Array, width: int, sheet_at: Array, ends: Array, held: Array, values: Array,
    number: Array, member: Array, found: Array,
) -> None:  # fmt: skip
    """Fill `found` with the values of each row's member on each row's sheet.

    Args:
        until: n places of months.
        page: n pages, -1 for none.
        width: how many pages a month has.
        sheet_at: the sheet of each (month, page), -1 for none.
        ends: where each sheet ends in `held`.
        held: members' numbers, rising within a sheet.
        values: their values.
        number: the number of each asked text, -1 for one that no page has.
        member: n places in `number`, -1 for none.
        found: (n, v) int64, zeros before.
    """
    for row in range(page.size):
        if page[row] < 0 or member[row] < 0 or number[member[row]] < 0:
            continue
        sheet, wanted = sheet_at[until[row] * width + page[row]], number[member[row]]
        if sheet < 0:
            continue
        low, high = (ends[sheet - 1] if sheet > 0 else 0), ends[sheet]
        while low < high:
            middle = (low + high) // 2
            if held[middle] < wanted:
                low = middle + 1
            else:
                high = middle
        if low < ends[sheet] and held[low] == wanted:
            found[row] = values[low]
