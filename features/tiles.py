"""Packed past of one entity: sums by hour for the last days, by day and by week before, ready for the kernel.

A bin holds, for each column, the sum over its events. Windows begin on hops, so a bin is inside a window or outside
it, and sums over bins are exact.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from claims.clock import DAY, HOUR
from claims.tables import MISSING, Array
from features.windows import LONGEST_BY_DAY, WEEK, floor, window

VERSION = 2
HOUR_DAYS = 3
"""Days kept by the hour: windows of up to a day need 25 hours, the rest is room for uploads that come late."""
LATE_DAYS = 31
"""Days of room for late uploads behind every longer window; what comes later reads single claims."""
_HEADER = struct.Struct("<2sBx8sqqqqqqqiH")
_WIDTHS = (1, 2, 4, 8)


class Clock(NamedTuple):
    """How far the past of an entity (integers), or of n entities (arrays), has come; `MISSING` before anything.

    Attributes:
        hours_from: bins from here on are hours.
        days_from: bins from here up to `hours_from` are days, those before are weeks.
        kept_from: bins before were dropped.
        last_event: time of the newest event.
        last_settled: time of the newest settlement.
        horizon: newest moment that was both settled and known; a wrong clock does not move it.
        last_order: newest order applied.
    """

    hours_from: Any = MISSING
    days_from: Any = MISSING
    kept_from: Any = MISSING
    last_event: Any = MISSING
    last_settled: Any = MISSING
    horizon: Any = MISSING
    last_order: Any = MISSING

    def moved(self, longest: str) -> Clock:
        """The clock with the finer bins, and the oldest ones, let go as far as its horizon allows."""
        known = np.not_equal(self.horizon, MISSING)
        horizon = np.where(known, self.horizon, 0)
        wanted = (
            floor(horizon, DAY) - HOUR_DAYS * DAY,
            floor(window(LONGEST_BY_DAY).start(horizon) - LATE_DAYS * DAY, WEEK),
            floor(window(longest).start(horizon) - LATE_DAYS * DAY, WEEK),
        )
        bounds = [np.where(known, np.maximum(old, new), old) for old, new in zip(self[:3], wanted, strict=True)]
        return self._replace(hours_from=bounds[0], days_from=bounds[1], kept_from=bounds[2])

    def bin_of(self, s: Array) -> Array:
        """The first second of the bin of each moment."""
        by_day = np.where(s >= self.days_from, floor(s, DAY), floor(s, WEEK))
        return np.where(s >= self.hours_from, floor(s, HOUR), by_day)


START = Clock()


@dataclass(frozen=True)
class Tile:
    """The past of one entity.

    Attributes:
        starts: n first seconds of the bins, rising.
        values: (n, c) int64.
        clock: how far it has come, integers.
    """

    starts: Array
    values: Array
    clock: Clock = START


def empty_tile(columns: int) -> Tile:
    """A tile of an entity without a past."""
    return Tile(np.empty(0, dtype=np.int64), np.empty((0, columns), dtype=np.int64))


def cut_for(tile: Tile, at: int, longest: str) -> int | None:
    """From where on single claims must be read for a claim settled at `at`; None when the tile alone is exact.

    Args:
        tile: the entity's past.
        at: seconds.
        longest: the longest window read from this kind of tile.
    """
    clock, first = tile.clock, window(longest).start(at)
    if at >= clock.last_event:
        return None
    if first < clock.kept_from:
        return first
    month_ago, day_ago = window(LONGEST_BY_DAY).start(at), window("1d").start(at)
    if month_ago < clock.days_from:
        return floor(month_ago, WEEK)
    return floor(at, HOUR) if day_ago >= clock.hours_from else floor(day_ago, DAY)


def before(tile: Tile, cut: int | None) -> Tile:
    """The tile's bins that begin before `cut`."""
    if cut is None:
        return tile
    return replace(tile, starts=tile.starts[tile.starts < cut], values=tile.values[tile.starts < cut])


def pack(tile: Tile, layout: bytes) -> bytes:
    """The tile as bytes: a header, the starts in hours, each column in the fewest bytes that hold all its values."""
    rows, columns = tile.values.shape
    header = _HEADER.pack(b"YT", VERSION, layout, *map(int, tile.clock), rows, columns)
    if not tile.values.size:
        return header
    low, high = tile.values.min(axis=0), tile.values.max(axis=0)
    furthest = np.maximum(high, -1 - low)
    width = np.select([furthest < 1 << 7, furthest < 1 << 15, furthest < 1 << 31], _WIDTHS[:3], _WIDTHS[3])
    width[(low == 0) & (high == 0)] = 0
    blocks = [tile.values[:, width == size].T.astype(f"<i{size}").tobytes() for size in _WIDTHS]
    return b"".join([header, width.astype("u1").tobytes(), (tile.starts // HOUR).astype("<i4").tobytes(), *blocks])


def unpack(packed: bytes, layout: bytes) -> Tile | None:
    """The tile from its bytes; None when another version or other measures wrote it."""
    mark, version, written, *numbers, rows, columns = _HEADER.unpack_from(packed)
    if (mark, version, written) != (b"YT", VERSION, layout):
        return None
    tile = replace(empty_tile(columns), clock=Clock(*numbers))
    if not rows * columns:
        return tile
    width = np.frombuffer(packed, "u1", columns, _HEADER.size)
    starts = np.frombuffer(packed, "<i4", rows, _HEADER.size + columns).astype(np.int64) * HOUR
    values, at = np.zeros((rows, columns), dtype=np.int64), _HEADER.size + columns + 4 * rows
    for size in _WIDTHS:
        chosen = np.flatnonzero(width == size)
        values[:, chosen] = np.frombuffer(packed, f"<i{size}", rows * len(chosen), at).reshape(len(chosen), rows).T
        at += rows * len(chosen) * size
    return replace(tile, starts=starts, values=values)
