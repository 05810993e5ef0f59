"""Writes learned tables into the store and reads them back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import psycopg

from features.closed.lookup import ClosedTables, Members, Months, Page, Sheet, sheet_of
from features.closed.tables import TABLES

_WIDTH = {table.name: len(table.values) for table in TABLES}

Header = tuple[str, int, int]
"""Table, and in seconds until when its data reach and from when it may be read."""


def write_pages(
    connection: psycopg.Connection, table: str, data_until: int, available_at: int, pages: Iterable[Page]
) -> None:
    """Add one month of one table; the transaction is the caller's."""
    until, at = (f"{np.datetime64(moment, 's')}Z" for moment in (data_until, available_at))
    with connection.cursor().copy(
        "COPY feature_closed (name, data_until, page, available_at, members, values) FROM STDIN"
    ) as copy:
        for page in pages:
            copy.write_row((table, until, page.name, at, page.members, page.values.ravel().tolist()))


def read_headers(connection: psycopg.Connection) -> list[Header]:
    """What was learned so far, in order."""
    rows = connection.execute(
        "SELECT name, extract(epoch FROM data_until)::bigint, extract(epoch FROM available_at)::bigint "
        "FROM feature_closed WHERE page = '' ORDER BY name, data_until",
        binary=True,
    ).fetchall()
    return [(name, until, at) for name, until, at in rows if name in _WIDTH]


def months_of(headers: Sequence[Header]) -> dict[str, Months]:
    """The months of each table."""
    names = {name for name, _, _ in headers}
    parts = {name: [(until, at) for other, until, at in headers if other == name] for name in names}
    return {name: Months(*np.array(part, dtype=np.int64).T) for name, part in parts.items()}


def read_closed(connection: psycopg.Connection) -> ClosedTables:
    """All learned tables of the store."""
    members, sheets = Members(), {}
    with connection.cursor(name="feature_closed", binary=True) as cursor:
        cursor.itersize = 500
        cursor.execute(
            "SELECT name, extract(epoch FROM data_until)::bigint, page, members, values FROM feature_closed "
            "WHERE name = ANY(%s)",
            (list(_WIDTH),),
        )
        for name, until, page, texts, values in cursor:
            sheets[name, until, page] = _sheet(members, name, texts, values)
    return ClosedTables(months_of(read_headers(connection)), sheets, members)


def read_pages(
    connection: psycopg.Connection, members: Members, wanted: Sequence[tuple[str, int, str]]
) -> dict[tuple[str, int, str], Sheet]:
    """Some pages by table, `data_until` and name; an empty one for each that was not written."""
    columns = [list(column) for column in zip(*wanted, strict=True)] if wanted else [[], [], []]
    rows = connection.execute(
        "SELECT t.name, w.until, t.page, t.members, t.values "
        "FROM unnest(%s::text[], %s::bigint[], %s::text[]) AS w (name, until, page) "
        "JOIN feature_closed t ON t.name = w.name AND t.data_until = to_timestamp(w.until) AND t.page = w.page",
        columns,
        binary=True,
    ).fetchall()
    found = {(name, until, page): _sheet(members, name, texts, values) for name, until, page, texts, values in rows}
    return {key: found[key] if key in found else _sheet(members, key[0], [], []) for key in wanted}


def _sheet(members: Members, name: str, texts: list[str], values: list[int]) -> Sheet:
    return sheet_of(members, texts, np.array(values, dtype=np.int64).reshape(len(texts), _WIDTH[name]))
