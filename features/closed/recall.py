"""The pages that one batch can ask for, kept by the process between settlements: what was written never changes."""

from __future__ import annotations

from threading import Lock

import psycopg

from claims.batch import ClaimBatch
from claims.store.connect import store_of
from features.closed.asked import EVERYWHERE
from features.closed.cut import NO_DIAGNOSIS
from features.closed.lookup import ClosedTables
from features.closed.store import read_headers, read_pages
from features.closed.tables import DAYS, FITS, ITEMS, MIXES, PRESCRIBERS, TABLES

MOST_SHEETS = 20_000
"""Kept pages, about 10 kB each at most places; above it the process forgets them and reads again."""

_memories: dict[tuple[str, str], tuple[str | None, ClosedTables]] = {}
"""By store when its newest month was written, and the pages of it that this process has read."""

_NOTHING = ClosedTables()
_adding = Lock()


def recall(connection: psycopg.Connection, batch: ClaimBatch, mark: str | None) -> ClosedTables:
    """Tables with the pages that the claims of `batch` can ask for, as they may be read when each became known.

    Args:
        connection: an open connection.
        batch: n claims.
        mark: when the last month was written, asked since the transaction of the claims began.
    """
    tables = remembered(connection, mark)
    known_at, asked = batch.claims["known_at"], _pages(batch)
    if tables.missing(known_at, asked):
        with _adding:
            missing = tables.missing(known_at, asked)
            if missing:
                read_pages(connection, tables, missing)
    return tables


def remembered(connection: psycopg.Connection, mark: str | None) -> ClosedTables:
    """What the process remembers of this store; begun anew when months were added, or too much was kept.

    It always holds the learned days of all months, one page each: every line of a past reads those of its own time.
    Arguments as in `recall`.
    """
    store = store_of(connection)
    known, tables = _memories.get(store, (None, _NOTHING))
    if known != mark or len(tables) > MOST_SHEETS:
        headers = read_headers(connection)
        tables = ClosedTables(headers)
        days = [(name, until, EVERYWHERE) for name, until, _ in headers if name == DAYS.name]
        if days:
            read_pages(connection, tables, days)
        _memories[store] = mark, tables
    return tables


def _pages(batch: ClaimBatch) -> dict[str, set[str]]:
    asked = {table.name: {EVERYWHERE} for table in TABLES}
    groups = {str(code)[:3] for code in batch.diagnoses["code"].tolist()}
    places = set(batch.claims["institution_id"].tolist())
    asked[ITEMS.name] |= places
    asked[PRESCRIBERS.name] |= places
    asked[FITS.name] |= groups
    asked[MIXES.name] |= groups | {NO_DIAGNOSIS}
    return asked
