"""Stays in hospital, as columns that groups who lie there together are found by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from claims.batch import ClaimBatch
from claims.lazy import is_text
from claims.tables import MISSING, SETTLEMENT, Array
from graphs.codes import encode
from graphs.taking import Taking

COURSES = ("C", "Z51")
"""Main diagnoses whose treatment comes in courses: who shares their rhythm meets again without meaning to."""


@dataclass(frozen=True)
class Stays:
    """s stays sorted by institution, first day and patient.

    Attributes:
        row: row of the claim in the batch.
        patient, institution: codes as in `Taking`.
        admitted, discharged: day numbers.
        known_day: the day on which the fund knew of it.
        reason: code of the first three characters of the main diagnosis, -1 unknown.
        is_course: the main diagnosis is among `COURSES`.
        total_fen: the bill.
    """

    row: Array
    patient: Array
    institution: Array
    admitted: Array
    discharged: Array
    known_day: Array
    reason: Array
    is_course: Array
    total_fen: Array

    def __len__(self) -> int:
        """How many stays."""
        return len(self.row)


def read_stays(batch: ClaimBatch, taking: Taking) -> Stays:
    """The settled stays of a batch with both of their days."""
    claims = batch.claims
    reason = np.full(len(batch), None, dtype=object)
    reason[batch.diagnoses["claim_index"]] = batch.diagnoses["code"]
    chosen = np.flatnonzero(
        is_text(claims, "benefit_kind", "inpatient")
        & is_text(claims, "kind", SETTLEMENT)
        & (claims["admitted_on"] != MISSING)
        & (claims["discharged_on"] != MISSING)
        & (taking.patient >= 0)
    )
    order = np.lexsort((taking.patient[chosen], claims["admitted_on"][chosen], taking.institution[chosen]))
    rows = chosen[order]
    codes = reason[rows].tolist()
    short = np.array([None if code is None else str(code)[:3] for code in codes] + [None], dtype=object)
    return Stays(
        row=rows,
        patient=taking.patient[rows],
        institution=taking.institution[rows],
        admitted=claims["admitted_on"][rows],
        discharged=claims["discharged_on"][rows],
        known_day=taking.known_day[rows],
        reason=encode(short[:-1])[1][0],
        is_course=np.array([str(code or "").startswith(COURSES) for code in codes], dtype=np.bool_),
        total_fen=claims["total_fen"][rows],
    )
