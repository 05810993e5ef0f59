"""The pages that one batch can ask for, kept by the process between settlements: what was written never changes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import psycopg

from claims.batch import ClaimBatch
from features.closed.lookup import ClosedTables, Members, Sheet
from features.closed.store import Header, months_of, read_headers, read_pages
from features.closed.tables import FITS, ITEMS, MIXES, PRESCRIBERS

MOST_SHEETS = 20_000
"""Kept pages, about 10 kB each at most places; above it the process forgets them and reads again."""

PagesAsked = dict[str, set[str]]


@dataclass
class _Memory:
    """What one process remembers of one store."""

    headers: list[Header] = field(default_factory=list)
    sheets: dict[tuple[str, int, str], Sheet] = field(default_factory=dict)
    members: Members = field(default_factory=Members)


_memories: dict[tuple[str, str], tuple[tuple[object, ...], _Memory]] = {}


def recall(connection: psycopg.Connection, batch: ClaimBatch) -> ClosedTables:
    """The pages that the claims of `batch` can ask for, as they may be read when each became known."""
    memory = _memory(connection)
    months = months_of(memory.headers)
    asked = _pages(batch)
    known_at = np.unique(batch.claims["known_at"])
    wanted = [
        (name, until, page)
        for name, months_here in months.items()
        for until in np.unique(months_here.as_of(known_at)).tolist()
        for page in ("", *asked.get(name, ()))
        if until >= 0
    ]
    missing = [key for key in wanted if key not in memory.sheets]
    if missing:
        memory.sheets.update(read_pages(connection, memory.members, missing))
    return ClosedTables(months, {key: memory.sheets[key] for key in wanted}, memory.members)


def _memory(connection: psycopg.Connection) -> _Memory:
    """The process's memory of this store; a new one when months were added, or too much was kept."""
    database = (f"{connection.info.host}:{connection.info.port}", connection.info.dbname)
    mark = connection.execute("SELECT max(written_at) FROM feature_closed WHERE page = ''").fetchone() or (None,)
    known, memory = _memories.get(database, ((), _Memory()))
    if known != mark or len(memory.sheets) > MOST_SHEETS:
        memory = _Memory(read_headers(connection))
        _memories[database] = mark, memory
    return memory


def _pages(batch: ClaimBatch) -> PagesAsked:
    groups = {str(code)[:3] for code in batch.diagnoses["code"].tolist()}
    places = set(batch.claims["institution_id"].tolist())
    return {
        ITEMS.name: places,
        PRESCRIBERS.name: places,
        FITS.name: groups,
        MIXES.name: {*groups, "none"},
    }
