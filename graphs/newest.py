"""Which snapshot held at a moment: all that the service needs to know of them, without what builds them."""

from __future__ import annotations

import numpy as np
import psycopg

from claims.tables import Array


def newest_snapshot(connection: psycopg.Connection, at: int | None = None) -> str | None:
    """The newest snapshot, or the newest that was available at `at` (seconds); None when there is none."""
    row = connection.execute(
        "SELECT snapshot_id FROM snapshots WHERE %s::bigint IS NULL OR available_at <= to_timestamp(%s::bigint) "
        "ORDER BY data_until DESC LIMIT 1",
        (at, at),
    ).fetchone()
    return None if row is None else str(row[0])


def snapshots_at(connection: psycopg.Connection, at: Array) -> list[str | None]:
    """For each moment (seconds) the newest snapshot that was available then, None before the first."""
    rows = connection.execute(
        "SELECT snapshot_id, extract(epoch FROM available_at)::bigint FROM snapshots ORDER BY available_at, data_until"
    ).fetchall()
    names = [None, *(str(name) for name, _ in rows)]
    places = np.searchsorted(np.array([moment for _, moment in rows], dtype=np.int64), at, side="right")
    return [names[place] for place in places.tolist()]


def newest_day(connection: psycopg.Connection) -> int | None:
    """The day number of the newest snapshot; None when there is none."""
    row = connection.execute(
        "SELECT ((extract(epoch FROM max(data_until))::bigint + 28800) / 86400)::bigint FROM snapshots"
    ).fetchone()
    return None if row is None or row[0] is None else int(row[0])
