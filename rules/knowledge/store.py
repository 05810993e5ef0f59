"""Keeps the knowledge tables in the store: nothing is deleted, a newer table ends the days of the one it replaces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import psycopg

from claims.tables import KNOWLEDGE
from rules.knowledge.read import Knowledge, known_date, rows_of

IMPORTED, UNCHANGED, REDATED = "imported", "no change", "date changed"

_REPLACE = """UPDATE knowledge k SET valid_until = o.ends FROM (
    SELECT p.batch_id, p.row_number, min(newer.valid_from) - 1 AS ends
    FROM knowledge p JOIN knowledge_batches own USING (batch_id)
    LEFT JOIN knowledge_batches newer ON newer.kind = own.kind
        AND (newer.valid_from, newer.batch_id) > (own.valid_from, own.batch_id)
        AND (NOT newer.adds OR EXISTS (
            SELECT FROM knowledge q WHERE q.batch_id = newer.batch_id AND q.item_code = p.item_code))
    WHERE own.kind = %s GROUP BY p.batch_id, p.row_number) o
WHERE k.batch_id = o.batch_id AND k.row_number = o.row_number AND k.valid_until IS DISTINCT FROM o.ends"""
"""Each point holds until the day before the next table of its kind that replaces it, whichever came in first."""


@dataclass(frozen=True)
class Imported:
    """What became of one workbook.

    Attributes:
        what: IMPORTED, UNCHANGED or REDATED.
        since: the first day on which it holds.
        ended: how many older points it ended or moved the end of.
    """

    what: str
    since: date
    ended: int


def keep(
    connection: psycopg.Connection,
    knowledge: Knowledge,
    since: date | None,
    *,
    adds: bool = False,
    progress: Callable[[], object] = lambda: None,
) -> Imported:
    """Add a workbook, unless the same file is there; the transaction is the caller's.

    Args:
        connection: an open connection of the owner.
        knowledge: what was read.
        since: the first day; None for the day on which its batch was published. Of a known file the day is corrected.
        adds: it replaces what is known about its own items only, not the whole table of its kind.
        progress: called after each point.

    Raises:
        BadSetting: no date was given and none is known.
    """
    connection.execute("LOCK TABLE knowledge_batches IN EXCLUSIVE MODE")
    known = connection.execute(
        "SELECT batch_id, valid_from FROM knowledge_batches WHERE sha256 = %s", (knowledge.sha256,)
    ).fetchone()
    if known is not None:
        return _known_already(connection, knowledge, known[0], known[1], since)
    first = since or known_date(knowledge)
    batch_id = _add_batch(connection, knowledge, first, adds)
    with connection.cursor().copy(f"COPY knowledge ({', '.join(KNOWLEDGE.names)}) FROM STDIN") as copy:
        for row in rows_of(knowledge, batch_id, first):
            copy.write_row(row)
            progress()
    return Imported(IMPORTED, first, connection.execute(_REPLACE, (knowledge.shape.kind,)).rowcount)


def _known_already(
    connection: psycopg.Connection, knowledge: Knowledge, batch_id: int, held: date, since: date | None
) -> Imported:
    if since is None or since == held:
        return Imported(UNCHANGED, held, 0)
    for table in ("knowledge_batches", "knowledge"):
        connection.execute(f"UPDATE {table} SET valid_from = %s WHERE batch_id = %s", (since, batch_id))
    return Imported(REDATED, since, connection.execute(_REPLACE, (knowledge.shape.kind,)).rowcount)


def _add_batch(connection: psycopg.Connection, knowledge: Knowledge, since: date, adds: bool) -> int:
    row = connection.execute(
        "INSERT INTO knowledge_batches (kind, file_name, sha256, valid_from, adds, points, not_understood) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING batch_id",
        (
            knowledge.shape.kind,
            knowledge.file_name[:200],
            knowledge.sha256,
            since,
            adds,
            len(knowledge.points),
            knowledge.not_understood.total(),
        ),
    ).fetchone()
    assert row is not None
    return int(row[0])


@dataclass(frozen=True)
class StoredBatch:
    """One imported workbook."""

    kind: str
    file_name: str
    points: int
    not_understood: int
    since: date
    adds: bool
    standing: int


def batches(connection: psycopg.Connection) -> list[StoredBatch]:
    """All workbooks by kind, oldest first, with how many of their points still stand."""
    rows = connection.execute(
        "SELECT b.kind, file_name, points, not_understood, b.valid_from, adds, "
        "count(k.row_number) FILTER (WHERE k.valid_until IS NULL) FROM knowledge_batches b "
        "LEFT JOIN knowledge k USING (batch_id) GROUP BY b.batch_id ORDER BY b.kind, b.valid_from, b.batch_id"
    ).fetchall()
    return [StoredBatch(*row) for row in rows]


def points_about(connection: psycopg.Connection, code: str) -> list[dict[str, object]]:
    """All points ever held about an item, also as the second of a pair; with the name of the file."""
    cursor = connection.execute(
        f"SELECT {', '.join(f'k.{name}' for name in KNOWLEDGE.names)}, file_name "
        "FROM knowledge k JOIN knowledge_batches USING (batch_id) WHERE item_code = %s OR other_code = %s "
        "ORDER BY k.kind, k.valid_from, k.batch_id, k.row_number",
        (code, code),
    )
    names = (*KNOWLEDGE.names, "file_name")
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
