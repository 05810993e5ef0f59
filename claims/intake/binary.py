"""Writes Arrow columns in PostgreSQL's binary COPY format, which the server reads at half the cost of text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit

from claims.tables import Array

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
EPOCH_SECONDS = 946_684_800
"""PostgreSQL counts from 2000-01-01, we from 1970-01-01."""
EPOCH_DAYS = EPOCH_SECONDS // 86_400


@dataclass(frozen=True)
class Fields:
    """The values of one column as bytes.

    Attributes:
        data: all bytes, one value after the other.
        bounds: n + 1 places in `data`; value k lies between k and k + 1.
        valid: n flags; what is not valid is null and its bytes do not count.
    """

    data: Array
    bounds: Array
    valid: Array


def to_binary(columns: Sequence[pa.Array]) -> list[Any]:
    """The rows as blocks of bytes for `COPY ... (FORMAT binary)`.

    Args:
        columns: of n values each: string, bool, int64, date32 or timestamp[s].
    """
    fields = [fields_of(column) for column in columns]
    sizes = np.full(len(columns[0]), 2 + 4 * len(columns), dtype=np.int64)
    for field in fields:
        sizes += np.where(field.valid, np.diff(field.bounds), 0)
    ends = np.cumsum(sizes)
    out = np.empty(ends[-1], dtype=np.uint8)
    places = ends - sizes
    for byte in len(columns).to_bytes(2, "big"):
        out[places] = byte
        places += 1
    for field in fields:
        _put(out, places, field.data, field.bounds, field.valid)
    return [HEADER, out.data, TRAILER]


def fields_of(column: pa.Array) -> Fields:
    """The values of a column as bytes: texts as they are, numbers as the server counts them."""
    valid = column.is_valid().to_numpy(zero_copy_only=False)
    if pa.types.is_string(column.type):
        _, bounds, data = column.buffers()
        whole = np.frombuffer(bounds, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
        return Fields(np.frombuffer(data or b"", dtype=np.uint8), whole.astype(np.int64), valid)
    numbers = _numbers(column)
    data = np.frombuffer(numbers.tobytes(), dtype=np.uint8)
    return Fields(data, np.arange(len(column) + 1) * numbers.itemsize, valid)


def _numbers(column: pa.Array) -> Array:
    """The values as the server counts them, most significant byte first; anything where there is none."""
    if pa.types.is_boolean(column.type):
        return np.asarray(pc.fill_null(column, False).to_numpy(zero_copy_only=False), dtype=np.uint8)
    if pa.types.is_date32(column.type):
        days = pc.fill_null(column.cast(pa.int32()), 0).to_numpy()
        return np.asarray(days - EPOCH_DAYS, dtype=">i4")
    whole = pc.fill_null(column.cast(pa.int64()), 0).to_numpy()
    if pa.types.is_timestamp(column.type):
        whole = (whole - EPOCH_SECONDS) * 1_000_000
    return np.asarray(whole, dtype=">i8")


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _put(out: Array, places: Array, data: Array, bounds: Array, valid: Array) -> None:
    """Write each row's value, its length before it, at the row's place, and move the place behind it."""
    for row in range(len(valid)):
        place = places[row]
        size = bounds[row + 1] - bounds[row] if valid[row] else -1
        for byte in range(4):
            out[place + byte] = (size >> (24 - 8 * byte)) & 255
        place += 4
        for at in range(size):
            out[place + at] = data[bounds[row] + at]
        places[row] = place + max(size, 0)
