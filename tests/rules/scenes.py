"""Makes batches and contexts for tests from a few words of YAML; all codes are made up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np

from claims.batch import ClaimBatch, concat
from claims.clock import day_number, from_moment
from claims.context import Context
from claims.store.columns import join
from claims.tables import (
    AGREEMENTS,
    CATALOGUE,
    CLAIMS,
    DECLARATIONS,
    DEPARTMENT_SERVICES,
    DEPARTMENTS,
    DIAGNOSES,
    INSTITUTIONS,
    ITEM_MAPPINGS,
    KNOWLEDGE,
    LINES,
    MISSING,
    PATIENTS,
    STAFF,
    STOCK,
    Columns,
    Kind,
    Table,
)
from claims.trace_codes import repeated_scans

CLAIM = {
    "kind": "settlement",
    "patient_id": "P1",
    "institution_id": "H-TEST-1",
    "doctor_id": "D-TEST-1",
    "department_id": "DEP-1",
    "till_id": "T-TEST-1",
    "channel": "networked",
    "benefit_kind": "general_outpatient",
    "is_emergency": False,
    "settled_at": "2025-03-10 10:00",
    "known_at_source": "settled_at",
    "fund_fen": 1_000_000,
    "account_fen": 0,
    "cash_fen": 0,
    "source": "test",
}
LINE = {"item_code": "XC09AA-TEST-1", "item_kind": "drug", "quantity_e4": 10_000, "unit_price_micro_yuan": 10_000_000}
DIAGNOSIS = "I10.x00"
PATIENT = {"patient_id": "P1", "sex": "1", "born_on": "1960-05-01"}
INSTITUTION = {"institution_id": "H-TEST-1", "kind": "hospital"}
DECLARATION = {"institution_id": "H-TEST-1", "is_complete": True, "confirmed_at": "2025-03-10 00:00"}
DECLARED = ("doctors", "pharmacists", "tills", "departments")
"""The registers that a declaration of a scene is about, unless it names one."""
SERVICE = {
    "institution_id": "H-TEST-1",
    "department_id": "DEP-1",
    "item_code": "XC09AA-TEST-1",
    "valid_from": "2000-01-01",
}
DEPARTMENT = {"institution_id": "H-TEST-1", "department_id": "DEP-1", "valid_from": "2000-01-01"}
STAFFER = {"institution_id": "H-TEST-1", "staff_id": "D-TEST-1", "role": "doctor", "valid_from": "2000-01-01"}
ITEM = {"item_code": "XC09AA-TEST-1", "item_kind": "drug", "is_resale_prone": False, "valid_from": "2000-01-01"}
AGREEMENT = {"institution_id": "H-TEST-1", "covers": "all", "valid_from": "2000-01-01"}
MAPPING = {"institution_id": "H-TEST-1", "own_item_code": "OWN-1", "valid_from": "2000-01-01"}
SALE = {"institution_id": "H-TEST-1", "item_code": "XC09AA-TEST-1", "movement": "sale", "quantity_e4": 10_000}
POINT = {
    "batch_id": 1,
    "row_number": 1,
    "item_code": "XC09AA-TEST-1",
    "item_name": "测试药甲",
    "is_span": False,
    "is_understood": True,
    "valid_from": "2000-01-01",
}

Row = Mapping[str, Any]


def scene(
    claims: Sequence[Row],
    history: Sequence[Row] = (),
    patients: Sequence[Row] = ({},),
    institutions: Sequence[Row] = ({},),
    departments: Sequence[Row] = ({},),
    staff: Sequence[Row] = ({},),
    catalogue: Sequence[Row] = ({},),
    knowledge: Sequence[Row] = (),
    agreements: Sequence[Row] = (),
    declarations: Sequence[Row] = ({},),
    department_services: Sequence[Row] = (),
    item_mappings: Sequence[Row] = (),
    sales: Sequence[Row] = (),
) -> tuple[ClaimBatch, Context]:
    """A batch and its context; what a row leaves out has an ordinary value.

    `lines` of a claim are its lines, `diagnoses` the codes of its diagnoses, of which the first is the main one.
    """
    earlier, batch = _batch(history, "past", 1), _batch(claims, "claim", 1000)
    reported = _table(STOCK, [{**SALE, "record_id": f"R{number}", **row} for number, row in enumerate(sales)])
    context = Context(
        history=earlier,
        patients=_table(PATIENTS, [{**PATIENT, **row} for row in patients]),
        institutions=_table(INSTITUTIONS, [{**INSTITUTION, **row} for row in institutions]),
        departments=_table(DEPARTMENTS, [{**DEPARTMENT, **row} for row in departments]),
        staff=_table(STAFF, [{**STAFFER, **row} for row in staff]),
        catalogue=_table(CATALOGUE, [{**ITEM, **row} for row in catalogue]),
        knowledge=_table(KNOWLEDGE, [{**POINT, **row} for row in knowledge]),
        agreements=_table(AGREEMENTS, [{**AGREEMENT, **row} for row in agreements]),
        declarations=_table(DECLARATIONS, [row for given in declarations for row in _declarations(given)]),
        department_services=_table(DEPARTMENT_SERVICES, [{**SERVICE, **row} for row in department_services]),
        item_mappings=_table(ITEM_MAPPINGS, [{**MAPPING, **row} for row in item_mappings]),
        scans=repeated_scans(concat([earlier, batch]), reported),
    )
    return batch, context


def _declarations(given: Row) -> list[Row]:
    return [
        {**DECLARATION, "register": register, **given} for register in DECLARED[: 1 if "register" in given else None]
    ]


def _batch(rows: Sequence[Row], prefix: str, first_order: int) -> ClaimBatch:
    claims, lines, diagnoses = [], [], []
    for place, row in enumerate(rows):
        claim = {**CLAIM, "claim_id": f"{prefix}-{place}", "recorded_order": first_order + place, **row}
        claim.setdefault("known_at", claim["settled_at"])
        own = [_line(claim["claim_id"], number, line) for number, line in enumerate(claim.pop("lines", [{}]), 1)]
        claim.setdefault("total_fen", sum(line["amount_fen"] for line in own))
        diagnoses += [
            {"claim_id": claim["claim_id"], "sequence": n, "code": code, "is_main": n == 1, "is_admission": False}
            for n, code in enumerate(claim.pop("diagnoses", [DIAGNOSIS]), 1)
        ]
        claims.append(claim)
        lines += own
    return join(_table(CLAIMS, claims), _table(LINES, lines), _table(DIAGNOSES, diagnoses))


def _line(claim_id: str, number: int, row: Row) -> dict[str, Any]:
    line = {**LINE, "claim_id": claim_id, "line_number": number, "line_id": f"{claim_id}/{number}", **row}
    line.setdefault("amount_fen", line["quantity_e4"] * line["unit_price_micro_yuan"] // 10**8)
    return line


def _table(table: Table, rows: Sequence[Row]) -> Columns:
    return {column.name: _column(column.kind, [row.get(column.name) for row in rows]) for column in table.columns}


def _column(kind: Kind, values: list[Any]) -> Any:
    array = np.empty(len(values), dtype=kind.array_type)
    if kind is Kind.TIME:
        values = [None if value is None else from_moment(datetime.fromisoformat(str(value))) for value in values]
    elif kind is Kind.DATE:
        values = [None if value is None else day_number(date.fromisoformat(str(value))) for value in values]
    array[:] = values if kind in (Kind.TEXT, Kind.FLAG) else [MISSING if value is None else value for value in values]
    return array
