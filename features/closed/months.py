"""Months of the area's calendar, counted from January 1970."""

from __future__ import annotations

import numpy as np

from claims.clock import AREA_OFFSET_SECONDS, HOUR, Moments
from claims.tables import Array

COVERS = 3
"""Full months that a table is learned from: long enough for rare items, short enough to follow prices and seasons."""

AVAILABLE_AFTER = 4 * HOUR
"""A month's tables are used from 04:00 of its first day on, as the snapshot of that night is."""


def month_of(at: Moments) -> Moments:
    """The month that holds each moment.

    >>> month_of(0), month_of(31 * 86_400)
    (0, 1)
    """
    local = np.asarray(at + AREA_OFFSET_SECONDS).astype("datetime64[s]")
    months: Array = local.astype("datetime64[M]").astype(np.int64)
    return months if months.ndim else int(months)  # type: ignore[return-value]  # the same shape as it came


def start_of_month(month: int) -> int:
    """The second at which the month begins."""
    return int(np.datetime64(month, "M").astype("datetime64[s]").astype(np.int64)) - AREA_OFFSET_SECONDS
