"""Packed past of one entity: sums by hour for the last days, by day and by week before, ready for the kernel.

A bin holds, for each column, the sum over its events. Windows begin on hops, so a bin is inside a window or outside
it, and sums over bins are exact.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import numpy as np

from claims.clock import DAY, HOUR
from claims.tables import MISSING, Array
from features.compiled import compiled
from features.windows import LONGEST_BY_DAY, WEEK, floor, shift_of, window

VERSION = 2
HOUR_DAYS = 3
"""Days kept by the hour: windows of up to a day need 25 hours, the rest is room for uploads that come late."""
LATE_DAYS = 31
"""Days of room for late uploads behind every longer window; what comes later reads single claims."""
_SHIFT, _SHIFT_OF_WEEKS = shift_of(DAY), shift_of(WEEK)
_HEADER = struct.Struct("<2sBx8sqqqqqqqiH")


class Clock(NamedTuple):
    """How far the past of an entity has come, integers; `MISSING` before anything.

    Attributes:
        hours_from: bins from here on are hours.
        days_from: bins from here up to `hours_from` are days, those before are weeks.
        kept_from: bins before were dropped.
        last_event: time of the newest event.
        last_settled: time of the newest settlement.
        horizon: newest moment that was both settled and known; a wrong clock does not move it.
        last_order: newest order applied.
    """

    hours_from: int = MISSING
    days_from: int = MISSING
    kept_from: int = MISSING
    last_event: int = MISSING
    last_settled: int = MISSING
    horizon: int = MISSING
    last_order: int = MISSING


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


@cache
def empty_tile(columns: int) -> Tile:
    """The tile of an entity without a past."""
    return Tile(np.empty(0, dtype=np.int64), np.empty((0, columns), dtype=np.int64))


def cut_for(tile: Tile, at: int, longest: str) -> int | None:
    """From where on single claims must be read for a claim settled at `at`; None when the tile alone is exact.

    Args:
        tile: the entity's past.
        at: seconds.
        longest: the longest window read from this kind of tile.
    """
    clock = tile.clock
    if at >= clock.last_event:
        return None
    first = window(longest).start(at)
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


def let_go(clocks: Array, longest: str) -> None:
    """Move the bounds of the finer bins, and of the oldest ones, as far as each clock's horizon allows.

    Args:
        clocks: (n, 7) the fields of `Clock`, changed.
        longest: the longest window read from this kind of tile.
    """
    by_day, all_of_it = window(LONGEST_BY_DAY), window(longest)
    _let_go(clocks, by_day.length, by_day.hop, all_of_it.length, all_of_it.hop)


@compiled
def _let_go(clocks: Array, by_day: int, day_hop: int, longest: int, longest_hop: int) -> None:
    for clock in clocks:
        horizon = clock[5]
        if horizon != MISSING:
            clock[0] = max(clock[0], _floor(horizon, DAY) - HOUR_DAYS * DAY)
            clock[1] = max(clock[1], _floor(_floor(horizon - by_day, day_hop) - LATE_DAYS * DAY, WEEK))
            clock[2] = max(clock[2], _floor(_floor(horizon - longest, longest_hop) - LATE_DAYS * DAY, WEEK))


@compiled
def bins_of(s: Array, place: Array, clocks: Array) -> Array:
    """The first second of the bin of each moment by the clock at its place, a row of `clocks`."""
    bins = np.empty(s.size, np.int64)
    for row in range(s.size):
        hours_from, days_from = clocks[place[row], 0], clocks[place[row], 1]
        bins[row] = _floor(s[row], HOUR if s[row] >= hours_from else DAY if s[row] >= days_from else WEEK)
    return bins


@compiled
def _floor(at: int, hop: int) -> int:
    """As `windows.floor`."""
    shift = _SHIFT_OF_WEEKS if hop == WEEK else _SHIFT
    return (at + shift) // hop * hop - shift


def pack(tile: Tile, layout: bytes) -> bytes:
    """The tile as bytes: a header, widths, the starts in hours, the columns in as few bytes as they need."""
    rows, columns = tile.values.shape
    header = _HEADER.pack(b"YT", VERSION, layout, *tile.clock, rows, columns)
    width = _widths(tile.values)
    body = np.empty(rows * int(width.sum()), dtype=np.uint8)
    _write(tile.values, width, body)
    return b"".join([header, width.tobytes(), (tile.starts // HOUR).astype("<i4").tobytes(), body.tobytes()])


def unpack(packed: bytes, layout: bytes) -> Tile | None:
    """The tile from its bytes; None when another version or other measures wrote it."""
    mark, version, written, *numbers, rows, columns = _HEADER.unpack_from(packed)
    if (mark, version, written) != (b"YT", VERSION, layout):
        return None
    starts, values = _unpacked(np.frombuffer(packed, "u1", offset=_HEADER.size), rows, columns)
    return Tile(starts, values, Clock(*numbers))


@compiled
def _widths(values: Array) -> Array:
    """The fewest bytes, none for zeros alone, that hold every value of each column with its sign."""
    width = np.zeros(values.shape[1], np.uint8)
    for column in range(values.shape[1]):
        furthest = np.int64(0)
        for row in range(values.shape[0]):
            furthest |= values[row, column] ^ (values[row, column] >> 63)
            if values[row, column] < 0:
                furthest |= 1
        while furthest >> max(0, 8 * width[column] - 1):
            width[column] += 1
    return width


@compiled
def _write(values: Array, width: Array, body: Array) -> None:
    at = 0
    for column in range(values.shape[1]):
        for row in range(values.shape[0]):
            for byte in range(width[column]):
                body[at] = (values[row, column] >> (8 * byte)) & 255
                at += 1


@compiled
def _unpacked(packed: Array, rows: int, columns: int) -> tuple[Array, Array]:
    """The starts and the values of a tile from what follows its header."""
    starts, values, at = np.empty(rows, np.int64), np.empty((rows, columns), np.int64), columns
    for row in range(rows):
        starts[row] = _signed(packed, at, 4) * HOUR
        at += 4
    for column in range(columns):
        for row in range(rows):
            values[row, column] = _signed(packed, at, packed[column])
            at += packed[column]
    return starts, values


@compiled
def _signed(packed: Array, at: int, width: int) -> int:
    """The number in some bytes, the lowest first, with its sign."""
    value, unused = np.int64(0), np.int64(64 - 8 * np.int64(width))
    for byte in range(width):
        value |= np.int64(packed[at + byte]) << np.int64(8 * byte)
    return (value << unused) >> unused if width else np.int64(0)  # type: ignore[return-value]
