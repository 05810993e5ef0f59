"""Which stored ring a person stands in; light enough for the service."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import psycopg


@dataclass(frozen=True)
class StoredRing:
    """A ring as it stands in a snapshot; `details` holds the grounds and the sentences why."""

    ring_id: str
    snapshot_id: str
    kind: str
    score: float
    members: list[str]
    joint_days: int
    money_fen: int
    evidence_claims: list[str]
    details: dict[str, Any]


COLUMNS = ", ".join(StoredRing.__dataclass_fields__)


def ring_of_patients(connection: psycopg.Connection, patients: Collection[str], at: int) -> dict[str, StoredRing]:
    """The ring in which each of the patients stands in the newest snapshot that was available; others are left out.

    Args:
        connection: may be the service's.
        patients: patient ids.
        at: seconds since 1970.

    Returns:
        By patient; of several rings the one with the highest score.
    """
    if not patients:
        return {}
    # A ring has a row for each night on which it changed: the newest one that was available counts.
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM rings r WHERE members && %(patients)s::text[]"
        " AND NOT EXISTS (SELECT 1 FROM rings n JOIN snapshots s USING (snapshot_id) WHERE n.ring_id = r.ring_id"
        '   AND n.snapshot_id COLLATE "C" > r.snapshot_id COLLATE "C" AND s.available_at <= to_timestamp(%(at)s))'
        " AND (SELECT available_at FROM snapshots s WHERE s.snapshot_id = r.snapshot_id) <= to_timestamp(%(at)s)"
        " ORDER BY score DESC, ring_id",
        {"patients": sorted(patients), "at": at},
    ).fetchall()
    found: dict[str, StoredRing] = {}
    for ring in (StoredRing(*row) for row in rows):
        for member in set(ring.members).intersection(patients):
            found.setdefault(member, ring)
    return found
