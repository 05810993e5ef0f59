"""What is sent to the audit queue: one alert for each subject, claim and line, with all its reasons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from claims.batch import ClaimBatch
from claims.tables import Array
from rules.frame import DEFINITE, HIGHLY, SLIGHTLY, Grade, Hit
from scoring.bundle import Bundle

RULE, MODEL, ANOMALY, RING, RANDOM = "rule", "model", "anomaly", "ring", "random"

MEETING = "meeting"
"""Kind of a reason that belongs to one claim of the evidence and says nothing new about the whole case."""

GRADE_PRIOR: dict[Grade, float] = {DEFINITE: 0.95, HIGHLY: 0.5, SLIGHTLY: 0.1}
"""Chance that a hit is upheld, until verdicts of its own say otherwise: ours, by the meaning of the grades."""

CRASH_PRIOR = 0.05
"""A claim that a rule could not judge is most likely in order; it must be seen, not seen first."""

ANOMALY_PRIOR = 0.05
"""Of claims that only a forest finds odd, while no verdict has taught a model what odd claims are worth: ours."""

RING_PRIOR = 0.5
"""Of rings that reach the threshold; ours, until verdicts on rings say otherwise."""

ENTITIES = {"patient": "patient_id", "doctor": "doctor_id", "institution": "institution_id"}
"""Kinds of subject, and the claim's column that holds the subject."""

_PART_OF = {"department": "institution", "till": "institution"}
"""What answers for the columns of its parts."""


@dataclass(frozen=True)
class Alert:
    """Why a person should look at one claim or line of one subject.

    Attributes:
        claim_id: the claim.
        line_number: the line, 0 for the whole claim.
        subject_kind: patient, doctor or institution; the queue makes a ring of a patient about whom a ring speaks.
        subject_id: whose case it joins.
        source: rule, model, anomaly, ring or random: the most probable of those that spoke.
        probability: chance that it is upheld.
        amount_fen: money at stake.
        reasons: each {"zh", "en", "kind": rule | feature | ring | meeting | crash, ...}, ready for JSON.
        at: the moment of settlement, seconds since 1970 in UTC.
    """

    claim_id: str
    line_number: int
    subject_kind: str
    subject_id: str
    source: str
    probability: float
    amount_fen: int
    reasons: list[dict[str, Any]]
    at: int


def alert_on(
    batch: ClaimBatch,
    claim: int,
    subject_kind: str,
    *,
    source: str,
    probability: float,
    amount_fen: int,
    reasons: list[dict[str, Any]],
    line_number: int = 0,
) -> Alert:
    """An alert about a row of the batch; a subject that the claim does not name gives way to the institution."""
    claims = batch.claims
    subject = claims[ENTITIES[subject_kind]][claim]
    if subject is None:
        subject_kind, subject = "institution", claims["institution_id"][claim]
    return Alert(
        claim_id=str(claims["claim_id"][claim]),
        line_number=line_number,
        subject_kind=subject_kind,
        subject_id=str(subject),
        source=source,
        probability=float(probability),
        amount_fen=int(amount_fen),
        reasons=reasons,
        at=int(claims["settled_at"][claim]),
    )


def alert_of_hit(batch: ClaimBatch, hit: Hit, amount_fen: int, reason: dict[str, Any]) -> Alert:
    """The alert of a rule's hit."""
    line = int(batch.lines["line_number"][hit.line_row]) if hit.line_row >= 0 else 0
    return alert_on(
        batch,
        hit.claim_row,
        hit.subject_kind,
        source=RULE,
        probability=GRADE_PRIOR[hit.grade],
        amount_fen=amount_fen,
        reasons=[reason],
        line_number=line,
    )


def subject_of(bundle: Bundle, contributions: Array) -> str:
    """The kind of subject whose features raised the score most; patients where none did.

    Args:
        bundle: names the features; a feature's name begins with its entity.
        contributions: (k,) of one row.
    """
    raised = np.maximum(contributions, 0.0)
    first = (feature.name.split("_", 1)[0] for feature in bundle.features)
    owners = np.array([_PART_OF.get(name, name) for name in first])
    return max(ENTITIES, key=lambda kind: float(raised[owners == kind].sum()))


def merged(alerts: list[Alert]) -> list[Alert]:
    """One alert for each subject, claim and line: all reasons, the highest probability with its source and money."""
    joined: dict[tuple[str, str, str, int], Alert] = {}
    for alert in alerts:
        key = (alert.subject_kind, alert.subject_id, alert.claim_id, alert.line_number)
        other = joined.get(key)
        if other is not None:
            leading = alert if alert.probability > other.probability else other
            amount = max(alert.amount_fen, other.amount_fen)
            alert = replace(leading, amount_fen=amount, reasons=[*other.reasons, *alert.reasons])
        joined[key] = alert
    return list(joined.values())
