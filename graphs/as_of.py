"""What node columns said at a moment."""

from __future__ import annotations

import numpy as np
from numba import njit

from claims.tables import Array
from graphs.columns import NodeChanges


def as_of(changes: NodeChanges, ids: Array, at: Array) -> Array:
    """The newest values of each node that were available at its moment.

    Args:
        changes: from `read_changes`.
        ids: (n,) node ids; None and unknown ids give zeros.
        at: (n,) seconds, such as the claims' `known_at`.

    Returns:
        (n, k) float64; zeros before a node's first row.
    """
    if not len(changes.code) or not len(ids):
        return np.zeros((len(ids), len(changes.names)))
    code_of = changes.code_of
    codes = np.array([code_of.get(name, -1) for name in ids.tolist()], dtype=np.int64)
    row = newest_rows(changes.code, changes.available_at, codes, at)
    found: Array = changes.values[row]
    found[row < 0] = 0.0
    return found


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def newest_row(code: Array, available_at: Array, asked: int, at: int) -> int:
    """As `newest_rows`, for one node."""
    low, high = 0, code.size
    while low < high:
        middle = (low + high) // 2
        if code[middle] < asked or (code[middle] == asked and available_at[middle] <= at):
            low = middle + 1
        else:
            high = middle
    return low - 1 if low and code[low - 1] == asked else -1


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def newest_rows(code: Array, available_at: Array, asked: Array, at: Array) -> Array:
    """The last row of each of n nodes that was available at a moment, -1 for none.

    Args:
        code: (m,) nodes; the rows are sorted by node and moment.
        available_at: (m,) seconds.
        asked: (n,) nodes, -1 for one without rows.
        at: (n,) seconds.
    """
    out = np.empty(asked.size, np.int64)
    for one in range(asked.size):
        out[one] = newest_row(code, available_at, asked[one], at[one])
    return out
