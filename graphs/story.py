"""What a ring did, told from the claims that are its evidence: who, with which part, when, where, for what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from graphs.membership import StoredRing

CORE_SHARE = 0.5
"""Who was there on at least so many of the ring's days belongs to its core."""


@dataclass(frozen=True)
class Member:
    """One person of a ring.

    Attributes:
        patient_id: pseudonym.
        role: "core" or "edge", see `CORE_SHARE`.
        days: days of the evidence on which the person was there.
        share: of all those days.
        claims: evidence claims of the person.
        paid_fen: by funds and account for them.
    """

    patient_id: str
    role: str
    days: int
    share: float
    claims: int
    paid_fen: int


@dataclass(frozen=True)
class Meeting:
    """One day at one institution: how many members, and what was paid."""

    day: date
    institution_id: str
    institution_name: str | None
    persons: int
    paid_fen: int


@dataclass(frozen=True)
class Drug:
    """An item of the evidence: how many members drew it, and for how much."""

    item_code: str
    name: str | None
    persons: int
    amount_fen: int


@dataclass(frozen=True)
class Doctor:
    """A doctor who ordered evidence claims, for how many members."""

    doctor_id: str
    persons: int
    claims: int


@dataclass(frozen=True)
class Story:
    """A ring with its members, meetings, drugs and doctors, each in order of weight or time."""

    ring: StoredRing
    members: list[Member]
    meetings: list[Meeting]
    drugs: list[Drug]
    doctors: list[Doctor]


_CLAIMS = (
    "WITH c AS (SELECT *, (settled_at AT TIME ZONE INTERVAL '8 hours')::date AS day FROM claims "
    "WHERE claim_id = ANY(%s)) "
)


def read_story(connection: psycopg.Connection, ring: StoredRing) -> Story:
    """Read the evidence of a ring."""

    def rows(query: str) -> list[tuple[Any, ...]]:
        return connection.execute((_CLAIMS + query).encode(), (ring.evidence_claims,)).fetchall()

    days = max(rows("SELECT count(DISTINCT day) FROM c")[0][0], 1)
    members = rows(
        "SELECT patient_id, count(DISTINCT day), count(*), sum(fund_fen + account_fen)::bigint FROM c "
        "GROUP BY patient_id ORDER BY 2 DESC, 4 DESC, 1"
    )
    meetings = rows(
        "SELECT day, institution_id, i.name, count(DISTINCT patient_id), sum(fund_fen + account_fen)::bigint FROM c "
        "LEFT JOIN institutions i USING (institution_id) GROUP BY day, institution_id, i.name ORDER BY 1, 4 DESC, 2"
    )
    drugs = rows(
        "SELECT item_code, max(item_name), count(DISTINCT patient_id), sum(amount_fen)::bigint FROM c "
        "JOIN lines USING (claim_id) GROUP BY item_code ORDER BY 4 DESC, 1 LIMIT 20"
    )
    doctors = rows(
        "SELECT doctor_id, count(DISTINCT patient_id), count(*) FROM c WHERE doctor_id IS NOT NULL "
        "GROUP BY doctor_id ORDER BY 2 DESC, 3 DESC, 1 LIMIT 10"
    )
    return Story(
        ring,
        [
            Member(name, "core" if seen / days >= CORE_SHARE else "edge", seen, seen / days, claims, paid)
            for name, seen, claims, paid in members
        ],
        [Meeting(*row) for row in meetings],
        [Drug(*row) for row in drugs],
        [Doctor(*row) for row in doctors],
    )
