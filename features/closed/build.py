"""Learns the months that are missing and writes them; what was written stays."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pyarrow as pa

from claims.batch import ClaimBatch, empty_batch
from claims.clock import DAY, HOUR
from claims.context import Context
from claims.store.batches import columns_of
from claims.store.columns import read_bulk, select_list
from claims.store.stream import narrowed, stream, types_of
from claims.tables import CATALOGUE, DEPARTMENTS, INSTITUTIONS, PATIENTS, STAFF, empty_columns
from features.answers import SERVED
from features.catalogue import feature_set
from features.closed.blocks import Blocks, blocks_in, blocks_of_batch, span_of
from features.closed.lookup import ClosedTables
from features.closed.months import AVAILABLE_AFTER, COVERS, month_of, start_of_month
from features.closed.store import read_headers, write_pages
from features.closed.tables import TABLES
from features.closed.world import World

THREADS = 2
"""So many blocks, and then tables of a month, are worked on at a time: nothing else is done meanwhile."""

LATE = HOUR
"""Longer than the tables take to be written, and than a settlement that is under way takes to be stored."""


def build_closed(connection: psycopg.Connection, now: int | None = None, blocks: Blocks | None = None) -> int:
    """Learn and write every table of every month that is missing; the transaction is the caller's.

    A month's tables may be read from 04:00 of its first day. Where the service answers claims, those that are made
    after that may be read an hour after they are made: what was served without them stays as it was.

    Args:
        connection: of the owner.
        now: seconds; months that have not ended by then are left for later. The store's clock by default.
        blocks: all claims as they were at some moment; by default those that the connection sees.

    Returns:
        How many tables were written.
    """
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('yicha closed tables'))")
    now = clock_of(connection) if now is None else now
    blocks = blocks or blocks_in(connection, now)
    span = span_of(blocks)
    wanted = due(span.settled, span.last_known, min(now, blocks.seen_at))
    have = {(name, until) for name, until, _ in read_headers(connection)}
    missing = [month for month in wanted if any((table.name, start_of_month(month)) not in have for table in TABLES)]
    if not missing:
        return 0
    available_at = _available_at(connection, now)
    written = 0
    with tempfile.TemporaryDirectory(prefix="yicha-closed-") as folder:
        world = World(read_registers(connection), Path(folder))
        first, end = start_of_month(missing[0] - COVERS), start_of_month(missing[-1])
        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(lambda number: world.add(blocks, number, first, end), range(blocks.count)))
            for month in missing:
                cut, until = world.cut(month), start_of_month(month)
                tables = [table for table in TABLES if (table.name, until) not in have]
                learned = threads.map(lambda table, cut=cut: list(table.learn(cut).by_page()), tables)
                for table, pages in zip(tables, learned, strict=True):
                    write_pages(connection, table.name, until, available_at(until), pages)
                written += len(tables)
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


def read_registers(connection: psycopg.Connection) -> Context:
    """The reference tables that months are learned with; of the patients nothing but birth and sex."""
    institutions, departments, catalogue = (
        read_bulk(connection, table) for table in (INSTITUTIONS, DEPARTMENTS, CATALOGUE)
    )
    people = narrowed(PATIENTS, ("patient_id", "sex", "born_on"))
    query = f"SELECT {select_list(people, 't')} FROM patients t"
    patients = columns_of(pa.concat_tables(list(stream(connection, query, types_of(people)))), PATIENTS)
    return Context(empty_batch(), patients, institutions, departments, empty_columns(STAFF), catalogue)


def learn_closed(batch: ClaimBatch, context: Context, now: int) -> ClosedTables:
    """The tables that a build would make of a store with these claims alone, without a store."""
    blocks = blocks_of_batch(batch, now)
    span = span_of(blocks)
    if not span.settled:
        return ClosedTables()
    world = World(context)
    world.add(blocks, 0, start_of_month(span.settled[0]), start_of_month(span.settled[-1] + 1))
    months = due(span.settled, span.last_known, now)
    untils = [start_of_month(month) for month in months]
    tables = ClosedTables([(table.name, until, until + AVAILABLE_AFTER) for table in TABLES for until in untils])
    for month, until in zip(months, untils, strict=True):
        cut = world.cut(month)
        for table in TABLES:
            for page in table.learn(cut).by_page():
                tables.add(table.name, until, page.name, page.members, page.values)
    return tables


def clock_of(connection: psycopg.Connection) -> int:
    """When the connection's transaction began, by the store's clock, in seconds."""
    row = connection.execute("SELECT extract(epoch FROM now())::bigint").fetchone()
    assert row is not None
    return int(row[0])


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
