"""Reads the store in blocks of bounded size as Arrow tables, so that nobody needs to hold all of it.

Several processes may read one moment of the store: one keeps a transaction open and exports its snapshot, the others
join it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from psycopg import conninfo, sql

from claims.store.columns import select_list
from claims.store.slices import SUBJECT_DOCTOR, SUBJECT_DOCTOR_SQL, Block
from claims.tables import MISSING, Kind, Table

BLOCK_BYTES = 1 << 26
"""Text that is held before it is parsed: 64 MB."""


@dataclass(frozen=True)
class Moment:
    """One state of the store that several processes can read.

    Attributes:
        url: where the store is, with its password: do not log it.
        snapshot: PostgreSQL's name of the exported snapshot.
    """

    url: str
    snapshot: str

    def connect(self) -> psycopg.Connection:
        """A new read-only connection that sees exactly this state; the caller closes it."""
        connection = psycopg.connect(self.url)
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(self.snapshot)))
        # Blocks are read in recorded order: by the index, whose cost does not grow with the rest of the table.
        for method in ("enable_hashjoin", "enable_mergejoin", "enable_seqscan"):
            connection.execute(sql.SQL("SET LOCAL {} = off").format(sql.Identifier(method)))
        connection.execute("SET LOCAL max_parallel_workers_per_gather = 0")  # the readers are parallel themselves
        return connection


def hold_moment(connection: psycopg.Connection) -> Moment:
    """Begin a transaction whose state others can read until it ends; what was open is committed before."""
    connection.commit()
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    row = connection.execute("SELECT pg_export_snapshot()").fetchone()
    assert row is not None
    return Moment(conninfo.make_conninfo(connection.info.dsn, password=connection.info.password), row[0])


def blocks_of(connection: psycopg.Connection, size: int, where: str = "true") -> list[Block]:
    """Claims of the store in blocks of `size` claims, in recorded order; `where` is trusted SQL on claims."""
    rows = connection.execute(
        "SELECT min(recorded_order), max(recorded_order), count(*) FROM "
        "(SELECT recorded_order, (row_number() OVER (ORDER BY recorded_order) - 1) / %s AS block "
        f"FROM claims WHERE {where}) numbered "
        "GROUP BY block ORDER BY block",
        (size,),
    ).fetchall()
    return [Block(*row) for row in rows]


def narrowed(table: Table, names: Sequence[str]) -> Table:
    """The table as if it had only these columns, in its own order."""
    return replace(table, columns=tuple(column for column in table.columns if column.name in names))


def read_claims(connection: psycopg.Connection, table: Table, where: str) -> pa.Table:
    """Claims in recorded order, with `SUBJECT_DOCTOR`.

    Args:
        connection: an open connection.
        table: the claims table, narrowed to the columns wanted.
        where: trusted SQL on claims, called `t`.
    """
    query = (
        f"SELECT {select_list(table, 't')}, {SUBJECT_DOCTOR_SQL} AS {SUBJECT_DOCTOR} "
        f"FROM claims t WHERE {where} ORDER BY t.recorded_order"
    )
    return _whole(stream(connection, query, {**types_of(table), SUBJECT_DOCTOR: pa.string()}))


def types_of(table: Table) -> dict[str, pa.DataType]:
    """The Arrow type of each column of the table."""
    special = {Kind.TEXT: pa.string(), Kind.FLAG: pa.bool_()}
    return {column.name: special.get(column.kind, pa.int64()) for column in table.columns}


def _whole(parts: Iterator[pa.Table]) -> pa.Table:
    return pa.concat_tables(list(parts))


def stream(connection: psycopg.Connection, query: str, types: Mapping[str, pa.DataType]) -> Iterator[pa.Table]:
    """The rows of a query in tables of bounded size, at least one: texts, booleans, and int64 with `MISSING`.

    Args:
        connection: an open connection.
        query: trusted SQL whose columns are in the form that memory uses.
        types: the Arrow type of each column.
    """
    held: list[bytes] = []
    size = 0
    with connection.cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as copy:
        for block in copy:
            held.append(bytes(block))
            size += len(block)
            if size >= BLOCK_BYTES:
                yield _parsed(held, types)
                held, size = [], 0
    yield _parsed(held, types)


def _parsed(held: list[bytes], types: Mapping[str, pa.DataType]) -> pa.Table:
    if not held:
        return pa.schema(types).empty_table()
    table = pacsv.read_csv(
        io.BytesIO(b"".join(held)),
        read_options=pacsv.ReadOptions(column_names=list(types), use_threads=False),
        convert_options=pacsv.ConvertOptions(
            column_types=types,
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=[""],
        ),
    )
    whole = [name for name, kind in types.items() if pa.types.is_int64(kind) and table[name].null_count]
    for name in whole:
        table = table.set_column(table.column_names.index(name), name, pc.fill_null(table[name], MISSING))
    return table
