"""Small made-up claims in the store, for tests of the queue."""

from __future__ import annotations

import psycopg

from claims.store.columns import append_batch, join, rows_to_columns
from claims.tables import CLAIMS, DIAGNOSES, LINES, Table, empty_columns
from scoring.judge import Alert

NOON = 1_767_585_600
"""2026-01-05T12:00+08:00, a Monday."""


def add_claim(
    connection: psycopg.Connection,
    claim_id: str,
    patient: str = "patient-a",
    institution: str = "P1",
    fund_fen: int = 10_000,
    lines: int = 2,
    at: int = NOON,
) -> None:
    """Store a settlement whose lines share its money."""
    row = connection.execute("SELECT nextval('recorded_order')").fetchone()
    assert row is not None
    claim = {
        "claim_id": claim_id,
        "kind": "settlement",
        "patient_id": patient,
        "institution_id": institution,
        "channel": "networked",
        "benefit_kind": "chronic",
        "is_emergency": False,
        "settled_at": at,
        "known_at": at,
        "known_at_source": "service",
        "total_fen": fund_fen,
        "fund_fen": fund_fen,
        "account_fen": 0,
        "cash_fen": 0,
        "recorded_order": row[0],
        "source": "service",
    }
    billed = [
        {
            "claim_id": claim_id,
            "line_number": number,
            "item_code": "X1",
            "item_kind": "drug",
            "quantity_e4": 10_000,
            "unit_price_micro_yuan": 0,
            "amount_fen": fund_fen // lines,
        }
        for number in range(1, lines + 1)
    ]
    append_batch(connection, join(_columns(CLAIMS, [claim]), _columns(LINES, billed), empty_columns(DIAGNOSES)))


def _columns(table: Table, rows: list[dict[str, object]]) -> dict[str, object]:
    return dict(rows_to_columns(table, [[row.get(name) for name in table.names] for row in rows]))


def add_decision(
    connection: psycopg.Connection, claim_id: str, action: str = "pass", probability: float = 0.02
) -> None:
    """Store a decision on a claim."""
    connection.execute(
        "INSERT INTO decisions (recorded_order, claim_id, body_fingerprint, action, probability, anomaly,"
        " money_at_stake_fen, feature_set, features, rule_hits, reasons, answer, is_batch, latency_microseconds,"
        " decided_at)"
        " SELECT recorded_order, claim_id, 'f', %s, %s, 0, 0, 's', '', '[]', '[]', '{}', false, 1, to_timestamp(%s)"
        " FROM claims WHERE claim_id = %s",
        [action, probability, NOON, claim_id],
    )


def an_alert(
    claim_id: str,
    line: int = 0,
    subject: tuple[str, str] = ("patient", "patient-a"),
    source: str = "rule",
    probability: float = 0.5,
    amount_fen: int = 5_000,
    says: str = "原因",
) -> Alert:
    """An alert with one reason."""
    reason = {"kind": "rule", "zh": says, "en": "reason", "share": float("nan")}
    return Alert(claim_id, line, *subject, source, probability, amount_fen, [reason], NOON)
