"""What a list of features asks for, worked out once: which cells share a pass and how columns are made of cells."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import groupby

import numpy as np

from claims.tables import Array
from features.cells import Cell, Way, cells_of, needs_whole, way_of
from features.declare import Feature
from features.measures import EventTable
from features.past import Whats
from features.places import Layout
from features.timeline import hops_of

WINDOWED = ("sum", "distinct", "new", "last", "max")
"""Families of whole numbers over windows; all others give numbers of any kind."""


class Group:
    """Cells that share a pass.

    Attributes:
        cells: the cells.
        place: of the first one among all cells of the plan; the others follow it.
        columns: of `measures` in the plan's table of events.
    """

    def __init__(self, cells: Sequence[Cell], place: int) -> None:
        self.cells, self.place = list(cells), place
        self.family, self.per, self.what = cells[0].family, cells[0].per, cells[0].what
        self.columns = self._in_tiles = np.empty(0, dtype=np.int64)
        self._layout: Layout | None = None

    @cached_property
    def whats(self) -> Whats:
        """What is read in each cell, and its window."""
        return tuple((cell.what, cell.over) for cell in self.cells)

    @cached_property
    def overs(self) -> list[str]:
        """The different windows; only sums have several cells of one window."""
        return list(dict.fromkeys(cell.over for cell in self.cells))

    @cached_property
    def windows(self) -> tuple[Array, Array, Array]:
        """Length, hop and shift of each of `overs`."""
        return hops_of(tuple(self.overs))

    @cached_property
    def measures(self) -> list[tuple[str, str | None]]:
        """The different (quantity, condition) of a group of sums."""
        return list(dict.fromkeys((cell.what, cell.where) for cell in self.cells))

    @cached_property
    def pairs(self) -> tuple[Array, Array]:
        """For each cell of a group of sums its place in `overs` and in `measures`."""
        pairs = [(self.overs.index(cell.over), self.measures.index((cell.what, cell.where))) for cell in self.cells]
        windows, measures = np.array(pairs, dtype=np.int64).T.copy()
        return windows, measures

    def columns_in(self, layout: Layout) -> Array:
        """The columns of a tile that hold `measures`."""
        if self._layout is not layout:
            self._in_tiles = np.array([layout.measures.index(one) for one in self.measures], dtype=np.int64)
            self._layout = layout
        return self._in_tiles


class _Alike:
    """Columns (c,) that are made alike: cells (k, c) by their places, and `empty` (c, 1)."""

    def __init__(self, way: Way, columns: Sequence[int], features: Sequence[Feature], places: Sequence[Sequence[int]]):
        self._way, self._columns = way, np.array(columns, dtype=np.int64)
        self._cells = np.array([places[column] for column in columns], dtype=np.int64).T.copy()
        self._empty = np.array([features[column].empty for column in columns])[:, None]

    def fill(self, columns: Array, values: Array, counted: Array, settled_at: Array) -> None:
        """Fill those of all columns (k, n) from the values of all cells (cells, n), or from whole numbers."""
        given = counted if needs_whole(self._way) else values
        columns[self._columns] = self._way(given[self._cells], self._empty, settled_at)  # type: ignore[arg-type]


class Plan:
    """The passes and columns of a list of features.

    Attributes:
        features: the list.
        cells: for each column its cells.
        groups: cells that share a pass, those over windows first.
        size: how many different cells there are.
        windowed: how many of them are over windows.
        table: the measures of all sums.
    """

    def __init__(self, features: Sequence[Feature]) -> None:
        self.features = features
        self.cells = [cells_of(feature) for feature in features]
        every = sorted(dict.fromkeys(cell for cells in self.cells for cell in cells), key=_group)
        place_of = {cell: place for place, cell in enumerate(every)}
        self.groups = [
            Group(cells, place_of[cells[0]]) for cells in (list(members) for _, members in groupby(every, key=_group))
        ]
        self.size, self.windowed = len(every), sum(cell.family in WINDOWED for cell in every)
        sums = [group for group in self.groups if group.family == "sum"]
        self.table = EventTable([measure for group in sums for measure in group.measures])
        for group in sums:
            group.columns = np.array([self.table.column_of[one] for one in group.measures], dtype=np.int64)
        places = [[place_of[cell] for cell in cells] for cells in self.cells]
        alike: dict[tuple[Way, int], list[int]] = {}
        for column, feature in enumerate(features):
            alike.setdefault((way_of(feature), len(self.cells[column])), []).append(column)
        self._alike = [_Alike(way, columns, features, places) for (way, _), columns in alike.items()]

    def fill_few(self, matrix: Array, counted: Array, values: Array, settled_at: Array) -> None:
        """Fill all columns of a few claims, those that are made alike in one step.

        Args:
            matrix: (n, k), filled.
            counted: (windowed, n) int64, the cells over windows.
            values: (size, n) float64, all cells.
            settled_at: (n,) seconds.
        """
        for alike in self._alike:
            alike.fill(matrix.T, values, counted, settled_at)


_last: list[Plan] = []


def plan_of(features: Sequence[Feature]) -> Plan:
    """The plan of a list of features; that of the last tuple is kept, as a service asks for the same one for ever."""
    if _last and _last[0].features is features:
        return _last[0]
    plan = Plan(features)
    if isinstance(features, tuple):
        _last[:] = [plan]
    return plan


def _group(cell: Cell) -> tuple[bool, str, str, str]:
    """Cells of one group share a pass: all sums of an entity, all windows of one distinct other, all chest readings."""
    of_one = cell.what if cell.family in ("distinct", "last", "max") else ""
    return cell.family not in WINDOWED, cell.family, cell.per, of_one
