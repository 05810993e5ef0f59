"""What a list of features asks for, worked out once: which cells share a pass and how columns are made of cells."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from propcache.api import cached_property

from claims.tables import Array
from features.cells import SPREAD, Cell, cells_of, fill_made, way_of
from features.declare import Feature
from features.measures import EventTable
from features.past import Whats
from features.places import Layout
from features.spread import variation
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
        ways = np.array([way_of(feature) for feature in features], dtype=np.int64)
        empty = np.array([feature.empty for feature in features], dtype=np.float64)
        self._spreads, others = np.flatnonzero(ways == SPREAD), np.flatnonzero(ways != SPREAD)
        self._of_spreads = np.array([places[column] for column in self._spreads], dtype=np.int64).reshape(-1, 4).T
        of_others = np.array([[*places[column], 0, 0][:3] for column in others], dtype=np.int64).reshape(-1, 3)
        self._others = others, ways[others], of_others, empty[others]
        self._empty_spreads = empty[self._spreads][:, None]

    @cached_property
    def tasks(self) -> list[list[Group]]:
        """The groups for several threads: those over windows of one entity, which share its order, are one task.

        What has most cells comes first, so that no thread begins with it when the others are done.
        """
        tasks: dict[object, list[Group]] = {}
        for group in sorted(self.groups, key=lambda group: -len(group.cells)):
            tasks.setdefault(group.per if group.family in WINDOWED else group, []).append(group)
        return sorted(tasks.values(), key=_weight)

    def fill_few(self, matrix: Array, counted: Array, values: Array, settled_at: Array) -> None:
        """Fill all columns of a few claims in one step, and those of spreads, which need whole numbers, in another.

        Args:
            matrix: (n, k), filled.
            counted: (windowed, n) int64, the cells over windows.
            values: (size, n) float64, all cells.
            settled_at: (n,) seconds.
        """
        columns = matrix.T
        fill_made(*self._others, values, settled_at, columns)
        count, total, high, low = counted[self._of_spreads]
        columns[self._spreads] = variation(count, total, high, low, self._empty_spreads)


_last: list[Plan] = []


def plan_of(features: Sequence[Feature]) -> Plan:
    """The plan of a list of features; that of the last tuple is kept, as a service asks for the same one for ever."""
    if _last and _last[0].features is features:
        return _last[0]
    plan = Plan(features)
    if isinstance(features, tuple):
        _last[:] = [plan]
    return plan


def _weight(groups: list[Group]) -> tuple[bool, int]:
    """Windows before all else, then by the number of cells, falling."""
    return groups[0].family not in WINDOWED, -sum(len(group.cells) for group in groups)


def _group(cell: Cell) -> tuple[bool, str, str, str]:
    """Cells of one group share a pass: all sums of an entity, all windows of one distinct other, all chest readings."""
    of_one = cell.what if cell.family in ("distinct", "last", "max") else ""
    return cell.family not in WINDOWED, cell.family, cell.per, of_one
