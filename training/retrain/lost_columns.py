"""Columns that went silent: constant or missing now, though they spoke in the reference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from claims.tables import Array

MOST_ROWS = 50_000
LEAST_EXPECTED = 20.0
"""A rare value is missed only where so many of it were to be expected: chance then has no part in it."""


def lost_columns(names: Sequence[str], reference: Array, current: Array) -> list[str]:
    """Names of the columns that are lost.

    Args:
        names: k columns.
        reference: (m, k) rows of an earlier time.
        current: (n, k) rows of now.

    >>> lost_columns(["kept", "silent"], np.array([[0.0, 0.0], [1.0, 1.0]]), np.tile([[0.0, 1.0], [1.0, 1.0]], (50, 1)))
    ['silent']
    """
    if not len(reference) or not len(current):
        return []
    before, now = _thinned(reference), _thinned(current)
    return [
        name
        for place, name in enumerate(names)
        if _speaks(before[:, place]) * len(now) >= LEAST_EXPECTED and _speaks(now[:, place]) == 0.0
    ]


def _thinned(matrix: Array) -> Array:
    """Evenly spread rows, so that every month is among them."""
    return matrix[:: max(1, len(matrix) // MOST_ROWS)]


def _speaks(values: Array) -> float:
    """Share of the values that are there and differ from the most common one."""
    known = values[~np.isnan(values)]
    if not len(known):
        return 0.0
    return float(len(known) - np.unique(known, return_counts=True)[1].max()) / len(values)
