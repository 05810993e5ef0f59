"""Reads fixed-width moments and days such as `2025-03-01 09:30:00`, a column at a time."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from claims.clock import AREA_OFFSET_SECONDS, DAY
from claims.tables import MISSING, Array

FIRST_YEAR, LAST_YEAR = 1880, 2200
_DAYS_IN_MONTH = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def moments(texts: pa.Array, patterns: tuple[str, ...], clock: str) -> tuple[Array, Array]:
    """Seconds since 1970 in UTC of each text, `MISSING` where there is none, and whether it could not be read.

    Args:
        texts: n strings or nulls.
        patterns: tried in order, such as `yyyy-MM-dd HH:mm:ss`; what a pattern does not name is zero.
        clock: `area` (UTC+8) or `utc`.

    >>> moments(pa.array(["1970-01-01 08:00:01", "0202-01-01 00:00:00"]), ("yyyy-MM-dd HH:mm:ss",), "area")[1]
    array([False,  True])
    """
    seconds = np.full(len(texts), MISSING, dtype=np.int64)
    lengths = pc.fill_null(pc.utf8_length(texts), -1).to_numpy(zero_copy_only=False)
    unread = lengths >= 0
    for pattern in patterns:
        rows = np.flatnonzero(unread & (lengths == len(pattern)))
        if len(rows) == 0:
            continue
        values, fits = _read_fixed(texts if len(rows) == len(texts) else texts.take(pa.array(rows)), pattern)
        seconds[rows[fits]] = values[fits]
        unread[rows[fits]] = False
    offset = AREA_OFFSET_SECONDS if clock == "area" else 0
    seconds[seconds != MISSING] -= offset
    return seconds, unread


def days(texts: pa.Array, patterns: tuple[str, ...]) -> tuple[Array, Array]:
    """Days since 1970 of each text, `MISSING` where there is none, and whether it could not be read.

    >>> days(pa.array(["1970-01-02", None, "2025-02-29"]), ("yyyy-MM-dd",))[1]
    array([False, False,  True])
    """
    seconds, unread = moments(texts, patterns, "utc")
    return np.where(seconds == MISSING, MISSING, seconds // DAY), unread


def is_clock(begin: str, tick_seconds: object) -> bool:
    """Whether ticks can be counted: from a real day on, in whole seconds.

    >>> is_clock("2024-01-01", 600), is_clock("2024-02-30", 600), is_clock("2024-01-01", 0)
    (True, False, False)
    """
    is_whole = isinstance(tick_seconds, int) and not isinstance(tick_seconds, bool)
    return is_whole and tick_seconds >= 1 and not days(pa.array([begin]), ("yyyy-MM-dd",))[1].any()  # type: ignore[operator]


def _read_fixed(texts: pa.Array, pattern: str) -> tuple[Array, Array]:
    """Seconds on the text's own clock and whether the text fits; every text has the pattern's length in characters."""
    width = len(pattern)
    fits = pc.equal(pc.binary_length(texts), width).to_numpy(zero_copy_only=False)  # else it holds wide characters
    safe = texts if fits.all() else pc.if_else(pa.array(fits), texts, "0" * width)
    signs = np.array(safe.to_numpy(zero_copy_only=False), dtype=f"S{width}").view(np.uint8).reshape(len(texts), width)
    parts: dict[str, Array] = {}
    for place, letter in enumerate(pattern):
        sign = signs[:, place]
        if letter in "yMdHmsS":
            fits = fits & (sign >= ord("0")) & (sign <= ord("9"))
            parts[letter] = parts.get(letter, np.zeros(len(texts), dtype=np.int64)) * 10 + (sign.astype(np.int64) - 48)
        else:
            fits = fits & (sign == ord(letter))
    zeros = np.zeros(len(texts), dtype=np.int64)
    hour, minute, second = (parts.get(letter, zeros) for letter in "Hms")
    year, month, day = parts["y"], parts.get("M", zeros + 1), parts.get("d", zeros + 1)
    fits = fits & (hour < 24) & (minute < 60) & (second < 60) & _is_real_day(year, month, day)
    year, month = np.where(fits, year, 1970), np.where(fits, month, 1)
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    number = months.astype("datetime64[D]").astype(np.int64) + day - 1
    return number * DAY + hour * 3600 + minute * 60 + second, fits


def _is_real_day(year: Array, month: Array, day: Array) -> Array:
    in_range = (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (month >= 1) & (month <= 12)
    is_leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    longest = _DAYS_IN_MONTH[np.where(in_range, month, 1)] - ((month == 2) & ~is_leap)
    result: Array = in_range & (day >= 1) & (day <= longest)
    return result
