"""Whole-number codes for texts, so that links are arithmetic on columns."""

from math import prod

import numpy as np

from claims.numbering import Coded, number
from claims.tables import Array

_LARGEST = 1 << 62
"""More combinations have no whole number each."""


def encode(*columns: Array | Coded) -> tuple[Array, list[Array]]:
    """Codes over one shared, sorted list of the texts in all columns.

    Sorted, so that the same texts get codes in the same order whatever the order of the rows.

    Args:
        columns: object arrays of texts, None is allowed; or their numbers, where they have some already.

    Returns:
        The k distinct texts in order, and for each column its int64 codes in 0..k-1, -1 for None.

    >>> encode(np.array(["b", None, "a"], dtype=object))[1]
    [array([ 1, -1,  0])]
    """
    coded = [column if isinstance(column, Coded) else number(column.astype(object, copy=False)) for column in columns]
    texts = sorted(set().union(*(column.texts for column in coded)))
    code_of = {text: code for code, text in enumerate(texts)}
    codes = [
        np.array([*(code_of[text] for text in column.texts), -1], dtype=np.int64)[column.codes] for column in coded
    ]
    return np.array(texts, dtype=object), codes


def codes_in(texts: Array, asked: Array | Coded) -> Array:
    """The place of each asked text in sorted ones, -1 where it is not there; texts that are numbered are asked once.

    >>> codes_in(np.array(["a", "c"], dtype=object), np.array(["c", "b"], dtype=object))
    array([ 1, -1])
    """
    code_of = {text: code for code, text in enumerate(texts.tolist())}
    if isinstance(asked, Coded):
        return np.array([*(code_of.get(text, -1) for text in asked.texts), -1], dtype=np.int64)[asked.codes]
    return np.array([code_of.get(text, -1) for text in asked.tolist()], dtype=np.int64)


def distinct(*columns: Array) -> tuple[Array, Array]:
    """Each combination of some columns of numbers once, in order of the first, the second, ... column.

    Whole numbers are compared, not rows of a matrix as `numpy.unique` does with an axis: many times as quick.

    Args:
        columns: n numbers each, none negative.

    Returns:
        (columns, m) and how often each of the m combinations is there.

    >>> distinct(np.array([2, 1, 2]), np.array([0, 5, 0]))[0].tolist()
    [[1, 2], [5, 0]]
    """
    widths = [int(column.max(initial=0)) + 1 for column in columns]
    if prod(widths) > _LARGEST:
        found: tuple[Array, Array] = np.unique(np.stack(columns), axis=1, return_counts=True)
        return found
    keys = columns[0].astype(np.int64)
    for column, width in zip(columns[1:], widths[1:], strict=True):
        keys = keys * width + column
    keys, counts = np.unique(keys, return_counts=True)
    parts = []
    for width in reversed(widths[1:]):
        keys, part = np.divmod(keys, width)
        parts.append(part)
    return np.stack([keys, *reversed(parts)]), counts


class DayCounts:
    """Rows of (key, day), sorted once, so that counts over windows of days are quick.

    Args:
        keys, days: n rows in any order; keys not negative.

    >>> DayCounts(np.array([7, 7, 7]), np.array([1, 4, 5])).within(np.array([7, 8]), np.array([5, 5]), 2)
    array([2, 0])
    """

    def __init__(self, keys: Array, days: Array) -> None:
        self._first = int(days.min()) if len(days) else 0
        self._width = int(days.max()) - self._first + 2 if len(days) else 1
        self._rows = np.sort(keys * self._width + (days - self._first + 1))

    def within(self, keys: Array, days: Array, span: int) -> Array:
        """For each question (key, day): the rows of that key on the `span` days that end on `day`."""
        newest = np.clip(days - self._first + 1, 0, self._width - 1)
        oldest = np.clip(days - span - self._first + 1, 0, self._width - 1)
        start = keys * self._width
        found: Array = np.searchsorted(self._rows, start + newest, "right") - np.searchsorted(
            self._rows, start + oldest, "right"
        )
        return found
