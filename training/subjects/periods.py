"""The moments at which subjects are looked at: the ends of months on the area's clock.

A period end is the first second after its last day, so that everything known before it belongs to the period.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from claims.clock import start_of_day, to_moment
from claims.tables import Array

YEAR_MONTHS = 12
"""A subject is judged by its claims of so many months (the design's section on labels)."""


def months_before(moment: int, count: int) -> int:
    """The moment whole months earlier; a day that the month does not have gives way to its last one.

    >>> to_moment(months_before(start_of_day(date(2025, 3, 31)), 1)).date()
    datetime.date(2025, 2, 28)
    """
    day = to_moment(moment).date()
    year, month = divmod(day.year * 12 + day.month - 1 - count, 12)
    first = date(year, month + 1, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return start_of_day(first.replace(day=min(day.day, last.day)))


def month_ends(first: int, last: int) -> Array:
    """All ends of months in (first, last], rising, seconds."""
    end = start_of_day(to_moment(last).date().replace(day=1))
    found: list[int] = []
    while end > first:
        found.append(end)
        end = months_before(end, 1)
    return np.array(found[::-1], dtype=np.int64)


def last_day(end: int) -> date:
    """The last day of the period that ends at a moment.

    >>> last_day(start_of_day(date(2025, 4, 1)))
    datetime.date(2025, 3, 31)
    """
    return to_moment(end - 1).date()
