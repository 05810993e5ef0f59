"""Learned counts turned into frequencies when they are read, so that few observations do not speak loudly."""

from __future__ import annotations

from features.compiled import compiled

PRIOR = 20
"""So many imagined observations of the whole stand beside those of the part."""


@compiled
def smoothed_lift(both: int, part: int, other: int, whole: int) -> float:
    """How much more frequent something is in a part than in the whole, drawn towards 1 by `PRIOR` observations.

    Args:
        both: observations of it in the part.
        part: observations of the part.
        other: observations of it in the whole, more than none.
        whole: observations of the whole.
    """
    return (both * whole + PRIOR * other) / (other * (part + PRIOR))


@compiled
def smoothed_chance(both: int, part: int, other: int, whole: int) -> float:
    """How frequent something is in a part, drawn towards its frequency in the whole; arguments as above."""
    return (both * whole + PRIOR * other) / (whole * (part + PRIOR))
