"""Columns that are made when somebody asks for them, and texts kept as numbers until somebody asks for the texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from claims.tables import Array, Columns

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

    def decoded(self) -> Array:
        """The texts (n,) object."""
        table = np.empty(len(self.texts) + 1, dtype=object)
        table[:-1] = self.texts
        return np.asarray(table[self.codes])


class LazyColumns(Mapping[str, Array]):
    """Columns by name, each made at the first question.

    Args:
        makers: what makes each column.
        coders: what makes the numbers of a text column, for those that have numbers.
    """

    def __init__(self, makers: Mapping[str, Callable[[], Array]], coders: Mapping[str, Callable[[], Coded]]) -> None:
        self._makers, self._coders = makers, coders
        self._made: dict[str, Array] = {}

    def __getitem__(self, name: str) -> Array:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def coded(self, name: str) -> Coded:
        """The text column as numbers."""
        return self._coders[name]() if name in self._coders else number(self[name])


def coded(columns: Columns, name: str) -> Coded:
    """The text column `name` as numbers; without a look at the texts where they are kept as numbers."""
    return columns.coded(name) if isinstance(columns, LazyColumns) else number(columns[name])


def number(values: Array) -> Coded:
    """Numbers 0, 1, ... in order of appearance."""
    if len(values) >= MANY:
        encoded = pa.array(values, pa.string()).dictionary_encode()
        numbers = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
        return Coded(numbers, encoded.dictionary.to_pylist())
    return continued(Coded(np.empty(0, dtype=np.int64), ()), values)


def coded_of(column: pa.ChunkedArray) -> Coded:
    """An Arrow column of texts, as it is or as a dictionary, as numbers."""
    encoded = column.combine_chunks()
    if not pa.types.is_dictionary(encoded.type):
        encoded = encoded.dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
    numbers = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return Coded(numbers, encoded.dictionary.to_pylist())


def continued(known: Coded, *more: Array) -> Coded:
    """The numbers of further texts after the known ones."""
    code_of = {text: place for place, text in enumerate(known.texts)}
    fresh = [
        -1 if text is None else code_of.setdefault(text, len(code_of)) for values in more for text in values.tolist()
    ]
    return Coded(np.concatenate([known.codes, np.array(fresh, dtype=np.int64)]), list(code_of))


def joined(pieces: Sequence[Columns], starts: Sequence[int]) -> LazyColumns:
    """The pieces, of the same names, one after the other; `claim_index` of each counts from its start."""

    def column(name: str) -> Array:
        if name == "claim_index":
            return np.concatenate([piece[name] + start for piece, start in zip(pieces, starts, strict=True)])
        return np.concatenate([piece[name] for piece in pieces])

    def numbers(name: str) -> Coded:
        return continued(coded(pieces[0], name), *(piece[name] for piece in pieces[1:]))

    return LazyColumns(
        {name: partial(column, name) for name in pieces[0]}, {name: partial(numbers, name) for name in pieces[0]}
    )
