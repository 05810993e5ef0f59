"""Turns alerts into cases: one open case per subject or ring, each evidence line in one case, others link to it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from audit.capacity import Capacity, add_working_days, capacity_on
from audit.plain import plain
from audit.ring_cases import on_rings
from claims.clock import start_of_day, to_moment
from scoring.alerts import MEETING
from scoring.judge import Alert

MOST_REASONS = 20
"""Reasons kept on a case; further alerts keep theirs on their evidence line."""

Subject = tuple[str, str]


@dataclass(frozen=True)
class CaseCounts:
    """What the alerts led to.

    Attributes:
        opened, extended: cases made, and open cases that got evidence.
        evidence, links: evidence lines that belong to their case, and that belong to another case.
        already_judged: alerts on lines that have a verdict; they open nothing.
        case_of_claim: claim id -> the case that holds it now.
    """

    opened: int
    extended: int
    evidence: int
    links: int
    already_judged: int
    case_of_claim: Mapping[str, str]


def open_cases(connection: psycopg.Connection, alerts: Sequence[Alert], now: int | None = None) -> CaseCounts:
    """Put alerts into the queue; the transaction is the caller's.

    Args:
        connection: may be the service's.
        alerts: in any order; line number 0 means the whole claim.
        now: seconds since 1970; the database's clock when left out.
    """
    now = _database_clock(connection) if now is None else now
    alerts = on_rings(connection, alerts, now)
    judged = _judged_keys(connection, {alert.claim_id for alert in alerts})
    fresh = [alert for alert in alerts if not _covered(alert, judged)]
    capacity = capacity_on(to_moment(now).date())
    opened = evidence = links = 0
    case_of_claim: dict[str, str] = {}
    ordered = sorted(fresh, key=_subject)  # one order for all writers, so that two of them cannot wait for each other
    groups = [(subject, list(group)) for subject, group in groupby(ordered, key=_subject)]
    for subject, group in groups:
        case_id, is_new = _open_case(connection, subject, group, capacity, now)
        owned, linked = _add_evidence(connection, case_id, group)
        _refresh(connection, case_id, subject[0], group, capacity)
        opened, evidence, links = opened + is_new, evidence + owned, links + linked
        for alert in group:
            case_of_claim.setdefault(alert.claim_id, case_id)
    return CaseCounts(opened, len(groups) - opened, evidence, links, len(alerts) - len(fresh), case_of_claim)


def _subject(alert: Alert) -> Subject:
    return alert.subject_kind, alert.subject_id


def _database_clock(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT extract(epoch FROM clock_timestamp())::bigint").fetchone()
    assert row is not None
    return int(row[0])


def _judged_keys(connection: psycopg.Connection, claim_ids: set[str]) -> set[tuple[str, int]]:
    if not claim_ids:
        return set()
    rows = connection.execute(
        "SELECT DISTINCT claim_id, coalesce(line_number, 0) FROM verdicts WHERE claim_id = ANY(%s)", [sorted(claim_ids)]
    )
    return {(claim_id, line_number) for claim_id, line_number in rows}


def _covered(alert: Alert, judged: set[tuple[str, int]]) -> bool:
    return (alert.claim_id, alert.line_number) in judged or (alert.claim_id, 0) in judged


def _open_case(
    connection: psycopg.Connection, subject: Subject, group: list[Alert], capacity: Capacity, now: int
) -> tuple[str, bool]:
    """The subject's open case, locked; made if there is none."""
    deadline = add_working_days(to_moment(now).date(), capacity.deadline_working_days)
    strongest = max(group, key=lambda alert: alert.probability)
    made = connection.execute(
        "INSERT INTO cases (case_id, subject_kind, subject_id, status, source, probability, money_at_stake_fen,"
        " minutes,"
        " reasons, opened_at, deadline_at)"
        " VALUES (%s, %s, %s, 'open', %s, %s, 0, 1, '[]', to_timestamp(%s), to_timestamp(%s))"
        " ON CONFLICT (subject_kind, subject_id) WHERE status = 'open' DO NOTHING RETURNING case_id",
        [_new_case_id(now), *subject, strongest.source, strongest.probability, now, start_of_day(deadline)],
    ).fetchone()
    if made:
        return str(made[0]), True
    row = connection.execute(
        "SELECT case_id FROM cases WHERE subject_kind = %s AND subject_id = %s AND status = 'open' FOR UPDATE", subject
    ).fetchone()
    if row is None:  # closed between the two statements: nothing is in the way of a new one now
        return _open_case(connection, subject, group, capacity, now)
    return str(row[0]), False


def _new_case_id(now: int) -> str:
    return f"C{to_moment(now):%Y%m%d}-{secrets.token_hex(5)}"


def _add_evidence(connection: psycopg.Connection, case_id: str, group: list[Alert]) -> tuple[int, int]:
    """Add the alerts' lines; those that another case owns become links. Returns how many of each are new."""
    columns = "case_id, claim_id, line_number, amount_fen, reason, is_link"
    insert = f"INSERT INTO evidence ({columns}) VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
    by_key: dict[tuple[str, int], Alert] = {}
    for alert in sorted(group, key=lambda alert: -alert.probability):
        by_key.setdefault((alert.claim_id, alert.line_number), alert)
    rows = [[case_id, *key, alert.amount_fen, Jsonb(plain(_reason_of(alert)))] for key, alert in sorted(by_key.items())]
    with connection.cursor() as cursor:
        counts = []
        for is_link in (False, True):  # whatever the first statement could not own is linked by the second
            cursor.executemany(insert, [[*row, is_link] for row in rows])
            counts.append(cursor.rowcount)
    return counts[0], counts[1]


def _reason_of(alert: Alert) -> dict[str, Any]:
    return {"source": alert.source, "probability": alert.probability, "reasons": alert.reasons}


_FIGURES = """
SELECT coalesce(sum(money), 0)::bigint, count(*),
  coalesce(sum(money * probability) / nullif(sum(money), 0), max(probability)), max(probability),
  (array_agg(source ORDER BY money * probability DESC, probability DESC, source))[1]
FROM (
  SELECT claim_id, greatest(coalesce(max(amount_fen) FILTER (WHERE line_number = 0 AND NOT is_link), 0),
      coalesce(sum(amount_fen) FILTER (WHERE line_number > 0 AND NOT is_link), 0)) AS money,
    max((reason->>'probability')::float8) AS probability,
    (array_agg(reason->>'source' ORDER BY (reason->>'probability')::float8 DESC, line_number))[1] AS source
  FROM evidence WHERE case_id = %s GROUP BY claim_id) of_claim
"""
"""Money counts once per claim and only where the evidence belongs. A case is as probable as its money: one dear claim
drawn at random beside a cheap one that a rule holds does not borrow the rule's certainty."""


def _refresh(
    connection: psycopg.Connection, case_id: str, subject_kind: str, group: list[Alert], capacity: Capacity
) -> None:
    """Bring the case's figures, its source and its reasons up to its evidence."""
    figures = connection.execute(_FIGURES, [case_id]).fetchone()
    known = connection.execute("SELECT reasons FROM cases WHERE case_id = %s", [case_id]).fetchone()
    assert figures is not None
    assert known is not None
    money, claims, probability, strongest, source = figures
    leads = max(alert.probability for alert in group) >= strongest or not known[0]
    minutes = capacity.minutes_of(subject_kind, 0) + capacity.minutes_per_evidence_claim * claims
    connection.execute(
        "UPDATE cases SET reasons = %s, probability = %s, source = %s, money_at_stake_fen = %s, minutes = %s"
        " WHERE case_id = %s",
        [Jsonb(plain(_merged(known[0], group, leads))), probability, source, money, minutes, case_id],
    )


def _merged(known: list[dict[str, Any]], group: list[Alert], leads: bool) -> list[dict[str, Any]]:
    """The case's reasons: the ring's newest words, then those of likelier alerts first.

    Each sentence comes once and each feature once, with the value of the likeliest claim: the same column read on
    forty claims is one reason.
    """
    new = [reason for alert in sorted(group, key=lambda alert: -alert.probability) for reason in alert.reasons]
    new = [reason for reason in new if reason["kind"] != MEETING]
    of_ring = [reason for reason in new if "ring_id" in reason]
    kept: dict[str, dict[str, Any]] = {}
    for reason in of_ring + (new + known if leads else known + new):
        kept.setdefault(reason.get("ring_id") or reason.get("feature") or reason["zh"], reason)
    return list(kept.values())[:MOST_REASONS]
