"""Columns of the city as Arrow arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from claims.tables import Array


def texts(values: Array, index: Array) -> Any:
    """`values[index]` as a dictionary column; a negative index is missing."""
    codes = pa.array(np.asarray(index, dtype=np.int32), mask=np.asarray(index) < 0)
    return pa.DictionaryArray.from_arrays(codes, pa.array(values.tolist(), type=pa.string()))


def numbers(values: Array, missing: Array | None = None) -> Any:
    """Whole numbers, missing where `missing` holds."""
    return pa.array(np.asarray(values, dtype=np.int64), mask=missing)


def moments(values: Array, missing: Array | None = None) -> Any:
    """Wall-clock seconds as timestamps."""
    return numbers(values, missing).cast(pa.timestamp("s"))


def dates(values: Array, missing: Array | None = None) -> Any:
    """Day numbers as calendar days."""
    return pa.array(np.asarray(values, dtype=np.int32), mask=missing).cast(pa.date32())


def table(columns: dict[str, Any]) -> Any:
    """An Arrow table of these columns."""
    return pa.table(columns)
