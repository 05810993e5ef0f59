"""Bodies become columns; the person number becomes a pseudonym here and goes no further."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

import numpy as np

from claims.batch import ClaimBatch
from claims.clock import day_number, from_moment
from claims.errors import BadSetting
from claims.store.columns import join, rows_to_columns
from claims.tables import CLAIMS, DIAGNOSES, LINES, PATIENTS, REVERSAL, SETTLEMENT, Columns, Kind, Table
from claims.trace_codes import SEPARATOR
from serving.schemas import LineIn, ReversalIn, ReversalLineIn, SettlementIn

KNOWN_AT_SOURCE, SOURCE = "service", "service"

MOST_SECONDS_AHEAD = 86_400
"""Clocks of callers may differ; a settlement more than a day ahead of ours would spoil the windows of later claims."""


class MakesPseudonyms(Protocol):
    """What this module needs of `claims.pseudonyms.Pseudonyms`."""

    def of(self, values: Sequence[str | None]) -> list[str | None]:
        """The pseudonym of each value."""
        ...


def fen(yuan: str | None) -> int | None:
    """Exact fen of a text in yuan.

    >>> fen("123.4"), fen("-0.05"), fen(None)
    (12340, -5, None)
    """
    return None if yuan is None else int(Decimal(yuan) * 100)


def _scaled(text: str | None, scale: int) -> int | None:
    return None if text is None else int(Decimal(text) * scale)


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else from_moment(moment)


def _day(day: date | None) -> int | None:
    return None if day is None else day_number(day)


def settlement_batch(bodies: Sequence[SettlementIn], pseudonyms: MakesPseudonyms, now: int) -> ClaimBatch:
    """Settlements as columns, `recorded_order` still 0.

    Raises:
        BadSetting: a settlement lies more than a day ahead of our clock.
    """
    patients = pseudonyms.of([body.person_number for body in bodies])
    claims = [_claim_row(body, patient, now) for body, patient in zip(bodies, patients, strict=True)]
    lines = [_line_row(body.settlement_id, line) for body in bodies for line in _in_order(body.lines)]
    diagnoses = [
        {
            "claim_id": body.settlement_id,
            "sequence": place,
            "code": each.code,
            "is_main": each.is_main,
            "is_admission": False,
        }
        for body in bodies
        for place, each in enumerate(body.diagnoses, 1)
    ]
    return join(_columns(CLAIMS, claims), _columns(LINES, lines), _columns(DIAGNOSES, diagnoses))


def _in_order(lines: Sequence[Any]) -> list[Any]:
    return sorted(lines, key=lambda line: line.line_number)


def _columns(table: Table, rows: list[dict[str, object]]) -> dict[str, Any]:
    return rows_to_columns(table, [[row.get(name) for name in table.names] for row in rows])


def _claim_row(body: SettlementIn, patient_id: str | None, now: int) -> dict[str, object]:
    settled_at = from_moment(body.settled_at)
    _check_clock(settled_at, now, body.settlement_id)
    same_name = ("visit_id", "institution_id", "doctor_id", "department_id", "till_id", "channel", "benefit_kind")
    more = ("care_category", "insurance_type", "is_emergency")
    return {
        **{name: getattr(body, name) for name in same_name + more},
        "claim_id": body.settlement_id,
        "kind": SETTLEMENT,
        "patient_id": patient_id,
        "served_at": _seconds(body.served_at),
        "settled_at": settled_at,
        "known_at": now,
        "known_at_source": KNOWN_AT_SOURCE,
        "admitted_on": _day(body.admitted_on),
        "discharged_on": _day(body.discharged_on),
        "total_fen": fen(body.total_yuan),
        "in_scope_fen": fen(body.in_scope_yuan),
        "fund_fen": fen(body.fund_yuan),
        "account_fen": fen(body.account_yuan),
        "cash_fen": fen(body.cash_yuan),
        "account_balance_fen": fen(body.account_balance_yuan),
        "recorded_order": 0,
        "source": SOURCE,
    }


def _check_clock(settled_at: int, now: int, claim_id: str) -> None:
    if settled_at > now + MOST_SECONDS_AHEAD:
        raise BadSetting(
            f"settled_at of {claim_id} lies more than a day ahead of our clock. Expected one that has happened. "
            "Correct the caller's clock or the offset."
        )


def _line_row(claim_id: str, line: LineIn) -> dict[str, object]:
    same_name = (
        "line_number",
        "line_id",
        "prescription_id",
        "item_code",
        "item_name",
        "item_kind",
        "charge_type",
        "grade",
    )
    more = ("doctor_id", "department_id", "days_of_supply", "own_item_code", "is_split_pack")
    return {
        **{name: getattr(line, name) for name in same_name + more},
        "claim_id": claim_id,
        "served_at": _seconds(line.served_at),
        "quantity_e4": _scaled(line.quantity, 10_000),
        "unit_price_micro_yuan": _scaled(line.unit_price_yuan, 1_000_000),
        "price_ceiling_micro_yuan": _scaled(line.price_ceiling_yuan, 1_000_000),
        "amount_fen": fen(line.amount_yuan),
        "in_scope_fen": fen(line.in_scope_yuan),
        "trace_codes": SEPARATOR.join(line.trace_codes) or None,
    }


def reversal_batch(body: ReversalIn, pseudonyms: MakesPseudonyms, original: Columns | None, now: int) -> ClaimBatch:
    """A reversal as a batch of one claim, `recorded_order` still 0.

    Args:
        body: the reversal.
        pseudonyms: makes the patient's id.
        original: the row of CLAIMS it takes back; what the body does not say is taken from there. Without one the
            channel is `networked` and the benefit `general_outpatient`; such a row is counted nowhere.
        now: seconds since 1970.
    """
    settled_at = from_moment(body.settled_at)
    _check_clock(settled_at, now, body.reversal_id)
    taken = ("doctor_id", "department_id", "till_id", "channel", "benefit_kind", "care_category", "insurance_type")
    copied = (
        {name: original[name][0] for name in (*taken, "is_emergency")}
        if original
        else {
            "channel": "networked",
            "benefit_kind": "general_outpatient",
            "is_emergency": False,
        }
    )
    row = {
        **copied,
        "claim_id": body.reversal_id,
        "kind": REVERSAL,
        "reverses_claim_id": body.reverses_settlement_id,
        "patient_id": pseudonyms.of([body.person_number])[0],
        "institution_id": body.institution_id,
        "settled_at": settled_at,
        "known_at": now,
        "known_at_source": KNOWN_AT_SOURCE,
        "total_fen": fen(body.total_yuan),
        "fund_fen": fen(body.fund_yuan),
        "account_fen": fen(body.account_yuan),
        "cash_fen": fen(body.cash_yuan),
        "recorded_order": 0,
        "source": SOURCE,
    }
    lines = [_reversal_line_row(body.reversal_id, line) for line in _in_order(body.lines)]
    return join(_columns(CLAIMS, [row]), _columns(LINES, lines), _columns(DIAGNOSES, []))


def _reversal_line_row(claim_id: str, line: ReversalLineIn) -> dict[str, object]:
    same_name = ("line_number", "reverses_line_id", "item_code", "item_kind")
    return {
        **{name: getattr(line, name) for name in same_name},
        "claim_id": claim_id,
        "quantity_e4": _scaled(line.quantity, 10_000),
        "unit_price_micro_yuan": _scaled(line.unit_price_yuan, 1_000_000),
        "amount_fen": fen(line.amount_yuan),
        "trace_codes": SEPARATOR.join(line.trace_codes) or None,
    }


def person_columns(bodies: Sequence[SettlementIn], batch: ClaimBatch) -> dict[str, Any]:
    """Rows of PATIENTS for the persons that the bodies describe, each patient once."""
    rows: dict[str, dict[str, object]] = {}
    patients = dict(zip(batch.claims["claim_id"].tolist(), batch.claims["patient_id"].tolist(), strict=True))
    for body in bodies:
        if body.person is None:
            continue
        person = body.person.model_dump()
        days = [column.name for column in PATIENTS.columns if column.kind is Kind.DATE and column.name in person]
        person |= {name: _day(person[name]) for name in days}
        rows.setdefault(patients[body.settlement_id], {"patient_id": patients[body.settlement_id], **person})
    return _columns(PATIENTS, list(rows.values()))


def with_orders(batch: ClaimBatch, orders: Any) -> ClaimBatch:
    """The batch with these `recorded_order` numbers."""
    return ClaimBatch(
        {**batch.claims, "recorded_order": np.asarray(orders, dtype=np.int64)}, batch.lines, batch.diagnoses
    )
