"""Everything a reviewer needs to judge one case in a minute: the subject, the evidence, the past, the ring."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from audit.ring_file import RingRow, RingSwipe, read_ring, read_ring_swipes
from audit.verdicts import STANDING
from claims.errors import NotFound

MOST_EVIDENCE = 200
"""Evidence lines shown at once, those without a verdict first; judged ones make room for the rest."""

MOST_CLAIMS_IN_PICTURE = 1_500
PICTURE_DAYS = 180
"""Half a year: long enough for six monthly refills of a chronic drug."""


@dataclass(frozen=True)
class Case:
    """The case itself."""

    case_id: str
    subject_kind: str
    subject_id: str
    status: str
    source: str
    probability: float
    money_at_stake_fen: int
    minutes: float
    reasons: list[dict[str, Any]]
    opened_at: datetime
    deadline_at: datetime
    closed_at: datetime | None
    is_drawn: bool


@dataclass(frozen=True)
class EvidenceRow:
    """One claim (line number 0) or line of the evidence, with the facts around it and its standing verdict."""

    claim_id: str
    line_number: int
    amount_fen: int
    is_link: bool
    reason: dict[str, Any]
    patient_id: str
    institution_id: str
    institution_name: str | None
    doctor_id: str | None
    settled_at: datetime
    total_fen: int
    fund_fen: int
    item_name: str | None
    quantity_e4: int | None
    days_of_supply: int | None
    verdict_id: str | None
    finding: str | None
    found_fen: int | None


@dataclass(frozen=True)
class Item:
    """One billed line, to be shown below a claim."""

    claim_id: str
    line_number: int
    name: str
    quantity_e4: int
    amount_fen: int


@dataclass(frozen=True)
class Swipe:
    """One settlement in the picture of the past; `lane` is where (patients) or who (doctors, institutions, rings)."""

    claim_id: str
    settled_at: datetime
    lane: str
    lane_name: str | None
    total_fen: int
    is_evidence: bool


@dataclass(frozen=True)
class VerdictRow:
    """One verdict of the case's history; a replaced one is kept."""

    verdict_id: str
    claim_id: str
    line_number: int | None
    finding: str
    amount_fen: int
    violation_type: str | None
    violation_item: str | None
    violation_detail: str | None
    decided_at: datetime
    decided_by: str
    replaces_verdict_id: str | None
    is_standing: bool


@dataclass(frozen=True)
class Subject:
    """Who the case is about: for a patient sex and birth year, for an institution its public name and kind."""

    name: str | None = None
    kind: str | None = None
    sex: str | None = None
    birth_year: int | None = None
    long_prescription_from: date | None = None
    long_prescription_until: date | None = None
    chronic_conditions: str | None = None


@dataclass(frozen=True)
class CaseFile:
    """A case with all that is shown beside it; `ring_swipes` only where the case is about a ring."""

    case: Case
    subject: Subject
    evidence: list[EvidenceRow]
    evidence_count: int
    items: dict[str, list[Item]]
    swipes: list[Swipe]
    ring: RingRow | None
    ring_swipes: list[RingSwipe]
    verdicts: list[VerdictRow] = field(default_factory=list)


def read_case_file(connection: psycopg.Connection, case_id: str) -> CaseFile:
    """Read a case with its evidence and surroundings.

    Raises:
        NotFound: no such case.
    """
    found = _rows(connection, Case, f"SELECT {_names(Case)} FROM cases WHERE case_id = %s", [case_id])
    if not found:
        raise NotFound(f"There is no case {case_id!r}. Expected an id from the queue. Look it up there.")
    case = found[0]
    evidence = _evidence(connection, case_id)
    count = connection.execute("SELECT count(*) FROM evidence WHERE case_id = %s", [case_id]).fetchone()
    ring = read_ring(connection, case.subject_kind, case.subject_id)
    return CaseFile(
        case=case,
        subject=_subject(connection, case),
        evidence=evidence,
        evidence_count=count[0] if count else 0,
        items=_items(connection, [row.claim_id for row in evidence if row.line_number == 0]),
        swipes=_swipes(connection, case, ring),
        ring=ring,
        ring_swipes=read_ring_swipes(connection, ring) if ring and case.subject_kind == "ring" else [],
        verdicts=_verdicts(connection, case_id),
    )


def _names(kind: type) -> str:
    return ", ".join(kind.__dataclass_fields__)  # type: ignore[attr-defined]  # every row class here is a dataclass


def _rows(connection: psycopg.Connection, kind: type[Any], query: str, values: list[object]) -> list[Any]:
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(query, values).fetchall()


def _evidence(connection: psycopg.Connection, case_id: str) -> list[EvidenceRow]:
    query = (
        "SELECT e.claim_id, e.line_number, e.amount_fen, e.is_link, e.reason, c.patient_id, c.institution_id,"
        " i.name AS institution_name, c.doctor_id, c.settled_at, c.total_fen, c.fund_fen,"
        " coalesce(l.item_name, k.name, l.item_code) AS item_name, l.quantity_e4, l.days_of_supply,"
        " v.verdict_id, v.finding, v.amount_fen AS found_fen"
        " FROM evidence e JOIN claims c USING (claim_id)"
        " LEFT JOIN institutions i ON i.institution_id = c.institution_id"
        " LEFT JOIN lines l ON l.claim_id = e.claim_id AND l.line_number = e.line_number"
        f" LEFT JOIN LATERAL ({_CATALOGUE_NAME}) k ON true"
        " LEFT JOIN LATERAL (SELECT * FROM verdicts v WHERE v.claim_id = e.claim_id"
        f"   AND coalesce(v.line_number, 0) IN (0, e.line_number) AND {STANDING}"
        "   ORDER BY v.line_number NULLS LAST LIMIT 1) v ON true"
        " WHERE e.case_id = %s ORDER BY v.verdict_id IS NOT NULL, c.settled_at DESC, e.claim_id, e.line_number LIMIT %s"
    )
    return _rows(connection, EvidenceRow, query, [case_id, MOST_EVIDENCE])


_CATALOGUE_NAME = "SELECT name FROM catalogue k WHERE k.item_code = l.item_code ORDER BY valid_from DESC LIMIT 1"


def _items(connection: psycopg.Connection, claim_ids: list[str]) -> dict[str, list[Item]]:
    query = (
        "SELECT l.claim_id, l.line_number, coalesce(l.item_name, k.name, l.item_code) AS name, l.quantity_e4,"
        " l.amount_fen"
        f" FROM lines l LEFT JOIN LATERAL ({_CATALOGUE_NAME}) k ON true"
        " WHERE l.claim_id = ANY(%s) ORDER BY l.claim_id, l.amount_fen DESC, l.line_number"
    )
    items: dict[str, list[Item]] = {}
    for item in _rows(connection, Item, query, [claim_ids]):
        items.setdefault(item.claim_id, []).append(item)
    return items


def _subject(connection: psycopg.Connection, case: Case) -> Subject:
    if case.subject_kind == "patient":
        query = (
            "SELECT sex, extract(year FROM born_on)::int AS birth_year, long_prescription_from,"
            " long_prescription_until, chronic_conditions"
            " FROM patients WHERE patient_id = %s"
        )
    elif case.subject_kind == "institution":
        query = "SELECT name, kind FROM institutions WHERE institution_id = %s"
    else:
        return Subject()
    found = _rows(connection, Subject, query, [case.subject_id])
    return found[0] if found else Subject()


# Whose claims are drawn, and what the lanes of the picture are. A doctor or an institution has thousands of patients:
# those of the evidence are drawn.
_OF_EVIDENCE = "c.patient_id IN (SELECT patient_id FROM evidence JOIN claims USING (claim_id) WHERE case_id = %(case)s)"
_PICTURES = {
    "patient": ("c.patient_id = %(subject)s", "c.institution_id"),
    "doctor": (f"c.doctor_id = %(subject)s AND {_OF_EVIDENCE}", "c.patient_id"),
    "institution": (f"c.institution_id = %(subject)s AND {_OF_EVIDENCE}", "c.patient_id"),
    "ring": ("c.patient_id = ANY(%(members)s)", "c.patient_id"),
}


def _swipes(connection: psycopg.Connection, case: Case, ring: RingRow | None) -> list[Swipe]:
    where, lane = _PICTURES[case.subject_kind]
    last = "(SELECT max(settled_at) FROM evidence JOIN claims USING (claim_id) WHERE case_id = %(case)s)"
    query = (
        f"SELECT c.claim_id, c.settled_at, {lane} AS lane, i.name AS lane_name, c.total_fen,"
        " EXISTS (SELECT 1 FROM evidence e WHERE e.case_id = %(case)s AND e.claim_id = c.claim_id) AS is_evidence"
        f" FROM claims c LEFT JOIN institutions i ON i.institution_id = {lane}"
        f" WHERE {where} AND c.kind = 'settlement' AND c.settled_at <= {last} + interval '7 days'"
        f" AND c.settled_at > {last} - %(days)s * interval '1 day' ORDER BY c.settled_at DESC LIMIT %(most)s"
    )
    values = {
        "subject": case.subject_id,
        "members": ring.members if ring else [],
        "case": case.case_id,
        "days": PICTURE_DAYS,
        "most": MOST_CLAIMS_IN_PICTURE,
    }
    with connection.cursor(row_factory=class_row(Swipe)) as cursor:
        return cursor.execute(query, values).fetchall()


def _verdicts(connection: psycopg.Connection, case_id: str) -> list[VerdictRow]:
    query = (
        f"SELECT {_names(VerdictRow).replace(', is_standing', '')}, {STANDING} AS is_standing FROM verdicts v"
        " WHERE case_id = %s ORDER BY decided_at DESC, verdict_id LIMIT 1000"
    )
    return _rows(connection, VerdictRow, query, [case_id])
