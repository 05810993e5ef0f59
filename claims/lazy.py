"""Columns that are made when somebody asks for them, and texts kept as numbers until somebody asks for the texts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from propcache.api import cached_property

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


class ColumnsOnDemand(Mapping[str, Array]):
    """Columns by name, each made at the first question; the way of making them is a subclass's.

    Args:
        names: of the columns.
    """

    keeps_numbers = True
    """Whether text columns may be kept as numbers; else they are numbered row by row."""
    together: Sequence[str] = ()
    """Columns of whole numbers that are made in one go, `wholes`, where one of them is asked for."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = names
        self._made: dict[str, Array] = {}

    @abstractmethod
    def _make(self, name: str) -> Array:
        """The column `name`, one of the names."""

    def coded(self, name: str) -> Coded:
        """The text column as numbers."""
        return number(self[name])

    def texts(self, name: str) -> Sequence[str | None]:
        """The texts of a text column, row by row."""
        return self[name].tolist()  # type: ignore[no-any-return]

    def wholes(self, names: Sequence[str]) -> Array:
        """Some columns of whole numbers (names, rows)."""
        return np.array([self[name] for name in names], dtype=np.int64)

    def count(self, name: str) -> int:
        """How many rows, by the column `name` where that is not known without a look."""
        return len(self[name])

    def texts_at(self, name: str, rows: Array) -> list[str | None]:
        """The texts of a few rows of the text column `name`."""
        return self[name][rows].tolist()  # type: ignore[no-any-return]

    def rows_with(self, name: str, texts: Collection[str]) -> dict[str, int]:
        """The row of each of some texts that is in the text column `name`; of several rows the last."""
        return _rows_with(self[name], texts)

    def holds(self, name: str, texts: Collection[str]) -> bool:
        """Whether any of some texts is in the text column `name`."""
        return not set(texts).isdisjoint(self[name].tolist())

    def __getitem__(self, name: str) -> Array:
        if name not in self._made:
            if name not in self._names:
                raise KeyError(name)
            self._made[name] = self._make(name)
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class LazyColumns(ColumnsOnDemand):
    """Columns that have a maker each.

    Args:
        makers: what makes each column.
        coders: what makes the numbers of a text column, for those that have numbers.
    """

    def __init__(self, makers: Mapping[str, Callable[[], Array]], coders: Mapping[str, Callable[[], Coded]]) -> None:
        super().__init__(makers)
        self._makers, self._coders = makers, coders

    def _make(self, name: str) -> Array:
        return self._makers[name]()

    def coded(self, name: str) -> Coded:
        """The text column as numbers."""
        return self._coders[name]() if name in self._coders else super().coded(name)


class ArrowColumns(LazyColumns):
    """The columns of an Arrow table; a few texts are looked up without making those of all rows.

    Args:
        table: with at least the text columns.
        makers, coders: as for `LazyColumns`.
    """

    def __init__(
        self,
        table: pa.Table,
        makers: Mapping[str, Callable[[], Array]],
        coders: Mapping[str, Callable[[], Coded]],
    ) -> None:
        super().__init__(makers, coders)
        self._table = table

    def texts_at(self, name: str, rows: Array) -> list[str | None]:
        """The texts of a few rows; each looked up in its own piece, or Arrow would put all pieces together first."""
        pieces = self._table[name].chunks
        starts = np.cumsum([0, *map(len, pieces)])
        which = np.searchsorted(starts, rows, "right") - 1
        places = zip(which.tolist(), (rows - starts[which]).tolist(), strict=True)
        return [pieces[piece][row].as_py() for piece, row in places]

    def rows_with(self, name: str, texts: Collection[str]) -> dict[str, int]:
        """The row of each of some texts that is there; of several rows the last."""
        wanted = pa.array(sorted(texts), pa.string())
        rows = np.flatnonzero(pc.is_in(self._table[name], value_set=wanted).to_numpy())
        return dict(zip(self.texts_at(name, rows), rows.tolist(), strict=True))  # type: ignore[arg-type]  # none is None


class TakenColumns(ColumnsOnDemand):
    """Some rows of other columns.

    Args:
        columns: which do not change.
        rows: numbers of rows, or a mask.
        instead: columns that are taken already.
    """

    keeps_numbers = False

    def __init__(self, columns: Columns, rows: Array, instead: Columns | None = None) -> None:
        super().__init__(columns)
        self._columns, self._rows = columns, rows
        self._made.update(instead or {})

    def coded(self, name: str) -> Coded:
        """The text column as numbers: of many rows those that the other columns keep."""
        if name in self._made or len(self._rows) < MANY or not _is_on_demand(self._columns):
            return super().coded(name)
        column = self._columns.coded(name)
        return Coded(column.codes[self._rows], column.texts)

    def _make(self, name: str) -> Array:
        return np.asarray(self._columns[name][self._rows])


class JoinedColumns(ColumnsOnDemand):
    """Pieces of the same names, one after the other.

    Args:
        pieces: at least one.
        starts: what is added to the `claim_index` of each.
    """

    def __init__(self, pieces: Sequence[Columns], starts: Sequence[int]) -> None:
        super().__init__(pieces[0])
        self.together = pieces[0].together if _is_on_demand(pieces[0]) else ()
        self._coded: dict[str, Coded] = {}
        self._head = pieces[0] if isinstance(pieces[0], JoinedColumns) else None
        self._pieces: list[Columns] = []
        self._starts: list[int] = []
        for piece, start in zip(pieces, starts, strict=True):  # joined ones fall apart: rows are copied once
            parts = zip(piece._pieces, piece._starts, strict=True) if isinstance(piece, JoinedColumns) else [(piece, 0)]
            for part, own in parts:
                self._pieces.append(part)
                self._starts.append(start + own)

    def _make(self, name: str) -> Array:
        if name in self.together:
            self._made.update(zip(self.together, self.wholes(self.together), strict=True))
            return self._made[name]
        if name == "claim_index":
            return np.concatenate(
                [piece[name] + start for piece, start in zip(self._pieces, self._starts, strict=True)]
            )
        return np.concatenate([piece[name] for piece in self._pieces])

    def wholes(self, names: Sequence[str]) -> Array:
        """Some columns of whole numbers (names, rows), each piece's in one go."""
        return np.concatenate([wholes(piece, names) for piece in self._pieces], axis=1)

    def count(self, name: str) -> int:
        """How many rows."""
        return sum(count(piece, name) for piece in self._pieces)

    def coded(self, name: str) -> Coded:
        """The text column as numbers: those of the first piece go on, or those of the joined ones that came first."""
        if name not in self._coded:
            head = self._head if self._head and name in self._head._coded else None
            known, joined = (head._coded[name], len(head._pieces)) if head else (coded(self._pieces[0], name), 1)
            code_of = dict(known.code_of)
            codes = [known.codes, *_continued(self._pieces[joined:], name, code_of)]
            self._coded[name] = Coded.by(np.concatenate(codes), code_of)
        return self._coded[name]

    def holds(self, name: str, texts: Collection[str]) -> bool:
        """Whether any piece holds any of the texts."""
        return any(holds(piece, name, texts) for piece in self._pieces)


def _is_on_demand(columns: Columns) -> TypeGuard[ColumnsOnDemand]:
    """Quicker than to ask for the type, which is abstract: all other columns are dictionaries."""
    return not isinstance(columns, dict)


def coded(columns: Columns, name: str) -> Coded:
    """The text column `name` as numbers; without a look at the texts where they are kept as numbers."""
    return columns.coded(name) if _is_on_demand(columns) else number(columns[name])


def wholes(columns: Columns, names: Sequence[str]) -> Array:
    """Some columns of whole numbers (names, rows)."""
    if _is_on_demand(columns):
        return columns.wholes(names)
    return np.array([columns[name] for name in names], dtype=np.int64)


def count(columns: Columns, name: str) -> int:
    """How many rows, by the column `name` where that is not known without a look."""
    return columns.count(name) if _is_on_demand(columns) else len(columns[name])


def texts_at(columns: Columns, name: str, rows: Array) -> list[str | None]:
    """The texts of a few rows of the text column `name`."""
    if _is_on_demand(columns):
        return columns.texts_at(name, rows)
    return columns[name][rows].tolist()  # type: ignore[no-any-return]


def rows_with(columns: Columns, name: str, texts: Collection[str]) -> dict[str, int]:
    """The row of each of some texts that is in the text column `name`; of several rows the last."""
    if _is_on_demand(columns):
        return columns.rows_with(name, texts)
    return _rows_with(columns[name], texts)


def _rows_with(column: Array, texts: Collection[str]) -> dict[str, int]:
    wanted = set(texts)
    return {text: row for row, text in enumerate(column.tolist()) if text in wanted}


def different(columns: Columns, name: str) -> Collection[str]:
    """The different texts of the text column `name`, and perhaps some that no row has."""
    if _is_on_demand(columns) and columns.keeps_numbers:
        return columns.coded(name).texts
    return set(columns[name].tolist()) - {None}


def is_text(columns: Columns, name: str, text: str) -> Array:
    """Which rows of the text column `name` are the text; without a look at the texts where they are kept as numbers."""
    if _is_on_demand(columns) and columns.keeps_numbers:
        column = columns.coded(name)
        return np.asarray(column.codes == column.code_of.get(text, -2))
    return np.asarray(columns[name] == text, dtype=np.bool_)


def holds(columns: Columns, name: str, texts: Collection[str]) -> bool:
    """Whether any of some texts is in the text column `name`."""
    if _is_on_demand(columns):
        return columns.holds(name, texts)
    return not set(texts).isdisjoint(columns[name].tolist())


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
    return Coded.by(_numbered(values.tolist(), code_of), code_of)


def _numbered(texts: Sequence[str | None], code_of: dict[str, int]) -> Array:
    """The number of each text, -1 for None; new ones are added to those that are known."""
    codes = [-1 if text is None else code_of.setdefault(text, len(code_of)) for text in texts]
    return np.array(codes, dtype=np.int64)


def coded_of(column: pa.ChunkedArray) -> Coded:
    """An Arrow column of texts, as it is or as a dictionary, as numbers."""
    encoded = column.combine_chunks()
    if not pa.types.is_dictionary(encoded.type):
        encoded = encoded.dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
    numbers = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return Coded(numbers, encoded.dictionary.to_pylist())


def _continued(pieces: Sequence[Columns], name: str, code_of: dict[str, int]) -> Iterator[Array]:
    """The numbers of a text column after known ones, to which new texts are added; pieces of few rows come as one."""
    few: list[str | None] = []
    for piece in pieces:
        keeps_numbers = _is_on_demand(piece) and piece.keeps_numbers
        if not keeps_numbers and count(piece, name) < MANY:
            few += piece.texts(name) if _is_on_demand(piece) else piece[name].tolist()
            continue
        if few:
            yield _numbered(few, code_of)
            few = []
        each = coded(piece, name)
        renumbered = [*(code_of.setdefault(text, len(code_of)) for text in each.texts), -1]
        yield np.asarray(np.array(renumbered, dtype=np.int64)[each.codes])
    if few:
        yield _numbered(few, code_of)
