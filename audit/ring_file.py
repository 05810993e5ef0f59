"""What a case shows of a ring: who was swiped together where, on which days, for how much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row


@dataclass(frozen=True)
class RingRow:
    """The newest state of a ring that had members.

    Attributes:
        data_until: the snapshot in which it took this shape.
        is_standing: it has not ended since.
        case_id: its newest case, if it ever had one.
    """

    ring_id: str
    kind: str
    score: float
    members: list[str]
    joint_days: int
    money_fen: int
    details: dict[str, Any]
    data_until: datetime
    is_standing: bool
    case_id: str | None
    evidence_claims: list[str]


@dataclass(frozen=True)
class RingSwipe:
    """One settlement that made the ring; `paid_fen` is what funds and account paid."""

    claim_id: str
    patient_id: str
    institution_id: str
    institution_name: str | None
    settled_at: datetime
    paid_fen: int


def read_ring(connection: psycopg.Connection, subject_kind: str, subject_id: str) -> RingRow | None:
    """The ring that is the subject, or that last held the patient who is; None for other subjects."""
    if subject_kind not in {"patient", "ring"}:
        return None
    where = "r.ring_id = %s" if subject_kind == "ring" else "r.members @> ARRAY[%s]"
    query = (
        "SELECT ring_id, kind, score, members, joint_days, money_fen, details, data_until, evidence_claims,"
        " NOT EXISTS (SELECT 1 FROM rings e WHERE e.ring_id = r.ring_id AND cardinality(e.members) = 0"
        '   AND e.snapshot_id COLLATE "C" > r.snapshot_id COLLATE "C") AS is_standing,'
        " (SELECT case_id FROM cases k WHERE k.subject_kind = 'ring' AND k.subject_id = r.ring_id"
        "   ORDER BY opened_at DESC LIMIT 1) AS case_id"
        f" FROM rings r JOIN snapshots USING (snapshot_id) WHERE {where} AND cardinality(r.members) > 0"
        " ORDER BY data_until DESC, score DESC LIMIT 1"
    )
    with connection.cursor(row_factory=class_row(RingRow)) as cursor:
        return cursor.execute(query, [subject_id]).fetchone()


def read_ring_swipes(connection: psycopg.Connection, ring: RingRow) -> list[RingSwipe]:
    """The settlements that made the ring, in order."""
    query = (
        "SELECT c.claim_id, c.patient_id, c.institution_id, i.name AS institution_name, c.settled_at,"
        " c.fund_fen + c.account_fen AS paid_fen"
        " FROM claims c LEFT JOIN institutions i USING (institution_id) WHERE c.claim_id = ANY(%s)"
        " ORDER BY c.settled_at, c.claim_id"
    )
    with connection.cursor(row_factory=class_row(RingSwipe)) as cursor:
        return cursor.execute(query, [ring.evidence_claims]).fetchall()
