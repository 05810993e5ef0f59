"""The compiled passes that write one column of many pasts, as `features.packed` reads it."""

from __future__ import annotations

import numpy as np

from claims.tables import MISSING, Array
from features.compiled import compiled

WHOLE_HEAD, TEXT_HEAD = 9, 10
"""Bytes before the numbers of a column of whole numbers, and before the texts of one of texts."""


@compiled
def packed_wholes(values: Array, cuts: Array) -> tuple[Array, Array]:
    """The lowest value, the width of a number above it (0: all are that value), and the numbers.

    Args:
        values: n whole numbers.
        cuts: (1 + p) where each past begins in them, and the end.

    Returns:
        The bytes of all pasts, and (1 + p) where each begins and the end.
    """
    out = np.empty(WHOLE_HEAD * cuts.size + 8 * values.size, np.uint8)
    begins, at = np.zeros(cuts.size, np.int64), 0
    for past in range(cuts.size - 1):
        some = values[cuts[past] : cuts[past + 1]]
        low, width = _span(some)
        _write(out, at, low, 8)
        out[at + 8] = width
        at += WHOLE_HEAD
        for value in some if width else some[:0]:
            number = value if width == 8 else value - low
            if value == MISSING and width < 8:  # the highest number of the width stands for a missing one
                number = (1 << 8 * width) - 1
            _write(out, at, number, width)
            at += width
        begins[past + 1] = at
    return out[:at], begins


@compiled
def _span(values: Array) -> tuple[int, int]:
    """The lowest number that is there, and how many bytes the numbers above it take; zero and 8 for the numbers."""
    if values.size == 0:
        return 0, 0
    low, high = values.min(), values.max()
    if low == high:
        return low, 0
    if low == MISSING:
        low = high
        for value in values:
            if value != MISSING:
                low = min(low, value)
    span = np.uint64(high) - np.uint64(low)
    for width in (1, 2, 4):
        if span < np.uint64((1 << 8 * width) - 1):
            return low, width
    return 0, 8


@compiled
def packed_texts(codes: Array, cuts: Array, offsets: Array, data: Array) -> tuple[Array, Array]:
    """A mark (1: the texts of all rows in order), the width of a code (0: all rows are alike), the texts, the codes.

    Args:
        codes: n places among the texts, -1 for none.
        cuts: as in `packed_wholes`.
        offsets: (1 + t) where each text begins, and the end.
        data: the bytes of the texts.

    Returns:
        As `packed_wholes`.
    """
    room = TEXT_HEAD * cuts.size
    for code in codes:
        room += 5 + (offsets[code + 1] - offsets[code] if code >= 0 else 0)
    out = np.empty(room, np.uint8)
    own, used = np.full(offsets.size, -1, np.int64), np.empty(codes.size, np.int64)
    begins, at = np.zeros(cuts.size, np.int64), 0
    for past in range(cuts.size - 1):
        some = codes[cuts[past] : cuts[past + 1]]
        count, is_given = 0, True
        for code in some:
            is_given &= code >= 0
            if code >= 0 and own[code] < 0:
                own[code], used[count] = count, code
                count += 1
        has_all = is_given and 2 * count > some.size
        is_alike = count == 0 or (count == 1 and is_given)
        width = 0 if has_all or is_alike else 1 if count < 1 << 8 else 2 if count < 1 << 16 else 4
        at = _write_texts(out, at, has_all, width, some if has_all else used[:count], offsets, data)
        for code in some if width else some[:0]:
            _write(out, at, own[code] if code >= 0 else count, width)
            at += width
        own[used[:count]] = -1
        begins[past + 1] = at
    return out[:at], begins


@compiled
def _write_texts(out: Array, at: int, has_all: bool, width: int, texts: Array, offsets: Array, data: Array) -> int:
    """Write the head and the texts, with a zero byte between two; returns the end."""
    head = at
    at += TEXT_HEAD
    for place in range(texts.size):
        if place:
            out[at] = 0
            at += 1
        for byte in range(offsets[texts[place]], offsets[texts[place] + 1]):
            out[at] = data[byte]
            at += 1
    out[head], out[head + 1] = has_all, width
    _write(out, head + 2, texts.size, 4)
    _write(out, head + 6, at - head - TEXT_HEAD, 4)
    return at


@compiled
def _write(out: Array, at: int, number: int, width: int) -> None:
    """Write a number in so many bytes, the lowest first."""
    for byte in range(width):
        out[at + byte] = (number >> (8 * byte)) & 255
