"""Whole-number codes for texts, so that links are arithmetic on columns."""

import numpy as np
import pyarrow as pa

from claims.tables import Array


def encode(*columns: Array) -> tuple[Array, list[Array]]:
    """Codes over one shared, sorted list of the texts in all columns.

    Sorted, so that the same texts get codes in the same order whatever the order of the rows.

    Args:
        columns: object arrays of texts; None is allowed.

    Returns:
        The k distinct texts in order, and for each column its int64 codes in 0..k-1, -1 for None.

    >>> encode(np.array(["b", None, "a"], dtype=object))[1]
    [array([ 1, -1,  0])]
    """
    encoded = [pa.array(column, type=pa.string(), from_pandas=True).dictionary_encode() for column in columns]
    dictionaries = [part.dictionary.to_pylist() for part in encoded]
    texts = sorted(set().union(*dictionaries))
    code_of = {text: code for code, text in enumerate(texts)}
    codes = []
    for part, dictionary in zip(encoded, dictionaries, strict=True):
        new = np.array([code_of[text] for text in dictionary] + [-1], dtype=np.int64)
        indices = part.indices.fill_null(len(dictionary)).to_numpy(zero_copy_only=False)
        codes.append(new[indices])
    return np.array(texts, dtype=object), codes


def codes_in(texts: Array, asked: Array) -> Array:
    """The place of each asked text in sorted ones, -1 where it is not there.

    >>> codes_in(np.array(["a", "c"], dtype=object), np.array(["c", "b"], dtype=object))
    array([ 1, -1])
    """
    code_of = {text: code for code, text in enumerate(texts.tolist())}
    return np.array([code_of.get(text, -1) for text in asked.tolist()], dtype=np.int64)


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
