"""Public holidays of the country: the statutory days, and the working days that are given off for them.

The days come from the package `holidays`, which follows the State Council's yearly notices. For a year whose notice is
not in the installed release, the statutory days are worked out from the calendar and no exchanged days are known.
"""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np
from holidays import country_holidays

from claims.clock import day_number
from claims.tables import Array
from features.compiled import compiled

FIRST_YEAR, LAST_YEAR = 2001, 2050
"""Years that are looked up; outside of them no day is a public holiday."""


@compiled
def is_public_holiday(day: int, off: Array, first: int) -> bool:
    """Whether a day (since 1970) is off by the country's calendar, given as `days_off`; plain weekends are not.

    >>> from datetime import date
    >>> days = [date(2025, 10, 8), date(2025, 10, 11), date(2045, 10, 1), date(2060, 10, 1)]
    >>> [is_public_holiday(day_number(day), *days_off()) for day in days]  # exchanged, worked, statutory, out of range
    [True, False, True, False]
    """
    return bool(0 <= day - first < off.size and off[day - first])


def days_off() -> tuple[Array, int]:
    """For each day from the first known one to the last whether it is off, and the first day."""
    return _is_off(), int(_days()[0])


def calendar_mark() -> str:
    """Eight hex digits that change when a newer release of the calendar knows other days."""
    return hashlib.sha256(_days().astype("<i8").tobytes()).hexdigest()[:8]


@cache
def _is_off() -> Array:
    days = _days()
    off = np.zeros(days[-1] - days[0] + 1, dtype=np.bool_)
    off[days - days[0]] = True
    return off


@cache
def _days() -> Array:
    known = country_holidays("CN", years=range(FIRST_YEAR, LAST_YEAR + 1))
    return np.array(sorted(day_number(day) for day in known), dtype=np.int64)


def spring_festivals() -> Array:
    """The first day of each Spring Festival, rising.

    >>> from datetime import date
    >>> day_number(date(2026, 2, 17)) in spring_festivals()
    True
    """
    return _festivals()


@cache
def _festivals() -> Array:
    named = country_holidays("CN", years=range(FIRST_YEAR, LAST_YEAR + 1), language="en_US").items()
    first: dict[int, int] = {}
    for day, name in sorted(named):
        if name == "Chinese New Year (Spring Festival)":
            first.setdefault(day.year, day_number(day))
    return np.array(sorted(first.values()), dtype=np.int64)
