"""Compiled ways from the claims of a frame to those that are asked for, and to what belongs to each."""

from __future__ import annotations

import numpy as np

from claims.tables import Array
from features.compiled import compiled


@compiled
def places_of(at: Array, size: int) -> Array:
    """For each of `size` claims its place in `at`, -1 for those that are not in it."""
    place = np.full(size, -1, np.int64)
    for asked in range(at.size):
        place[at[asked]] = asked
    return place


@compiled
def begins(parent: Array, size: int) -> Array:
    """Where the children of each of `size` claims begin, and the end (1 + size); they lie in the order of claims."""
    out = np.zeros(1 + size, np.int64)
    for child in range(parent.size):
        out[1 + parent[child]] += 1
    for claim in range(size):
        out[1 + claim] += out[claim]
    return out
