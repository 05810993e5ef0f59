"""Rows sorted by numbers and cut into runs of equal ones: counts, sums and quantiles of many groups in a few steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from claims.tables import Array
from features.compiled import compiled
from features.sorting import different_pairs, in_order


class Runs:
    """n rows in r runs, one for each different combination of some columns, in their order.

    Args:
        by: the columns (n,) int64, the one that matters most first.
        then: by what the rows of a run are sorted.

    Attributes:
        places: (n,) the rows as they are sorted.
        first: (r,) where each run begins among them.
        sizes: (r,) how many rows it has.
    """

    def __init__(self, *by: Array, then: Array | None = None) -> None:
        columns = by if then is None else (*by, then)
        places: Array | None = None
        for column in reversed(columns):
            places, rising = in_order(column, places)
        assert places is not None
        is_new = np.ones(len(places), dtype=np.bool_)
        if len(places):
            is_new[1:] = False
            for column in by:
                values = rising if column is columns[0] else column[places]
                is_new[1:] |= values[1:] != values[:-1]
        self.places, self.first = places, np.flatnonzero(is_new)
        self.sizes = np.diff(self.first, append=len(places))

    def of(self, column: Array) -> Array:
        """The value that all rows of each run share."""
        return np.asarray(column[self.places[self.first]])

    def total(self, column: Array) -> Array:
        """The sum over each run (r,) int64."""
        return np.add.reduceat(column[self.places], self.first, dtype=np.int64)

    def most(self, column: Array) -> Array:
        """The largest value of each run."""
        return np.maximum.reduceat(column[self.places], self.first)

    def tenths(self, then: Array, tenths: int = 5, skipped: Array | int = 0) -> Array:
        """A quantile of the column by which the rows of a run are sorted: its smallest value that so many reach.

        Five tenths are the lower median. Skipped are that many rows at the beginning of each run, of which one is left.
        """
        return np.asarray(then[self.places[self.first + skipped + ((self.sizes - skipped) * tenths + 9) // 10 - 1]])


def joined(*parts: tuple[Array, Sequence[str]]) -> tuple[Array, list[str]]:
    """Texts put together by a stroke, row by row: the number of each row's text, and the texts.

    >>> joined((np.array([0, 1, 0]), ["a", "b"]), (np.array([0, 0, 0]), ["c"]))
    (array([0, 1, 0]), ['a|c', 'b|c'])
    """
    codes, texts = parts[0][0], list(parts[0][1])
    for more, others in parts[1:]:
        rows, back = different_pairs(codes, more)
        pairs = zip(codes[rows].tolist(), more[rows].tolist(), strict=True)
        made = [f"{texts[one]}|{others[other]}" for one, other in pairs]
        number = {text: place for place, text in enumerate(dict.fromkeys(made))}
        codes, texts = np.array([number[text] for text in made], dtype=np.int64)[back], list(number)
    return codes, texts


def paired(first: Array, second: Array) -> tuple[Array, Array]:
    """The places of each two rows of the same number; both columns of numbers rise.

    >>> paired(np.array([1, 2, 2]), np.array([2, 3]))
    (array([1, 2]), array([0, 0]))
    """
    nothing = np.empty(0, dtype=np.int64)
    size = _pair_up(first, second, nothing, nothing)
    left, right = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64)
    _pair_up(first, second, left, right)
    return left, right


@compiled
def _pair_up(first: Array, second: Array, left: Array, right: Array) -> int:
    """Write the pairs as far as there is room; returns how many there are."""
    size, low = 0, 0
    for row in range(first.size):
        while low < second.size and second[low] < first[row]:
            low += 1
        other = low
        while other < second.size and second[other] == first[row]:
            if size < left.size:
                left[size], right[size] = row, other
            size += 1
            other += 1
    return size
