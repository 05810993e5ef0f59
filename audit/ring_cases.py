"""One case for a ring: what is found about its members becomes evidence on the ring they stand in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import psycopg

from graphs.membership import StoredRing, ring_of_patients
from scoring.alerts import MEETING, RING, RING_PRIOR
from scoring.judge import Alert

# Claims that made the ring: not yet in its open case, not judged, and with money that no reversal took back.
_EVIDENCE = (
    "SELECT * FROM (SELECT c.claim_id, c.patient_id, c.institution_id,"
    " (c.settled_at AT TIME ZONE INTERVAL '8 hours')::date AS day,"
    " extract(epoch FROM c.settled_at)::bigint AS at, c.fund_fen + c.account_fen + coalesce((SELECT"
    "   sum(r.fund_fen + r.account_fen) FROM claims r WHERE r.reverses_claim_id = c.claim_id), 0)::bigint AS paid"
    " FROM claims c WHERE c.claim_id = ANY(%(claims)s)) c"
)
_KNOWN = (
    "SELECT claim_id FROM evidence JOIN cases USING (case_id) WHERE subject_kind = 'ring' AND subject_id = %(ring)s"
    " AND status = 'open' AND claim_id = ANY(%(claims)s)"
    " UNION SELECT claim_id FROM verdicts WHERE claim_id = ANY(%(claims)s)"
)


def on_rings(connection: psycopg.Connection, alerts: Sequence[Alert], now: int) -> list[Alert]:
    """The alerts, with those in which a ring speaks moved from the patient to the ring.

    A ring that is met brings the claims that made it along. A patient who stands in no ring any more stays the
    subject.

    Args:
        connection: may be the service's.
        alerts: in any order.
        now: seconds since 1970; the newest snapshot available then says who stands where.
    """
    patients = {alert.subject_id for alert in alerts if _is_about_ring(alert)}
    ring_of = ring_of_patients(connection, patients, now)
    moved = [_moved(alert, ring_of[alert.subject_id]) if _moves(alert, ring_of) else alert for alert in alerts]
    for ring in {ring.ring_id: ring for ring in ring_of.values()}.values():
        known = {(alert.claim_id, alert.line_number) for alert in moved if alert.subject_id == ring.ring_id}
        moved += [alert for alert in _evidence(connection, ring) if (alert.claim_id, 0) not in known]
    return moved


def _is_about_ring(alert: Alert) -> bool:
    return alert.subject_kind == "patient" and any(reason["kind"] == RING for reason in alert.reasons)


def _moves(alert: Alert, ring_of: dict[str, StoredRing]) -> bool:
    return _is_about_ring(alert) and alert.subject_id in ring_of


def _moved(alert: Alert, ring: StoredRing) -> Alert:
    others = [reason for reason in alert.reasons if reason["kind"] != RING]
    return replace(alert, subject_kind="ring", subject_id=ring.ring_id, reasons=[_sentence(ring), *others])


def _sentence(ring: StoredRing) -> dict[str, Any]:
    """The ring's own words; `ring_id` lets a later, truer sentence take the place of this one."""
    zh, en = ring.details["says_zh"].rstrip("。"), ring.details["says_en"].rstrip(".")
    return {"kind": RING, "zh": zh, "en": en, "ring_id": ring.ring_id, "value": ring.score}


def _evidence(connection: psycopg.Connection, ring: StoredRing) -> list[Alert]:
    """An alert for each claim that made the ring and is not in its case yet."""
    asked = {"claims": ring.evidence_claims, "ring": ring.ring_id}
    known = {claim_id for (claim_id,) in connection.execute(_KNOWN, asked)}
    if known.issuperset(ring.evidence_claims):
        return []
    rows = connection.execute(_EVIDENCE, asked).fetchall()
    together = _cards_by_meeting((day, place, patient) for _, patient, place, day, _, _ in rows)
    return [
        Alert(
            claim_id=claim_id,
            line_number=0,
            subject_kind="ring",
            subject_id=ring.ring_id,
            source=RING,
            probability=RING_PRIOR,
            amount_fen=paid,
            reasons=[_meeting(len(together[day, place]))],
            at=at,
        )
        for claim_id, _, place, day, at, paid in rows
        if paid > 0 and claim_id not in known
    ]


def _cards_by_meeting(swipes: Iterable[tuple[Any, str, str]]) -> dict[tuple[Any, str], set[str]]:
    together: dict[tuple[Any, str], set[str]] = {}
    for day, place, patient in swipes:
        together.setdefault((day, place), set()).add(patient)
    return together


def _meeting(cards: int) -> dict[str, Any]:
    return {
        "kind": MEETING,
        "zh": f"当天该团伙有 {cards} 人在此机构结算",
        "en": f"{cards} persons of the ring settled here that day",
    }
