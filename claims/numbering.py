"""Texts as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from propcache.api import cached_property

from claims.tables import Array

MANY = 10_000
"""From this many texts on, the way through Arrow pays."""


@dataclass(frozen=True)
class Coded:
    """n texts as numbers.

    Attributes:
        codes: (n,) int64 places in `texts`, -1 for None.
        texts: the different texts; some may be used by no row.
    """

    codes: Array
    texts: Sequence[str]

    @cached_property
    def code_of(self) -> dict[str, int]:
        """The number of each text."""
        return dict(zip(self.texts, range(len(self.texts)), strict=True))

    @classmethod
    def by(cls, codes: Array, code_of: dict[str, int]) -> Coded:
        """Codes and the number of each text, in rising order, where that is known already."""
        made = cls(codes, list(code_of))
        made.__dict__["code_of"] = code_of
        return made

    def decoded(self) -> Array:
        """The texts (n,) object."""
        table = np.empty(len(self.texts) + 1, dtype=object)
        table[:-1] = self.texts
        return np.asarray(table[self.codes])


Numbered = tuple[Array, Sequence[dict[str, int]]]
"""Several text columns as numbers (columns, rows), -1 for None, and the number of each text of each."""


def number(values: Array) -> Coded:
    """Numbers 0, 1, ... of texts in order of appearance; whole numbers are numbered by size.

    >>> number(np.array([30, 10, 30])).codes
    array([1, 0, 1])
    """
    if values.dtype != object:
        distinct, codes = np.unique(values, return_inverse=True)
        return Coded(codes, distinct.tolist())
    if len(values) >= MANY:
        encoded = pa.array(values, pa.string()).dictionary_encode()
        numbers = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
        return Coded(numbers, encoded.dictionary.to_pylist())
    code_of: dict[str, int] = {}
    return Coded.by(np.array(_numbers(values.tolist(), code_of), dtype=np.int64), code_of)


def numbered_by(columns: Iterable[Iterable[str | None]], code_of: Sequence[dict[str, int]]) -> Array:
    """The number of each text of some columns (columns, rows), -1 for None; new ones are added to those known."""
    return np.array([_numbers(texts, known) for texts, known in zip(columns, code_of, strict=True)], dtype=np.int64)


def _numbers(texts: Iterable[str | None], code_of: dict[str, int]) -> list[int]:
    return [-1 if text is None else code_of.setdefault(text, len(code_of)) for text in texts]


def renumbered(codes: Array, code_of: Sequence[dict[str, int]], known: Sequence[dict[str, int]]) -> Array:
    """Numbers of texts as those by which the texts are known; new ones are added."""
    news = [np.array([*_numbers(of, to), -1], dtype=np.int64) for of, to in zip(code_of, known, strict=True)]
    return np.array([new[column] for new, column in zip(news, codes, strict=True)], dtype=np.int64)


def coded_of(column: pa.ChunkedArray) -> Coded:
    """An Arrow column of texts, as it is or as a dictionary, as numbers."""
    encoded = column.combine_chunks()
    if not pa.types.is_dictionary(encoded.type):
        encoded = encoded.dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
    numbers = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return Coded(numbers, encoded.dictionary.to_pylist())
