"""What a list of features asks for, worked out once: which cells share a pass and how columns are made of cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

import numpy as np

from claims.tables import Array
from features.cells import Cell, cells_of, divided, is_maybe, is_plain, is_ratio, known_or
from features.declare import Feature

MANY = 1_000
"""Up to so many claims the number of steps is what takes time, beyond it the length of the columns."""


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
        self._plain = [(column, cells[0]) for column, feature, cells in numbered if is_plain(feature)]
        ratios = [(column, cells, feature.empty) for column, feature, cells in numbered if is_ratio(feature)]
        self._ratios = np.array([column for column, _, _ in ratios], dtype=np.int64)
        self._above, self._below = ([cells[place] for _, cells, _ in ratios] for place in (0, 1))
        self._empty = np.array([empty for _, _, empty in ratios])[:, None]
        maybes = [(column, cells[0], feature.empty) for column, feature, cells in numbered if is_maybe(feature)]
        self._maybes = np.array([column for column, _, _ in maybes], dtype=np.int64)
        self._read = [cell for _, cell, _ in maybes]
        self._instead = np.array([empty for _, _, empty in maybes])[:, None]
        done = {*self._ratios.tolist(), *self._maybes.tolist(), *(column for column, _ in self._plain)}
        self._others = [column for column in range(len(features)) if column not in done]

    def fill_few(self, matrix: Array, parts: Mapping[Cell, Array], fill: Callable[[int], None]) -> None:
        """Fill all columns of a few claims: those that are made alike in one step, and the others with `fill`.

        Args:
            matrix: (n, k), filled.
            parts: the values of all cells.
            fill: fills one column.
        """
        for column, cell in self._plain:
            matrix[:, column] = parts[cell]
        if len(self._ratios):
            above, below = (np.array([parts[cell] for cell in cells]) for cells in (self._above, self._below))
            matrix[:, self._ratios] = divided(above, below, self._empty).T
        if len(self._maybes):
            read = np.array([parts[cell] for cell in self._read])
            matrix[:, self._maybes] = known_or(read, self._instead).T
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
