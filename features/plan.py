"""What a list of features asks for, worked out once: which cells share a pass and how columns are made of cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

import numpy as np

from claims.tables import Array
from features.cells import (
    Cell,
    burst,
    cells_of,
    difference,
    divided,
    is_burst,
    is_difference,
    is_maybe,
    is_plain,
    is_ratio,
    is_spread,
    known_or,
)
from features.declare import Feature
from features.spread import variation

MANY = 1_000
"""Up to so many claims the number of steps is what takes time, beyond it the length of the columns."""


class _Alike:
    """Columns (c,) that one step makes of their cells: c of each place in `cells_of`, and `empty` (c, 1)."""

    def __init__(self, step: Callable[..., Array], made: Sequence[tuple[int, Feature, Sequence[Cell]]]) -> None:
        self._step = step
        self.columns = np.array([column for column, _, _ in made], dtype=np.int64)
        self._cells = list(zip(*(cells for _, _, cells in made), strict=True))
        self._empty = np.array([feature.empty for _, feature, _ in made])[:, None]

    def fill(self, matrix: Array, parts: Mapping[Cell, Array]) -> None:
        """Fill the columns of `matrix` (n, k)."""
        values = (np.array([parts[cell] for cell in cells]) for cells in self._cells)
        matrix[:, self.columns] = self._step(*values, self._empty).T


_STEPS: tuple[tuple[Callable[[Feature], bool], Callable[..., Array]], ...] = (
    (is_plain, lambda values, _: values),
    (is_ratio, divided),
    (is_maybe, known_or),
    (is_difference, difference),
    (is_burst, burst),
    (is_spread, variation),
)
"""What makes columns of their cells and of what stands where those are empty, the steps of `value_of`; one for each."""


class Plan:
    """The passes and columns of a list of features.

    Attributes:
        features: the list.
        cells: for each column its cells.
        groups: cells that share a pass.
    """

    def __init__(self, features: Sequence[Feature]) -> None:
        self.features = features
        self.cells = [cells_of(feature) for feature in features]
        every = sorted(dict.fromkeys(cell for cells in self.cells for cell in cells), key=_group)
        self.groups = [list(members) for _, members in groupby(every, key=_group)]
        numbered = list(zip(range(len(features)), features, self.cells, strict=True))
        made = (_Alike(step, [one for one in numbered if is_made_so(one[1])]) for is_made_so, step in _STEPS)
        self._alike = [one for one in made if len(one.columns)]
        done = {column for one in self._alike for column in one.columns.tolist()}
        self._others = [column for column in range(len(features)) if column not in done]

    def fill_few(self, matrix: Array, parts: Mapping[Cell, Array], fill: Callable[[int], None]) -> None:
        """Fill all columns of a few claims: those that are made alike in one step, and the others with `fill`.

        Args:
            matrix: (n, k), filled.
            parts: the values of all cells.
            fill: fills one column.
        """
        for alike in self._alike:
            alike.fill(matrix, parts)
        for column in self._others:
            fill(column)


_last: list[Plan] = []


def plan_of(features: Sequence[Feature]) -> Plan:
    """The plan of a list of features; that of the last tuple is kept, as a service asks for the same one for ever."""
    if _last and _last[0].features is features:
        return _last[0]
    plan = Plan(features)
    if isinstance(features, tuple):
        _last[:] = [plan]
    return plan


def _group(cell: Cell) -> tuple[str, str, str]:
    """Cells of one group share a pass: all sums of an entity, all windows of one distinct other, all chest readings."""
    return cell.family, cell.per, cell.what if cell.family in ("distinct", "last", "max") else ""
