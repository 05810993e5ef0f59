"""Reads a block of claims, or their lines or diagnoses, in a few big messages instead of one for each row.

The server joins what a column holds over some thousand claims into one string of bytes. That is an Arrow column but for
the order of the bytes in a number: nothing is written as text or parsed, by the server or here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import psycopg
import pyarrow as pa

from claims.tables import MISSING, Array, Column, Kind, Table

CLAIMS_IN_A_SLICE = 1 << 12
"""Claims in one message, about; their lines make one of some megabytes."""

SUBJECT_DOCTOR = "subject_doctor_id"
"""Beside the columns of a claim: whose past it changes, which for a reversal is the doctor of its original."""

SUBJECT_DOCTOR_SQL = (
    "CASE WHEN t.kind = 'settlement' THEN t.doctor_id "
    "ELSE (SELECT o.doctor_id FROM claims o WHERE o.claim_id = t.reverses_claim_id) END"
)

_ORDER = Column("recorded_order", Kind.WHOLE, "the claim's place in the one order of all")
_MICROSECONDS_TO_2000 = 946_684_800 * 1_000_000
_SECOND = 1_000_000


@dataclass(frozen=True)
class Block:
    """Consecutive claims: `count` of them, with `recorded_order` in [first, last]."""

    first: int
    last: int
    count: int

    def slices(self) -> tuple[str, str]:
        """SQL of the slices, and of the condition that an order `{}` lies in one."""
        count = max(1, self.count // CLAIMS_IN_A_SLICE)
        step = (self.last - self.first) // count + 1
        inside = f"{{0}} >= start AND {{0}} < start + {step} AND {{0}} <= {self.last}"
        return f"generate_series({self.first}::bigint, {self.last}, {step}) AS start", inside


@dataclass(frozen=True)
class Listed:
    """Some claims by their `recorded_order`."""

    orders: Array

    def slices(self) -> tuple[str, str]:
        """As those of a block."""
        every = f"(SELECT '{{{','.join(map(str, self.orders.tolist()))}}}'::bigint[] AS listed) every"
        starts = f"generate_series(1, {len(self.orders)}, {CLAIMS_IN_A_SLICE}) AS start"
        some = f"every.listed[start : start + {CLAIMS_IN_A_SLICE - 1}] AS listed"
        slices = f"(SELECT {some} FROM {every}, {starts}) slice"
        return slices, "{0} = ANY(listed)"


def read_claims_of(connection: psycopg.Connection, table: Table, chosen: Block | Listed) -> pa.Table:
    """Claims in recorded order, with `SUBJECT_DOCTOR`.

    Args:
        connection: an open connection; it should prefer indexes, as that of a `Moment` does.
        table: the claims table, narrowed to the columns wanted, `recorded_order` among them.
        chosen: which claims.

    Returns:
        Texts, booleans, and int64 with `MISSING`, as memory has them.
    """
    columns = {f"t.{column.name}": column for column in table.columns}
    columns[SUBJECT_DOCTOR_SQL] = Column(SUBJECT_DOCTOR, Kind.TEXT, "whose past the claim changes")
    return sorted_by(_read(connection, columns, "claims t", "t", chosen), [_ORDER.name])


def read_children_of(connection: psycopg.Connection, table: Table, chosen: Block | Listed) -> pa.Table:
    """The lines or diagnoses of claims, sorted by claim and number, with their claim's `recorded_order`.

    Args:
        connection: as in `read_claims_of`.
        table: lines or diagnoses, narrowed to the columns wanted.
        chosen: which claims.
    """
    number = Column(table.key[1], Kind.WHOLE, "the child's place in its claim")
    columns = {"c.recorded_order": _ORDER, f"t.{number.name}": number}
    columns |= {f"t.{column.name}": column for column in table.columns}
    rows = _read(connection, columns, f"claims c JOIN {table.name} t USING (claim_id)", "c", chosen)
    return sorted_by(rows, [_ORDER.name, number.name]).select([_ORDER.name, *table.names])


def _read(
    connection: psycopg.Connection, columns: Mapping[str, Column], source: str, claims: str, chosen: Block | Listed
) -> pa.Table:
    """The chosen rows in no certain order: trusted SQL of each column, and where it comes from."""
    slices, inside = chosen.slices()
    within = f"SELECT {joined(columns)} FROM {source} WHERE {inside.format(f'{claims}.recorded_order')}"
    return read_joined(connection, columns.values(), f"SELECT joined.* FROM {slices}, LATERAL ({within}) joined")


def joined(columns: Mapping[str, Column]) -> str:
    """The SQL that joins each column's values over some rows, by the SQL of the column."""
    return ", ".join(part for text, column in columns.items() for part in _joined(text, column.kind))


def read_joined(connection: psycopg.Connection, columns: Iterable[Column], query: str) -> pa.Table:
    """All rows of a query whose columns are `joined`, in the order in which they came."""
    columns = list(columns)
    with connection.cursor() as cursor:
        pieces = list(zip(*cursor.stream(query, binary=True), strict=True))
    if not pieces:  # the query has groups, and there is none
        pieces = [(b"",)] * sum(len(_joined("", column.kind)) for column in columns)
    whole = iter([b"".join(piece or b"" for piece in part) for part in pieces])
    return pa.table({column.name: _array(column.kind, whole) for column in columns})


def _joined(text: str, kind: Kind) -> Sequence[str]:
    """The SQL that joins a column's values: of texts their lengths, -1 for a missing one, and the texts themselves."""
    if kind is Kind.TEXT:
        return (
            f"string_agg(int4send(coalesce(octet_length({text}), -1)), '')",
            f"convert_to(string_agg({text}, ''), 'UTF8')",
        )
    if kind is Kind.FLAG:
        return (f"string_agg(boolsend({text}), '')",)
    if kind is Kind.TIME:  # the number that stands for this moment is that of a missing value
        return (f"string_agg(timestamptz_send(coalesce({text}, '-infinity')), '')",)
    value = f"({text} - DATE '1970-01-01')::bigint" if kind is Kind.DATE else text
    return (f"string_agg(int8send(coalesce({value}, '{MISSING}')), '')",)


def _array(kind: Kind, parts: Iterator[bytes]) -> pa.Array:
    if kind is Kind.TEXT:
        return _texts(np.frombuffer(next(parts), ">i4"), next(parts))
    if kind is Kind.FLAG:
        return pa.array(np.frombuffer(next(parts), np.bool_))
    values = np.frombuffer(next(parts), ">i8").astype(np.int64)
    return pa.array(_seconds(values) if kind is Kind.TIME else values)


def _texts(lengths: Array, texts: bytes) -> pa.Array:
    ends = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(np.maximum(lengths, 0), out=ends[1:])
    if ends[-1] != len(texts):
        raise ValueError(f"{len(texts)} bytes of text came where the server counted {ends[-1]}. Expected a UTF8 store.")
    is_given = lengths >= 0
    bits = None if is_given.all() else pa.py_buffer(np.packbits(is_given, bitorder="little"))
    offsets = pa.py_buffer(ends.astype(np.int32))
    return pa.StringArray.from_buffers(len(lengths), offsets, pa.py_buffer(texts), bits)


def _seconds(microseconds: Array) -> Array:
    """Seconds since 1970 of microseconds since 2000, half ones away from zero as the server rounds."""
    since = microseconds + _MICROSECONDS_TO_2000
    seconds = np.sign(since) * ((np.abs(since) + _SECOND // 2) // _SECOND)
    return np.where(microseconds == MISSING, MISSING, seconds)


def sorted_by(rows: pa.Table, by: Sequence[str]) -> pa.Table:
    """The rows sorted by whole numbers; nearly always they came so, as the indexes have them."""
    keys = [rows[name].to_numpy() for name in reversed(by)]
    place = np.lexsort(keys)
    return rows if (np.diff(place) > 0).all() else rows.take(pa.array(place))
