"""Population stability index (PSI): how far a distribution moved from its reference, and what chance explains of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from claims.tables import Array

BINS = 10
PRIOR = 0.5
"""Half a case in each bin, so that an empty one gives a large figure and not an endless one."""

CHANCE = 0.99
"""How sure one must be that a figure is more than chance."""


@dataclass(frozen=True)
class Moved:
    """How one thing moved.

    Attributes:
        name: of the column, score or rule.
        index: PSI; below 0.1 is called stable, above 0.25 shifted.
        by_chance: what 99 of 100 samples of these sizes from an unmoved distribution stay below.
    """

    name: str
    index: float
    by_chance: float

    def is_beyond(self, most: float) -> bool:
        """Above the bound, and more than chance explains."""
        return self.index > max(most, self.by_chance)


def moved_values(name: str, reference: Array, current: Array) -> Moved:
    """Compare numbers in bins that hold equal parts of the reference; missing ones have a bin of their own.

    Args:
        name: of the column.
        reference: (m,) numbers.
        current: (n,) numbers.
    """
    known = reference[~np.isnan(reference)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1])) if len(known) else np.empty(0)
    counts = [_binned(values, edges) for values in (reference, current)]
    return moved_counts(name, *counts)


def moved_counts(name: str, reference: Array, current: Array) -> Moved:
    """Compare counts by bin.

    Under no change the index times (m n / (m + n)) is about chi-squared distributed with one degree less than bins.

    >>> moved_counts("same", np.array([500, 500]), np.array([500, 500])).index
    0.0
    >>> round(moved_counts("moved", np.array([5000, 5000]), np.array([8000, 2000])).index, 3)
    0.416
    """
    used = (reference + current) > 0
    before, after = reference[used] + PRIOR, current[used] + PRIOR
    if used.sum() < 2:
        return Moved(name, 0.0, 0.0)
    share, now = before / before.sum(), after / after.sum()
    index = float(((now - share) * np.log(now / share)).sum())
    sizes = 1 / max(reference.sum(), 1) + 1 / max(current.sum(), 1)
    return Moved(name, index, float(chi2.ppf(CHANCE, used.sum() - 1) * sizes))


def moved_share(name: str, reference: tuple[int, int], current: tuple[int, int]) -> Moved:
    """Compare a share: (cases, of all) before and now."""
    (part, whole), (part_now, whole_now) = reference, current
    return moved_counts(name, np.array([part, whole - part]), np.array([part_now, whole_now - part_now]))


def moved_kinds(name: str, reference: Mapping[str, int], current: Mapping[str, int]) -> Moved:
    """Compare how often each kind occurs."""
    kinds = sorted({*reference, *current})
    return moved_counts(name, *(np.array([side.get(kind, 0) for kind in kinds]) for side in (reference, current)))


def _binned(values: Array, edges: Array) -> Array:
    missing = np.isnan(values)
    places = np.searchsorted(edges, values[~missing], side="left")
    # A value on an edge that fills several tenths is a bin of its own: zero is where many columns have their mass.
    on_edge = np.isin(values[~missing], edges)
    bins = 2 * places + on_edge
    return np.append(np.bincount(bins, minlength=2 * len(edges) + 2), missing.sum())
