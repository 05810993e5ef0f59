"""Whole numbers that are added to at the end without moving all of them each time."""

from __future__ import annotations

import numpy as np

from claims.tables import Array


class Growing:
    """A column of int64; what was handed out of it before stays as it was."""

    def __init__(self, *numbers: int) -> None:
        self._room = np.array(numbers, dtype=np.int64)
        self._size = len(numbers)

    def __len__(self) -> int:
        """How many numbers."""
        return self._size

    def add(self, numbers: Array) -> None:
        """Add numbers; now and then all move to a place with half as much room again."""
        end = self._size + len(numbers)
        if end > len(self._room):
            room = np.empty(end + end // 2, dtype=np.int64)
            room[: self._size] = self.numbers
            self._room = room
        self._room[self._size : end] = numbers
        self._size = end

    @property
    def numbers(self) -> Array:
        """All numbers so far."""
        return self._room[: self._size]
