"""Moves columns between memory and the store, in bulk."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from claims.batch import ClaimBatch
from claims.lazy import INDEX, ColumnsOnDemand
from claims.numbering import coded_of
from claims.tables import CLAIMS, DIAGNOSES, LINES, MISSING, PAST_LINES, TABLES, Array, Column, Columns, Kind, Table

SAMPLE = 1_024
"""So many texts tell whether those of a column repeat."""
_ARROW_TYPES = {Kind.TEXT: pa.dictionary(pa.int32(), pa.string()), Kind.FLAG: pa.bool_()}


def select_list(table: Table, alias: str) -> str:
    """The SQL that selects each column of `table` in the form that memory uses."""
    return ", ".join(f"{_as_memory(column, alias)} AS {column.name}" for column in table.columns)


def _as_memory(column: Column, alias: str) -> str:
    name = f"{alias}.{column.name}"
    if column.kind is Kind.TIME:
        epoch = f"date_part('epoch', {name})"  # extract counts in decimals, which takes longer
        return f"trunc({epoch} + 0.5 * sign({epoch}))::bigint"
    if column.kind is Kind.DATE:
        return f"({name} - DATE '1970-01-01')::bigint"
    return name


def read_bulk(connection: psycopg.Connection, table: Table, tail: str = "") -> dict[str, Array]:
    """Read many rows of `table` as columns.

    Args:
        connection: an open connection.
        table: what to read.
        tail: the rest of the query, in which the table is called `t`, such as "JOIN ... WHERE ... ORDER BY ...".
            Trusted SQL text: never put outside values into it.
    """
    query = f"COPY (SELECT {select_list(table, 't')} FROM {table.name} t {tail}) TO STDOUT (FORMAT csv)"
    with connection.cursor().copy(query) as copy:
        text = b"".join(bytes(block) for block in copy)
    if not text:
        return {column.name: np.empty(0, dtype=column.kind.array_type) for column in table.columns}
    types = {column.name: _ARROW_TYPES.get(column.kind, pa.int64()) for column in table.columns}
    parsed = pacsv.read_csv(
        io.BytesIO(text),
        read_options=pacsv.ReadOptions(column_names=list(table.names)),
        convert_options=pacsv.ConvertOptions(
            column_types=types,
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=[""],
        ),
    )
    return {column.name: to_array(parsed.column(column.name), column.kind) for column in table.columns}


def to_array(column: pa.ChunkedArray, kind: Kind) -> Array:
    """An Arrow column as the numpy array of its kind."""
    if kind is Kind.TEXT:
        return column.to_numpy() if _hardly_repeats(column) else coded_of(column).decoded()
    if kind is Kind.FLAG:
        return np.asarray(column.to_numpy(), dtype=np.bool_)
    return np.asarray(pc.fill_null(column, MISSING).to_numpy(), dtype=np.int64)


def _hardly_repeats(column: pa.ChunkedArray) -> bool:
    """Whether most texts differ, by the first ones: to number ids takes three times as long as to make their texts."""
    first = column.slice(0, SAMPLE)
    return pa.types.is_string(column.type) and 2 * len(first.unique()) > len(first)


def read_few(connection: psycopg.Connection, table: Table, tail: str, values: Sequence[object]) -> dict[str, Array]:
    """Read a few rows of `table` as columns; `tail` holds `%s` for each of `values`."""
    return rows_to_columns(table, ask_few(connection, table, tail, values).fetchall())


def ask_few(connection: psycopg.Connection, table: Table, tail: str, values: Sequence[object]) -> psycopg.Cursor:
    """As `read_few`, but leaves the rows with the server's answer: several questions fit into one pipeline."""
    return connection.execute(f"SELECT {_select_list(table)} FROM {table.name} t {tail}", values, binary=True)


@cache
def _select_list(table: Table) -> str:
    return select_list(table, "t")


def rows_to_columns(table: Table, rows: Sequence[Sequence[object]]) -> dict[str, Array]:
    """Rows in the order of the table's columns, turned into columns."""
    columns: dict[str, Array] = {}
    values_of = list(zip(*rows, strict=True)) if rows else [()] * len(table.columns)
    for column, values in zip(table.columns, values_of, strict=True):
        if column.kind is Kind.TEXT or column.kind is Kind.FLAG:
            array = np.empty(len(values), dtype=column.kind.array_type)
            array[:] = values
        else:
            array = np.array([MISSING if value is None else value for value in values], dtype=np.int64)
        columns[column.name] = array
    return columns


TwoArrays = tuple[list[str | None], list[int | None]]
"""A row as its texts and its numbers: rows of different tables then fit into one answer."""


def two_arrays(table: Table, alias: str, names: Collection[str] | None = None) -> str:
    """The SQL that makes two arrays `texts` and `numbers` of a row of `table`.

    Args:
        table: whose rows.
        alias: what the query calls it.
        names: the columns that somebody looks at, all by default; the others are missing.
    """

    def spelled(column: Column) -> str:
        if names is not None and column.name not in names:
            return "NULL"
        return _as_memory(column, alias) + "::int::bigint" * (column.kind is Kind.FLAG)

    texts, numbers = _by_array(table)
    return f"ARRAY[{', '.join(map(spelled, texts))}] AS texts, ARRAY[{', '.join(map(spelled, numbers))}] AS numbers"


def _by_array(table: Table) -> tuple[list[Column], list[Column]]:
    """The columns of `table` that are texts, and the others."""
    texts = [column for column in table.columns if column.kind is Kind.TEXT]
    return texts, [column for column in table.columns if column.kind is not Kind.TEXT]


def _places(table: Table) -> dict[str, tuple[int, int, np.dtype[Any]]]:
    """The array and the place in it of each column, and its type."""
    found = {
        column.name: (which, place, column.kind.array_type)
        for which, columns in enumerate(_by_array(table))
        for place, column in enumerate(columns)
    }
    return {name: found[name] for name in table.names}


_BY_ARRAY = {table.name: _by_array(table) for table in (*TABLES, PAST_LINES)}
_PLACES = {table.name: _places(table) for table in (*TABLES, PAST_LINES)}


def place_in_two_arrays(table: Table, name: str) -> int:
    """Where a column stands among the texts or the numbers of `two_arrays`."""
    return _PLACES[table.name][name][1]


def texts_and_numbers(table: Table, columns: Columns) -> tuple[list[tuple[str | None, ...]], Array]:
    """The texts of each of n rows, and their numbers (n, k) int64, in the order of `two_arrays`."""
    texts, numbers = _BY_ARRAY[table.name]
    return (
        list(zip(*(columns[column.name].tolist() for column in texts), strict=True)),
        np.array([columns[column.name] for column in numbers], dtype=np.int64).T,
    )


class RowColumns(ColumnsOnDemand):
    """Columns of a few rows, of which the texts and the numbers stand apart.

    Args:
        table: whose rows.
        texts: of each row.
        numbers: int64, those of one row after those of another.
        more: further columns.
    """

    keeps_numbers = False

    def __init__(
        self, table: Table, texts: Sequence[Sequence[str | None]], numbers: Array, more: Columns | None = None
    ) -> None:
        places = _PLACES[table.name]
        super().__init__((*places, *more) if more else places)
        self._table, self._places, self._texts = table, places, texts
        self._numbers = numbers.reshape(-1, len(_BY_ARRAY[table.name][1]))
        self._made.update(more or {})

    def wholes(self, names: Sequence[str]) -> Array:
        """Some columns of whole numbers (names, rows)."""
        if INDEX in names:
            rows = [self._made[name] if name == INDEX else self._numbers[:, self._places[name][1]] for name in names]
            return np.array(rows, dtype=np.int64)
        return self._numbers.T[[self._places[name][1] for name in names]]

    def count(self, name: str) -> int:  # noqa: ARG002  # known without a look
        """How many rows."""
        return len(self._texts)

    def taken(self, rows: Array, instead: Columns) -> RowColumns:
        """Some rows, but the columns of `instead` as they are there."""
        texts = [self._texts[row] for row in np.arange(len(self._texts))[rows].tolist()]
        return RowColumns(self._table, texts, self._numbers[rows], instead)

    def _make(self, name: str) -> Array:
        is_number, place, type_ = self._places[name]
        if is_number:
            return self._numbers[:, place].astype(type_)
        array = np.empty(len(self._texts), dtype=type_)
        array[:] = self.texts(name)
        return array

    def texts(self, name: str) -> Sequence[str | None]:
        """The texts of a text column, row by row."""
        place = self._places[name][1]
        return [row[place] for row in self._texts]

    def holds(self, name: str, texts: Collection[str]) -> bool:
        """Whether any of some texts is in the text column `name`."""
        place = self._places[name][1]
        return any(row[place] in texts for row in self._texts)

    def texts_of(self, names: Sequence[str]) -> list[Sequence[str | None]]:
        """The texts of some text columns, row by row."""
        columns = list(zip(*self._texts, strict=True))
        return [columns[self._places[name][1]] if columns else () for name in names]


def row_columns(table: Table, rows: Sequence[TwoArrays]) -> RowColumns:
    """The columns of rows that the store gave as two arrays each."""
    numbers = [[MISSING if value is None else value for value in numbers] for _, numbers in rows]
    return RowColumns(table, [texts for texts, _ in rows], np.array(numbers, dtype=np.int64))


def array_text(values: Iterable[object]) -> str:
    r"""A list as PostgreSQL spells an array: texts, numbers and None; psycopg takes many times as long for it.

    >>> array_text(["plain", 'a "word"', None]), array_text([1, None])
    ('{"plain","a \\"word\\"",NULL}', '{1,NULL}')
    """
    return "{" + ",".join(map(_in_array, values)) + "}"


def _in_array(value: object) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return "NULL" if value is None else str(value)


def to_rows(table: Table, columns: Columns) -> list[tuple[object, ...]]:
    """Columns as rows for `COPY`: missing numbers become None, times and dates their text."""
    return list(zip(*(_as_store(columns[column.name], column.kind) for column in table.columns), strict=True))


def _as_store(array: Array, kind: Kind) -> list[object]:
    if kind is Kind.TIME or kind is Kind.DATE:
        unit = "s" if kind is Kind.TIME else "D"
        texts = np.datetime_as_string(array.astype(f"datetime64[{unit}]"))
        suffix = "Z" if kind is Kind.TIME else ""
        return [
            None if raw == MISSING else text + suffix for raw, text in zip(array.tolist(), texts.tolist(), strict=True)
        ]
    values: list[object] = array.tolist()
    return values if array.dtype != np.int64 else [None if value == MISSING else value for value in values]


def append(connection: psycopg.Connection, table: Table, columns: Columns) -> None:
    """Add rows to `table`; the transaction is the caller's."""
    with connection.cursor().copy(f"COPY {table.name} ({', '.join(table.names)}) FROM STDIN") as copy:
        for row in to_rows(table, columns):
            copy.write_row(row)


def append_batch(connection: psycopg.Connection, batch: ClaimBatch) -> None:
    """Add claims with their lines and diagnoses; the transaction is the caller's."""
    append(connection, CLAIMS, batch.claims)
    append(connection, LINES, batch.lines)
    append(connection, DIAGNOSES, batch.diagnoses)


def read_batch(connection: psycopg.Connection, where: str = "true") -> ClaimBatch:
    """The claims of the store in `recorded_order`, with lines and diagnoses.

    Args:
        connection: an open connection.
        where: trusted SQL condition on claims, called `t`; the children follow their claims.
    """
    claims = read_bulk(connection, CLAIMS, f"WHERE {where} ORDER BY t.recorded_order")
    chosen = f"JOIN (SELECT claim_id, recorded_order FROM claims t WHERE {where}) c ON c.claim_id = t.claim_id"
    lines = read_bulk(connection, LINES, f"{chosen} ORDER BY c.recorded_order, t.line_number")
    diagnoses = read_bulk(connection, DIAGNOSES, f"{chosen} ORDER BY c.recorded_order, t.sequence")
    return join(claims, lines, diagnoses)


def join(claims: Columns, lines: Columns, diagnoses: Columns) -> ClaimBatch:
    """A batch from its three tables: adds `claim_index`; children must name claims that are there."""
    row_of = {claim_id: row for row, claim_id in enumerate(claims["claim_id"].tolist())}

    def indexed(children: Columns) -> dict[str, Array]:
        index = np.fromiter((row_of[name] for name in children["claim_id"].tolist()), dtype=np.int64)
        return {**children, "claim_index": index}

    return ClaimBatch(claims, indexed(lines), indexed(diagnoses))
