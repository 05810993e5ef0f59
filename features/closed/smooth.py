"""Learned counts turned into frequencies when they are read, so that few observations do not speak loudly."""

from __future__ import annotations

import numpy as np

from claims.tables import Array

PRIOR = 20
"""So many imagined observations of the whole stand beside those of the part."""


def smoothed_lift(both: Array, part: Array, other: Array, whole: Array) -> Array:
    """How much more frequent something is in a part than in the whole, drawn towards 1 by `PRIOR` observations.

    Args:
        both: (n,) observations of it in the part.
        part: (n,) observations of the part.
        other: (n,) observations of it in the whole.
        whole: (n,) observations of the whole.

    Returns:
        (n,) float64; nan where the whole has none of it.
    """
    out = np.full(len(both), np.nan)
    np.divide(both * whole + PRIOR * other, other * (part + PRIOR), out=out, where=other > 0)
    return out


def least(values: Array, claim: Array, size: int, empty: float) -> Array:
    """The smallest value over the rows of each claim that are not nan, `empty` without any (size,)."""
    return -largest(-values, claim, size, -empty)


def largest(values: Array, claim: Array, size: int, empty: float) -> Array:
    """The largest value over the rows of each claim that are not nan, `empty` without any (size,)."""
    given = ~np.isnan(values)
    out = np.full(size, -np.inf)
    np.maximum.at(out, claim[given], values[given])
    return np.where(np.isinf(out), empty, out)
