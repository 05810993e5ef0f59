"""Learns the months that are missing and writes them; what was written stays."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import psycopg

from claims.batch import ClaimBatch
from claims.clock import DAY, HOUR
from claims.context import Context
from features.catalogue import feature_set
from features.closed.learn import cut, empty_world, learn, prepare
from features.closed.lookup import ClosedTables, Members, sheet_of
from features.closed.months import AVAILABLE_AFTER, COVERS, month_of, start_of_month
from features.closed.read_world import fill_from_columns, fill_from_store
from features.closed.store import Header, months_of, read_headers, write_pages
from features.closed.tables import TABLES
from features.online import SERVED

LATE = HOUR
"""Longer than the tables take to be written, and than a settlement that is under way takes to be stored."""


def build_closed(connection: psycopg.Connection, now: int | None = None) -> int:
    """Learn and write every table of every month that is missing; the transaction is the caller's.

    A month's tables may be read from 04:00 of its first day. Where the service answers claims, those that are made
    after that may be read an hour after they are made: what was served without them stays as it was.

    Args:
        connection: of the owner.
        now: seconds; months that have not ended by then are left for later. The store's clock by default.

    Returns:
        How many tables were written.
    """
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('yicha closed tables'))")
    settled, last_known, store_now = _span(connection)
    now = store_now if now is None else now
    wanted = due(settled, last_known, now)
    have = {(name, until) for name, until, _ in read_headers(connection)}
    missing = [month for month in wanted if any((table.name, start_of_month(month)) not in have for table in TABLES)]
    if not missing:
        return 0
    available_at = _available_at(connection, now)
    written = 0
    with tempfile.TemporaryDirectory(prefix="yicha-closed-") as folder:
        database = empty_world(Path(folder) / "world.duckdb")
        fill_from_store(database, connection, start_of_month(missing[0] - COVERS), start_of_month(missing[-1]))
        prepare(database)
        for month in missing:
            cut(database, month)
            until = start_of_month(month)
            for table in TABLES:
                if (table.name, until) not in have:
                    write_pages(connection, table.name, until, available_at(until), learn(database, table))
                    written += 1
        database.close()
    return written


def due(settled: list[int], last_known: int, now: int) -> list[int]:
    """The months whose tables there should be.

    Args:
        settled: months in which anything was settled.
        last_known: seconds, when the newest settlement became known: a month is learned when the next has begun.
        now: seconds.

    Returns:
        Months, rising: those with settlements in what they cover, and after a gap one that is empty, so that nobody
        reads an older one in its place.
    """
    newest = month_of(min(last_known + DAY, now))
    return sorted({month + later for month in settled for later in range(1, COVERS + 2) if month + later <= newest})


def learn_closed(batch: ClaimBatch, context: Context, now: int) -> ClosedTables:
    """The tables that a build would make of a store with these claims alone, without a store."""
    claims = batch.claims
    chosen = claims["kind"] == "settlement"
    if not chosen.any():
        return ClosedTables()
    settled = sorted(set(month_of(claims["settled_at"][chosen]).tolist()))
    database = empty_world()
    fill_from_columns(database, batch, context)
    prepare(database)
    members, sheets = Members(), {}
    headers: list[Header] = []
    for month in due(settled, int(claims["known_at"][chosen].max()), now):
        cut(database, month)
        until = start_of_month(month)
        for table in TABLES:
            headers.append((table.name, until, until + AVAILABLE_AFTER))
            for page in learn(database, table):
                sheets[table.name, until, page.name] = sheet_of(members, page.members, page.values)
    database.close()
    return ClosedTables(months_of(headers), sheets, members)


def _span(connection: psycopg.Connection) -> tuple[list[int], int, int]:
    """Months with settlements, when the newest became known, and now."""
    rows = connection.execute(
        "SELECT (extract(year FROM at) * 12 + extract(month FROM at))::bigint - 1970 * 12 - 1, known FROM ("
        "SELECT date_trunc('month', settled_at AT TIME ZONE 'UTC' + interval '8 hours') AS at, "
        "max(extract(epoch FROM known_at))::bigint AS known FROM claims WHERE kind = 'settlement' GROUP BY 1) m"
    ).fetchall()
    now = connection.execute("SELECT extract(epoch FROM now())::bigint").fetchone()
    return [row[0] for row in rows], max((row[1] for row in rows), default=0), now[0] if now else 0


def _available_at(connection: psycopg.Connection, now: int) -> Callable[[int], int]:
    """From when a table may be read, by its `data_until`.

    A store whose last build was of other columns has served none with these, and may read as if it had always had them.
    """
    row = connection.execute(
        "SELECT max(extract(epoch FROM known_at))::bigint FROM claims WHERE source LIKE %s AND NOT EXISTS "
        "(SELECT 1 FROM feature_builds HAVING count(*) > 0 AND bool_and(feature_set <> %s))",
        (SERVED + "%", feature_set()),
    ).fetchone()
    served_until = row[0] if row else None
    if served_until is None:
        return lambda until: until + AVAILABLE_AFTER
    return lambda until: (
        until + AVAILABLE_AFTER
        if until + AVAILABLE_AFTER > max(served_until, now + LATE)
        else max(served_until + 1, now + LATE)
    )
