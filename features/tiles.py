"""Packed past of one doctor or institution: sums by hour for the last days and by day before, ready for the kernel.

A bin holds, for each measure, the sum over its events, and the number of patients whose last settlement there lies in
it. Windows begin on hops, so a bin is inside a window or outside it, and sums over bins are exact.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

import numpy as np

from claims.clock import DAY, HOUR
from claims.tables import MISSING, Array
from features.windows import LONGEST, floor, window

VERSION = 1
HOUR_DAYS = 3
"""Days kept by the hour: windows of up to a day need 25 hours, the rest is room for uploads that come a little late."""
_HEADER = struct.Struct("<2sBx8sqqqqqiH")


@dataclass(frozen=True)
class Tile:
    """The past of one entity.

    Attributes:
        starts: n first seconds of the bins, rising.
        values: (n, c) int64.
        hours_from: bins from here on are hours, those before are days.
        kept_from: bins before were dropped.
        last_event: time of the newest event.
        horizon: newest moment that was both settled and known; a wrong clock does not move it.
        last_order: newest order applied.
    """

    starts: Array
    values: Array
    hours_from: int = MISSING
    kept_from: int = MISSING
    last_event: int = MISSING
    horizon: int = MISSING
    last_order: int = MISSING


def empty_tile(columns: int) -> Tile:
    """A tile of an entity without a past."""
    return Tile(np.empty(0, dtype=np.int64), np.empty((0, columns), dtype=np.int64))


def grow(tile: Tile, s: Array, values: Array, horizon: int, last_event: int, last_order: int) -> Tile:
    """The tile after m further events.

    Args:
        tile: what was known.
        s: m times.
        values: (m, c) what each event adds.
        horizon: as in `Tile`, of the new events alone.
        last_event: likewise.
        last_order: likewise.
    """
    horizon = max(tile.horizon, horizon)
    hours_from, kept_from = tile.hours_from, tile.kept_from
    if horizon != MISSING:
        hours_from = max(hours_from, floor(horizon, DAY) - HOUR_DAYS * DAY)
        kept_from = max(kept_from, window(LONGEST).start(horizon))
    every = np.concatenate([tile.starts, s])
    bins = np.where(every >= hours_from, floor(every, HOUR), floor(every, DAY))
    starts, place = np.unique(bins, return_inverse=True)
    sums = np.zeros((len(starts), values.shape[1]), dtype=np.int64)
    np.add.at(sums, place, np.concatenate([tile.values, values]))
    kept = (starts >= kept_from) & sums.any(axis=1)
    return Tile(starts[kept], sums[kept], hours_from, kept_from, max(tile.last_event, last_event), horizon,
                max(tile.last_order, last_order))  # fmt: skip


def cut_for(tile: Tile, at: int, longest: str) -> int | None:
    """From where on single claims must be read for a claim settled at `at`; None when the tile alone is exact.

    Args:
        tile: the entity's past.
        at: seconds.
        longest: the longest window read from this kind of tile.
    """
    if at >= tile.last_event:
        return None
    if window(longest).start(at) < tile.kept_from:
        return window(longest).start(at)
    day_ago = window("1d").start(at)
    return floor(at, HOUR) if day_ago >= tile.hours_from else floor(day_ago, DAY)


def before(tile: Tile, cut: int | None) -> Tile:
    """The tile's bins that begin before `cut`."""
    if cut is None:
        return tile
    return replace(tile, starts=tile.starts[tile.starts < cut], values=tile.values[tile.starts < cut])


def pack(tile: Tile, layout: bytes) -> bytes:
    """The tile as bytes: a header, the starts, the values; little-endian int64."""
    rows, columns = tile.values.shape
    header = _HEADER.pack(b"YT", VERSION, layout, tile.hours_from, tile.kept_from, tile.last_event, tile.horizon,
                          tile.last_order, rows, columns)  # fmt: skip
    return header + tile.starts.astype("<i8").tobytes() + tile.values.astype("<i8").tobytes()


def unpack(packed: bytes, layout: bytes) -> Tile | None:
    """The tile from its bytes; None when another version or other measures wrote it."""
    mark, version, written, *numbers, rows, columns = _HEADER.unpack_from(packed)
    if (mark, version, written) != (b"YT", VERSION, layout):
        return None
    words = np.frombuffer(packed, dtype="<i8", offset=_HEADER.size).astype(np.int64)
    return Tile(words[:rows], words[rows:].reshape(rows, columns), *numbers)
