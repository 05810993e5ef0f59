"""Small made-up claims for tests: one by one, or a random stream with everything that goes wrong in real ones."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import psycopg

from claims.batch import ClaimBatch
from claims.clock import DAY, HOUR, from_moment
from claims.context import Context
from claims.store.columns import append, join, rows_to_columns
from claims.tables import (
    BENEFIT_KINDS,
    CATALOGUE,
    CLAIMS,
    DEPARTMENTS,
    DIAGNOSES,
    INSTITUTIONS,
    LINES,
    PATIENTS,
    STAFF,
    Table,
    empty_columns,
)

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


@dataclass
class Made:
    """One claim as a test spells it; `at` is the area's wall clock or seconds."""

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
    lines: list[Line] = field(default_factory=list)

    @property
    def seconds(self) -> int:
        """When it was settled."""
        return _seconds(self.at)


def _seconds(at: str | int) -> int:
    return at if isinstance(at, int) else from_moment(datetime.fromisoformat(at))


def batch_of(made: Sequence[Made]) -> ClaimBatch:
    """The claims as columns, in recorded order."""
    ordered = sorted(made, key=lambda claim: claim.order)
    claims = _columns(CLAIMS, [_claim_row(claim) for claim in ordered])
    lines = [_line_row(claim, number, line) for claim in ordered for number, line in enumerate(claim.lines, 1)]
    return join(claims, _columns(LINES, lines), empty_columns(DIAGNOSES))


def _claim_row(claim: Made) -> dict[str, Any]:
    return {
        "claim_id": claim.id,
        "kind": "reversal" if claim.reverses else "settlement",
        "reverses_claim_id": claim.reverses,
        "patient_id": claim.patient,
        "institution_id": claim.institution,
        "doctor_id": claim.doctor,
        "channel": "networked",
        "benefit_kind": claim.benefit,
        "is_emergency": False,
        "settled_at": claim.seconds,
        "known_at": claim.seconds if claim.known is None else _seconds(claim.known),
        "known_at_source": "test",
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
        "item_code": line.item,
        "item_kind": "drug",
        "quantity_e4": line.quantity_e4,
        "unit_price_micro_yuan": 0,
        "amount_fen": line.amount_fen,
        "days_of_supply": line.days,
    }


def _columns(table: Table, rows: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    return rows_to_columns(table, [tuple(row.get(name) for name in table.names) for row in rows])


NEW_YEAR_2025 = 20_089
APPROVALS = {
    1: {"long_prescription_from": NEW_YEAR_2025 - 366, "long_prescription_until": NEW_YEAR_2025 + 4},
    2: {"long_prescription_from": 0},
    3: {"long_prescription_from": NEW_YEAR_2025},
}
"""First and last days of approvals for long prescriptions, at moments that `HARD_MOMENTS` has."""


def reference() -> dict[str, dict[str, np.ndarray]]:
    """Reference tables by name: five patients, three institutions (the third a pharmacy) and a small catalogue."""
    patients = [
        {"patient_id": f"p{n}", "sex": str(1 + n % 2), "born_on": 365 * 10 * n, **APPROVALS.get(n, {})}
        for n in range(1, 5)
    ]
    places = [
        {"institution_id": f"i{n}", "kind": "pharmacy" if n == 3 else "hospital", "register_is_complete": True}
        for n in range(1, 4)
    ]
    drug = {"item_kind": "drug", "is_resale_prone": False, "valid_from": 0}
    catalogue = [
        {**drug, "item_code": DRUG_A, "units_per_pack_e4": 280_000, "units_per_day_e4": 10_000, "valid_until": 19_999},
        {**drug, "item_code": DRUG_A, "units_per_pack_e4": 140_000, "units_per_day_e4": 20_000, "valid_from": 20_000,
         "is_resale_prone": True},
        {**drug, "item_code": DRUG_C, "drug_class": "A99ZZ", "is_resale_prone": True},
    ]  # fmt: skip
    return {
        "patients": _columns(PATIENTS, patients),
        "institutions": _columns(INSTITUTIONS, places),
        "departments": empty_columns(DEPARTMENTS),
        "staff": empty_columns(STAFF),
        "catalogue": _columns(CATALOGUE, catalogue),
    }


def context_of(history: ClaimBatch) -> Context:
    """The reference tables around `history`."""
    return Context(history, **reference())


def store_reference(connection: psycopg.Connection) -> None:
    """Write the reference tables into a store."""
    tables = {"patients": PATIENTS, "institutions": INSTITUTIONS, "catalogue": CATALOGUE}
    for name, columns in reference().items():
        if name in tables:
            append(connection, tables[name], columns)


HARD_MOMENTS = tuple(
    _seconds(text)
    for text in (
        "2024-12-31T23:59:59", "2025-01-01T00:00:00", "2025-01-05T23:59:59", "2025-01-06T00:00:00",
        "2024-02-29T12:00:00", "2025-01-01T07:59:59", "2025-01-01T08:00:00",
    )
)  # fmt: skip
"""Year ends, ends of weeks, a leap day, and midnight of UTC, where hops are easily cut wrongly."""


def random_stream(seed: int, length: int, *, spread_days: int = 40, disorder: float = 0.15) -> list[Made]:
    """A stream in recorded order: ties, gaps, late uploads, wrong clocks, reversals in whole and in part.

    Args:
        seed: same seed, same stream.
        length: number of claims.
        spread_days: days that the stream covers, roughly.
        disorder: share of claims whose time is not close to that of their neighbours.
    """
    draw = random.Random(seed)
    clock = draw.choice(HARD_MOMENTS)
    made: list[Made] = []
    for order in range(1, length + 1):
        clock += draw.choice((0, 0, 1, HOUR - 1, HOUR, draw.randrange(2 * DAY * max(1, spread_days) // length + 1)))
        claim = _random_reversal(draw, order, clock, made) if draw.random() < 0.2 else None
        made.append(claim or _random_settlement(draw, order, _disturbed(draw, clock, disorder)))
    if draw.random() < 0.5:
        _put_a_reversal_before_its_original(made)
    return made


def _disturbed(draw: random.Random, clock: int, disorder: float) -> int:
    if draw.random() >= disorder:
        return clock
    late = (1, HOUR, 5 * HOUR, DAY, 3 * DAY + 1, 6 * DAY, 29 * DAY, 95 * DAY, 380 * DAY, 500 * DAY)
    return draw.choice((*HARD_MOMENTS, clock + 70 * DAY, clock + 800 * DAY, *(clock - back for back in late)))


def _random_settlement(draw: random.Random, order: int, at: int) -> Made:
    lines = [
        Line(
            draw.choice((DRUG_A, DRUG_A, DRUG_B, DRUG_C, OTHER)),
            draw.randrange(1, 20_000),
            draw.choice((10_000, 20_000, 25_000)),
            draw.choice((None, None, 0, 7, 28, 84, 900)),
            f"c{order}-{number}" if draw.random() < 0.7 else None,
        )
        for number in range(draw.choice((0, 1, 1, 2, 3)))
    ]
    return Made(
        f"c{order}", at, order, f"p{draw.choice((1, 1, 1, 2, 2, 3, 4, 5))}", f"i{draw.choice((1, 1, 2, 3))}",
        draw.choice((None, "d1", "d1", "d2")), draw.choice((1_000, 1_000, 4_999, 5_000, draw.randrange(100_000))),
        account=draw.choice((0, 500)), balance=draw.choice((None, 0, 700)),
        known=at + draw.choice((0, 0, HOUR, 20 * DAY, -DAY)), lines=lines,
        benefit=draw.choice(("chronic", *BENEFIT_KINDS)),
    )  # fmt: skip


def _random_reversal(draw: random.Random, order: int, at: int, made: list[Made]) -> Made | None:
    originals = [claim for claim in made if not claim.reverses]
    if not originals:
        return None
    original = draw.choice(originals[-8:])
    if draw.random() < 0.1:
        return Made(f"c{order}", at, order, original.patient, original.institution, None, -100, reverses="unknown")
    is_part = draw.random() < 0.5
    total = -(original.total // 3) if is_part else -original.total
    lines = [
        Line(line.item, -line.amount_fen // (2 if is_part else 1), -(line.quantity_e4 // (2 if is_part else 1)),
             None, None, line.line_id)
        for line in original.lines
        if draw.random() < 0.8
    ]  # fmt: skip
    return Made(
        f"c{order}", at, order, original.patient if draw.random() < 0.95 else "p4", original.institution,
        original.doctor if draw.random() < 0.5 else None, total, lines=lines if draw.random() < 0.8 else [],
        reverses=original.id,
    )  # fmt: skip


def _put_a_reversal_before_its_original(made: list[Made]) -> None:
    reversals = [claim for claim in made if claim.reverses]
    by_id = {claim.id: claim for claim in made}
    if reversals and reversals[0].reverses in by_id:
        original = by_id[reversals[0].reverses]
        original.order, reversals[0].order = reversals[0].order, original.order
        made.sort(key=lambda claim: claim.order)
