"""Writes learned tables into the store and reads them back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import psycopg

from claims.store.arrays import numbers_received, numbers_sent, texts_sent
from claims.tables import Array
from features.closed.cut import Page
from features.closed.lookup import ClosedTables, Header, PageName
from features.closed.tables import TABLES, ClosedTable

_WIDTH = {table.name: len(table.values) for table in TABLES}


def write_pages(
    connection: psycopg.Connection, table: str, data_until: int, available_at: int, pages: Iterable[Page]
) -> None:
    """Add one month of one table; the transaction is the caller's."""
    until, at = (datetime.fromtimestamp(moment, UTC) for moment in (data_until, available_at))
    with connection.cursor().copy(
        "COPY feature_closed (name, data_until, page, available_at, members, values) FROM STDIN (FORMAT binary)"
    ) as copy:
        copy.set_types(["text", "timestamptz", "text", "timestamptz", "bytea", "bytea"])  # arrays come ready as bytes
        for page in pages:
            copy.write_row((table, until, page.name, at, texts_sent(page.members), numbers_sent(page.values.ravel())))


def read_headers(connection: psycopg.Connection) -> list[Header]:
    """What was learned so far, in order."""
    rows = connection.execute(
        "SELECT name, extract(epoch FROM data_until)::bigint, extract(epoch FROM available_at)::bigint "
        "FROM feature_closed WHERE page = '' ORDER BY name, data_until",
        binary=True,
    ).fetchall()
    return [(name, until, at) for name, until, at in rows if name in _WIDTH]


def read_closed(connection: psycopg.Connection, wanted: Sequence[ClosedTable] = TABLES) -> ClosedTables:
    """All pages of the wanted tables."""
    tables = ClosedTables(read_headers(connection))
    with connection.cursor(name="feature_closed", binary=True) as cursor:
        cursor.itersize = 500
        cursor.execute(
            "SELECT name, extract(epoch FROM data_until)::bigint, page, members, array_send(values) "
            "FROM feature_closed WHERE name = ANY(%s)",
            ([table.name for table in wanted],),
        )
        for name, until, page, members, values in cursor:
            tables.add(name, until, page, members, _values(name, values))
    return tables


def read_pages(connection: psycopg.Connection, tables: ClosedTables, wanted: Sequence[PageName]) -> None:
    """Add some pages to the tables, an empty one for each that was not written."""
    names, untils, pages = (list(column) for column in zip(*wanted, strict=True))
    rows = connection.execute(
        "SELECT t.name, w.until, t.page, t.members, array_send(t.values) "
        "FROM unnest(%s::text[], %s::bigint[], %s::text[]) AS w (name, until, page) "
        "JOIN feature_closed t ON t.name = w.name AND t.data_until = to_timestamp(w.until) AND t.page = w.page",
        (names, untils, pages),
        binary=True,
    ).fetchall()
    found = {(name, until, page): (members, values) for name, until, page, members, values in rows}
    for key in wanted:
        members, values = found.get(key, ([], b""))
        tables.add(*key, members, _values(key[0], values))


def _values(name: str, sent: bytes) -> Array:
    return numbers_received(sent).reshape(-1, _WIDTH[name])
