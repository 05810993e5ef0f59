"""Made-up claims in time order, drawn in bulk: for timing only, nothing is learned from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from claims.batch import ClaimBatch
from claims.clock import DAY, HOUR, start_of_day, to_day
from claims.context import Context
from claims.tables import (
    CATALOGUE,
    CLAIMS,
    DEPARTMENTS,
    DIAGNOSES,
    INSTITUTIONS,
    LINES,
    MISSING,
    PATIENTS,
    STAFF,
    Array,
    Kind,
    Table,
    empty_columns,
)
from features.scatter import CLAIM_COLUMNS

FIRST_DAY = 20_089
"""2025-01-01."""
DAYS = 365
CLAIMS_A_PATIENT, CLAIMS_A_DOCTOR, CLAIMS_A_PLACE = 20, 1_000, 8_000
"""Means over the year; both places and patients are uneven, the largest place has about a twentieth of all claims."""


def made_claims(claims: int, seed: int = 1) -> ClaimBatch:
    """Settlements of one year in recorded order, which is also their order in time; ids are texts, no lines.

    Args:
        claims: how many.
        seed: same seed, same claims.
    """
    draw = np.random.default_rng(seed)
    patient = _uneven(draw, claims, max(2, claims // CLAIMS_A_PATIENT), 0.5)
    doctor = _uneven(draw, claims, max(2, claims // CLAIMS_A_DOCTOR), 0.7)
    places = max(2, claims // CLAIMS_A_PLACE)
    place_of_doctor = _uneven(draw, int(doctor.max()) + 1, places, 0.7)
    at_usual_place = draw.random(claims) < 0.7  # the others went somewhere without their usual doctor
    place = np.where(at_usual_place, place_of_doctor[doctor], _uneven(draw, claims, places, 0.7))
    total = np.maximum(100, draw.lognormal(9.0, 1.0, claims)).astype(np.int64)
    total = np.where(draw.random(claims) < 0.1, total // 1_000 * 1_000 + 1_000, total)
    account = np.where(draw.random(claims) < 0.3, total // 5, 0)
    settled_at = _moments(draw, claims)
    return ClaimBatch(
        _filled(CLAIMS, claims, {
            "claim_id": _texts("c", np.arange(claims)), "kind": _constant("settlement", claims),
            "patient_id": _texts("p", patient), "institution_id": _texts("i", place),
            "doctor_id": np.where(at_usual_place, _texts("d", doctor), None),
            "settled_at": settled_at, "known_at": settled_at, "recorded_order": np.arange(1, claims + 1),
            "total_fen": total, "fund_fen": total * 7 // 10, "account_fen": account,
            "account_balance_fen": np.where(draw.random(claims) < 0.05, 0, 10_000), "cash_fen": np.zeros_like(total),
        }),
        {**empty_columns(LINES), "claim_index": np.empty(0, dtype=np.int64)},
        {**empty_columns(DIAGNOSES), "claim_index": np.empty(0, dtype=np.int64)},
    )  # fmt: skip


def context_around(batch: ClaimBatch) -> Context:
    """The batch as its own history, without reference rows."""
    tables = (PATIENTS, INSTITUTIONS, DEPARTMENTS, STAFF, CATALOGUE)
    return Context(batch, *(empty_columns(table) for table in tables))


def as_table(batch: ClaimBatch) -> pa.Table:
    """The claims as a step of a build reads them from the step before: Arrow columns, ids as texts."""
    there = (column for column in CLAIMS.columns if column.name in CLAIM_COLUMNS.names)
    types = {Kind.TEXT: pa.string(), Kind.FLAG: pa.bool_()}
    return pa.table(
        {column.name: pa.array(batch.claims[column.name], types.get(column.kind, pa.int64())) for column in there}
    )


def _uneven(draw: np.random.Generator, size: int, kinds: int, power: float) -> Array:
    """Numbers below `kinds`; number k is drawn about (k + 1) ** -power times as often as number 0."""
    weights = np.arange(1, kinds + 1, dtype=np.float64) ** -power
    return np.searchsorted(np.cumsum(weights) / weights.sum(), draw.random(size)).astype(np.int64)


def _moments(draw: np.random.Generator, size: int) -> Array:
    """Rising seconds; most by day, a few at night, several in the same second."""
    day = start_of_day(to_day(FIRST_DAY)) + draw.integers(0, DAYS, size) * DAY
    hour = np.where(draw.random(size) < 0.02, draw.integers(0, 24, size), np.clip(draw.normal(13, 3, size), 7, 21))
    return np.sort(day + hour.astype(np.int64) * HOUR + draw.integers(0, HOUR, size))


def _texts(letter: str, numbers: Array) -> Array:
    names = np.array([f"{letter}{number:08d}" for number in range(int(numbers.max()) + 1)], dtype=object)
    return np.asarray(names[numbers])


def _constant(value: Any, size: int) -> Array:
    return np.full(size, value, dtype=object)


def _filled(table: Table, size: int, columns: dict[str, Array]) -> dict[str, Array]:
    empty = {Kind.TEXT: None, Kind.FLAG: False}
    return {
        column.name: columns[column.name]
        if column.name in columns
        else np.full(size, empty.get(column.kind, MISSING), dtype=column.kind.array_type)
        for column in table.columns
    }
