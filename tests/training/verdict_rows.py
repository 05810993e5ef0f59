"""Small made-up verdicts for the tests of this folder."""

from __future__ import annotations

from claims.store.columns import rows_to_columns
from claims.tables import VERDICTS, Array

DAY = 86_400


def a_verdict(number: int, claim: str, finding: str, known_day: int, **others: object) -> dict[str, object]:
    """One verdict; times in days since 1970."""
    row: dict[str, object] = dict.fromkeys(VERDICTS.names)
    row |= {
        "verdict_id": f"V{number}",
        "claim_id": claim,
        "finding": finding,
        "amount_fen": 0,
        "decided_at": known_day * DAY,
        "known_at": known_day * DAY,
        "decided_by": "R1",
        "drawn_by": "rule",
    }
    return row | others


def verdicts(*rows: dict[str, object]) -> dict[str, Array]:
    """The rows as columns of VERDICTS."""
    return rows_to_columns(VERDICTS, [[row[name] for name in VERDICTS.names] for row in rows])
