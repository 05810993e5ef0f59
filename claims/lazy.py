"""Columns that are made when somebody asks for them; texts stay numbers until somebody asks for the texts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain, groupby
from typing import Any, TypeGuard, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from claims import numbering
from claims.numbering import Coded, Numbered, number, numbered_by, renumbered
from claims.tables import Array, Columns

T = TypeVar("T")

INDEX = "claim_index"
"""The column of a child table that says in which row its claim stands."""


class ColumnsOnDemand(Mapping[str, Array]):
    """Columns by name, each made at the first question; the way of making them is a subclass's.

    Args:
        names: of the columns.
    """

    keeps_numbers = True
    """Whether text columns may be kept as numbers; else they are numbered row by row."""
    together: Sequence[str] = ()
    """Columns of whole numbers that are made in one go, `wholes`, where one of them is asked for."""
    numbered: Sequence[str] = ()
    """Text columns that are numbered in one go, `coded_all`, where one of them is asked for."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = names
        self._made: dict[str, Array] = {}
        self.kept: dict[str, Any] = {}

    @abstractmethod
    def _make(self, name: str) -> Array:
        """The column `name`, one of the names."""

    def coded(self, name: str) -> Coded:
        """The text column as numbers."""
        return number(self[name])

    def numbers(self, name: str) -> tuple[Array, dict[str, int]]:
        """The codes of the text column (n,), -1 for None, and the number of each text."""
        column = self.coded(name)
        return column.codes, column.code_of

    def texts(self, name: str) -> Sequence[str | None]:
        """The texts of a text column, row by row."""
        return self[name].tolist()  # type: ignore[no-any-return]

    def texts_of(self, names: Sequence[str]) -> list[Sequence[str | None]]:
        """The texts of some text columns, row by row."""
        return [self.texts(name) for name in names]

    def coded_all(self, names: Sequence[str]) -> Numbered:
        """Some text columns as numbers (names, rows), and the number of each text of each."""
        every = [self.coded(name) for name in names]
        return np.array([column.codes for column in every], dtype=np.int64), [column.code_of for column in every]

    def wholes(self, names: Sequence[str]) -> Array:
        """Some columns of whole numbers (names, rows), new ones that the caller may change."""
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
        return not set(texts).isdisjoint(self.texts(name))

    def different(self, name: str) -> Collection[str]:
        """The different texts of the text column `name`, and perhaps some that no row has."""
        return self.coded(name).texts if self.keeps_numbers else {text for text in self.texts(name) if text is not None}

    def taken(self, rows: Array, instead: Columns) -> ColumnsOnDemand:
        """Some rows of the columns, but those of `instead` as they are there."""
        return TakenColumns(self, rows, instead)

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
        if name in self._made or len(self._rows) < numbering.MANY or not is_on_demand(self._columns):
            return super().coded(name)
        column = self._columns.coded(name)
        return Coded(column.codes[self._rows], column.texts)

    def _make(self, name: str) -> Array:
        return np.asarray(self._columns[name][self._rows])

    def count(self, name: str) -> int:
        """How many rows."""
        return len(self._rows) if self._rows.dtype != np.bool_ else super().count(name)


class JoinedColumns(ColumnsOnDemand):
    """Pieces of the same names, one after the other.

    Args:
        pieces: at least one.
        starts: what is added to the `claim_index` of each.
    """

    def __init__(self, pieces: Sequence[Columns], starts: Sequence[int]) -> None:
        super().__init__(pieces[0])
        if is_on_demand(pieces[0]):
            self.together, self.numbered = pieces[0].together, pieces[0].numbered
        self._coded: dict[str, Coded] = {}
        self._numbered: Numbered | None = None
        self._count: int | None = None
        self._pieces: list[Columns] = []
        self._starts: list[int] = []
        for piece, start in zip(pieces, starts, strict=True):  # joined ones fall apart: rows are copied once
            if isinstance(piece, JoinedColumns):
                self._pieces += piece._pieces
                self._starts += [start + own for own in piece._starts] if start else piece._starts
            else:
                self._pieces.append(piece)
                self._starts.append(start)

    def _make(self, name: str) -> Array:
        if name in self.together:
            self._made.update(zip(self.together, self.wholes(self.together), strict=True))
            return self._made[name]
        if name == INDEX:
            return np.asarray(self.wholes((INDEX,))[0])
        return np.concatenate([piece[name] for piece in self._pieces])

    def wholes(self, names: Sequence[str]) -> Array:
        """Some columns of whole numbers (names, rows), each piece's in one go."""
        parts = [wholes(piece, names) for piece in self._pieces]
        if INDEX in names:
            place = names.index(INDEX)
            for part, start in zip(parts, self._starts, strict=True):
                part[place] += start
        return np.concatenate(parts, axis=1)

    def count(self, name: str) -> int:
        """How many rows."""
        if self._count is None:
            self._count = sum(count(piece, name) for piece in self._pieces)
        return self._count

    def coded(self, name: str) -> Coded:
        """The text column as numbers: those of the first piece go on."""
        if name not in self._coded:
            if name in self.numbered:
                self._coded[name] = Coded.by(*self.numbers(name))
            else:
                (codes,), (code_of,) = self.coded_all((name,))
                self._coded[name] = Coded.by(codes, code_of)
        return self._coded[name]

    def numbers(self, name: str) -> tuple[Array, dict[str, int]]:
        """The codes of the text column (n,), -1 for None, and the number of each text."""
        if name not in self.numbered:
            return super().numbers(name)
        codes, code_of = self.coded_all(self.numbered)
        place = self.numbered.index(name)
        return codes[place], code_of[place]

    def coded_all(self, names: Sequence[str]) -> Numbered:
        """Some text columns as numbers (names, rows), and the number of each text of each."""
        if names is not self.numbered:
            return self._continued(names)
        if self._numbered is None:
            self._numbered = self._continued(names)
        return self._numbered

    def _continued(self, names: Sequence[str]) -> Numbered:
        known, code_of = _coded_all(self._pieces[0], names)
        codes, code_of = [known], list(map(dict, code_of))  # copies: new texts are added
        for are_few, pieces in groupby(self._pieces[1:], lambda piece: _is_few(piece, names[0])):
            if are_few:
                columns = zip(*(_texts_of(piece, names) for piece in pieces), strict=True)
                codes.append(numbered_by(map(chain.from_iterable, columns), code_of))
            else:
                codes += [renumbered(*_coded_all(piece, names), code_of) for piece in pieces]
        return np.concatenate(codes, axis=1), code_of

    def different(self, name: str) -> Collection[str]:
        """The different texts of the text column `name`, and perhaps some that no row has."""
        if name in self._coded:
            return self._coded[name].texts
        return {text for piece in self._pieces for text in different(piece, name)}

    def holds(self, name: str, texts: Collection[str]) -> bool:
        """Whether any piece holds any of the texts."""
        return any(holds(piece, name, texts) for piece in self._pieces)


def is_on_demand(columns: Columns) -> TypeGuard[ColumnsOnDemand]:
    """Quicker than to ask for the type, which is abstract: all other columns are dictionaries."""
    return not isinstance(columns, dict)


def kept_with(columns: Columns, what: str, make: Callable[[], T]) -> T:
    """What `make` makes of the columns; made once, and kept with them, where they are on demand."""
    if not is_on_demand(columns):
        return make()
    if what not in columns.kept:
        columns.kept[what] = make()
    return columns.kept[what]  # type: ignore[no-any-return]


def coded(columns: Columns, name: str) -> Coded:
    """The text column `name` as numbers; without a look at the texts where they are kept as numbers."""
    return columns.coded(name) if is_on_demand(columns) else number(columns[name])


def numbers_of(columns: Columns, name: str) -> tuple[Array, dict[str, int]]:
    """The text column `name` as numbers (n,), -1 for None, and the number of each text."""
    if is_on_demand(columns):
        return columns.numbers(name)
    column = number(columns[name])
    return column.codes, column.code_of


def wholes(columns: Columns, names: Sequence[str]) -> Array:
    """Some columns of whole numbers (names, rows)."""
    if is_on_demand(columns):
        return columns.wholes(names)
    return np.array([columns[name] for name in names], dtype=np.int64)


def count(columns: Columns, name: str) -> int:
    """How many rows, by the column `name` where that is not known without a look."""
    return columns.count(name) if is_on_demand(columns) else len(columns[name])


def texts_at(columns: Columns, name: str, rows: Array) -> list[str | None]:
    """The texts of a few rows of the text column `name`."""
    if is_on_demand(columns):
        return columns.texts_at(name, rows)
    return columns[name][rows].tolist()  # type: ignore[no-any-return]


def rows_with(columns: Columns, name: str, texts: Collection[str]) -> dict[str, int]:
    """The row of each of some texts that is in the text column `name`; of several rows the last."""
    if is_on_demand(columns):
        return columns.rows_with(name, texts)
    return _rows_with(columns[name], texts)


def _rows_with(column: Array, texts: Collection[str]) -> dict[str, int]:
    wanted = set(texts)
    return {text: row for row, text in enumerate(column.tolist()) if text in wanted}


def different(columns: Columns, name: str) -> Collection[str]:
    """The different texts of the text column `name`, and perhaps some that no row has."""
    return columns.different(name) if is_on_demand(columns) else set(columns[name].tolist()) - {None}


def is_text(columns: Columns, name: str, text: str) -> Array:
    """Which rows of the text column `name` are the text; without a look at the texts where they are kept as numbers."""
    if is_on_demand(columns) and columns.keeps_numbers:
        codes, code_of = columns.numbers(name)
        return np.asarray(codes == code_of.get(text, -2))
    return np.asarray(columns[name] == text, dtype=np.bool_)


def holds(columns: Columns, name: str, texts: Collection[str]) -> bool:
    """Whether any of some texts is in the text column `name`."""
    if is_on_demand(columns):
        return columns.holds(name, texts)
    return not set(texts).isdisjoint(columns[name].tolist())


def _is_few(piece: Columns, name: str) -> bool:
    """Whether a piece's texts are numbered row by row."""
    keeps_numbers = is_on_demand(piece) and piece.keeps_numbers
    return not keeps_numbers and count(piece, name) < numbering.MANY


def _coded_all(columns: Columns, names: Sequence[str]) -> Numbered:
    if is_on_demand(columns):
        return columns.coded_all(names)
    every = [number(columns[name]) for name in names]
    return np.array([column.codes for column in every], dtype=np.int64), [column.code_of for column in every]


def _texts_of(columns: Columns, names: Sequence[str]) -> list[Sequence[str | None]]:
    """The texts of some text columns, row by row."""
    return columns.texts_of(names) if is_on_demand(columns) else [columns[name].tolist() for name in names]
