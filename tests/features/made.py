"""Claims as a test spells them, and as columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from claims.batch import ClaimBatch
from claims.clock import from_moment
from claims.store.columns import join, rows_to_columns
from claims.tables import CLAIMS, DIAGNOSES, LINES, Table

DRUG_A, DRUG_B, DRUG_C, OTHER = "XA99ZZA001", "XB99ZZA001", "ZA99ZZB001", "990000001"
"""Two western drugs, a patent drug of the first one's class, and a service."""


@dataclass
class Line:
    """One fee line; days None means that the source does not say."""

    item: str = DRUG_A
    amount_fen: int = 1_000
    quantity_e4: int = 10_000
    days: int | None = None
    line_id: str | None = None
    reverses_line_id: str | None = None
    price: int = 0
    ceiling: int | None = None
    kind: str = "drug"
    slip: str | None = None
    doctor: str | None = None
    department: str | None = None
    served: str | int | None = None


@dataclass
class Made:
    """One claim as a test spells it; moments are the area's wall clock or seconds, days are dates or numbers."""

    id: str
    at: str | int
    order: int
    patient: str = "p1"
    institution: str = "i1"
    doctor: str | None = "d1"
    total: int = 1_000
    fund: int | None = None
    account: int = 0
    balance: int | None = None
    known: str | int | None = None
    reverses: str | None = None
    source: str = "service"
    benefit: str = "general_outpatient"
    department: str | None = None
    till: str | None = None
    visit: str | None = None
    channel: str = "networked"
    emergency: bool = False
    served: str | int | None = None
    admitted: str | int | None = None
    discharged: str | int | None = None
    diagnoses: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    @property
    def seconds(self) -> int:
        """When it was settled."""
        return seconds_of(self.at)


def seconds_of(at: str | int) -> int:
    """The moment in seconds UTC."""
    return at if isinstance(at, int) else from_moment(datetime.fromisoformat(at))


def day_of(day: str | int) -> int:
    """The calendar day as days since 1970."""
    return day if isinstance(day, int) else int(np.datetime64(day, "D").astype(np.int64))


def batch_of(made: Sequence[Made]) -> ClaimBatch:
    """The claims as columns, in recorded order."""
    ordered = sorted(made, key=lambda claim: claim.order)
    lines = [_line_row(claim, number, line) for claim in ordered for number, line in enumerate(claim.lines, 1)]
    diagnoses = [
        {"claim_id": claim.id, "sequence": number, "code": code, "is_main": number == 1, "is_admission": number == 1}
        for claim in ordered
        for number, code in enumerate(claim.diagnoses, 1)
    ]
    claims = columns_of(CLAIMS, [_claim_row(claim) for claim in ordered])
    return join(claims, columns_of(LINES, lines), columns_of(DIAGNOSES, diagnoses))


def columns_of(table: Table, rows: Sequence[dict[str, Any]]) -> dict[str, np.ndarray]:
    """Rows that name only some columns as the columns of `table`."""
    return rows_to_columns(table, [tuple(row.get(name) for name in table.names) for row in rows])


def _claim_row(claim: Made) -> dict[str, Any]:
    return {
        "claim_id": claim.id,
        "visit_id": claim.visit,
        "kind": "reversal" if claim.reverses else "settlement",
        "reverses_claim_id": claim.reverses,
        "patient_id": claim.patient,
        "institution_id": claim.institution,
        "doctor_id": claim.doctor,
        "department_id": claim.department,
        "till_id": claim.till,
        "channel": claim.channel,
        "benefit_kind": claim.benefit,
        "is_emergency": claim.emergency,
        "served_at": _maybe(seconds_of, claim.served),
        "settled_at": claim.seconds,
        "known_at": claim.seconds if claim.known is None else seconds_of(claim.known),
        "known_at_source": "test",
        "admitted_on": _maybe(day_of, claim.admitted),
        "discharged_on": _maybe(day_of, claim.discharged),
        "total_fen": claim.total,
        "fund_fen": claim.total // 2 if claim.fund is None else claim.fund,
        "account_fen": claim.account,
        "cash_fen": 0,
        "account_balance_fen": claim.balance,
        "recorded_order": claim.order,
        "source": claim.source,
    }


def _line_row(claim: Made, number: int, line: Line) -> dict[str, Any]:
    return {
        "claim_id": claim.id,
        "line_number": number,
        "line_id": line.line_id,
        "reverses_line_id": line.reverses_line_id,
        "prescription_id": line.slip,
        "item_code": line.item,
        "item_kind": line.kind,
        "doctor_id": line.doctor,
        "department_id": line.department,
        "served_at": _maybe(seconds_of, line.served),
        "quantity_e4": line.quantity_e4,
        "unit_price_micro_yuan": line.price,
        "price_ceiling_micro_yuan": line.ceiling,
        "amount_fen": line.amount_fen,
        "days_of_supply": line.days,
    }


def _maybe(convert: Any, value: str | int | None) -> int | None:
    return None if value is None else int(convert(value))
