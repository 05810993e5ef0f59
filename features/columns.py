"""Makes the columns of many claims as soon as the cells they need are there, and lets go of cells that are done with.

The cells of all columns together are larger than the matrix; room that is used again is much quicker than new room.
"""

from __future__ import annotations

from threading import Lock

from claims.tables import Array
from features.cells import Cell, value_of
from features.plan import Plan

BLOCK = 16_384
"""So many claims' cells stay in the processor's near memory while all their columns are made."""


class Columns:
    """The columns of `matrix` (n, k), filled group by group; threads may bring groups at once.

    Args:
        plan: of k features.
        settled_at: n times.
        matrix: (n, k) float64, filled.
    """

    def __init__(self, plan: Plan, settled_at: Array, matrix: Array) -> None:
        self._plan, self._settled_at, self._matrix = plan, settled_at, matrix
        self._waiting = list(range(len(plan.features)))
        self._cells: dict[Cell, Array] = {}
        self._lock = Lock()

    def take(self, found: dict[Cell, Array]) -> None:
        """Fill every column whose last cells these are."""
        with self._lock:
            self._cells.update(found)
            ready = [column for column in self._waiting if self._cells.keys() >= set(self._plan.cells[column])]
            values = {column: [self._cells[cell] for cell in self._plan.cells[column]] for column in ready}
            self._waiting = [column for column in self._waiting if column not in values]
            needed = {cell for column in self._waiting for cell in self._plan.cells[column]}
            self._cells = {cell: one for cell, one in self._cells.items() if cell in needed}
        for first in range(0, len(self._matrix), BLOCK):
            block = slice(first, first + BLOCK)
            for column, cells in values.items():
                feature = self._plan.features[column]
                self._matrix[block, column] = value_of(
                    feature, [cell[block] for cell in cells], self._settled_at[block]
                )
