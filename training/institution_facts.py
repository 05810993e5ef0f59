"""The claims of many institutions laid out by institution, and the few sums that its columns are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from claims.batch import ClaimBatch, take
from claims.clock import area_day
from claims.tables import MISSING, SETTLEMENT, Array, Columns

DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class Facts:
    """m settlements of g institutions.

    Attributes:
        ids: (g,) institution ids, sorted.
        of: (m,) row of the institution of each settlement.
        claims: columns of `CLAIMS`, m rows: settlements without those taken back wholly.
        diagnoses: (d,) row of the settlement and code of each of its diagnoses.
        age_years: (m,) at settlement; not a number where the birth date is unknown.
        conditions: (m,) registered chronic conditions of the patient.
        has_died: (m,) whether the register knows a date of death by the end of the claims.
        area: (m,) code of the area in which the patient is insured, None unknown.
    """

    ids: Array
    of: Array
    claims: Columns
    diagnoses: tuple[Array, Array]
    age_years: Array
    conditions: Array
    has_died: Array
    area: Array

    def count(self, where: Array | None = None) -> Array:
        """(g,) settlements, or those for which `where` holds."""
        return np.bincount(self.of if where is None else self.of[where], minlength=len(self.ids)).astype(np.float64)

    def total(self, values: Array) -> Array:
        """(g,) sum of (m,) values; those that are not a number count as nothing."""
        return np.bincount(self.of, weights=np.nan_to_num(values), minlength=len(self.ids))

    def mean(self, values: Array) -> Array:
        """(g,) mean of the values that are numbers, 0 where there are none."""
        return divide(self.total(values), self.count(~np.isnan(values)))

    def spread(self, values: Array) -> Array:
        """(g,) standard deviation of the values that are numbers, 0 where there are none."""
        centred = values - self.mean(values)[self.of]
        return np.sqrt(self.mean(centred * centred))

    def largest(self, values: Array) -> Array:
        """(g,) largest value, 0 where none is above it."""
        most = np.zeros(len(self.ids))
        np.maximum.at(most, self.of, np.nan_to_num(values))
        return most

    def share(self, where: Array) -> Array:
        """(g,) share of the settlements for which `where` holds."""
        return divide(self.count(where), self.count())

    def distinct(self, names: Array) -> Array:
        """(g,) how many different names, None left out."""
        return _distinct(self.of, names, len(self.ids))

    def distinct_diagnoses(self) -> Array:
        """(g,) how many different diagnosis codes."""
        rows, codes = self.diagnoses
        return _distinct(self.of[rows], codes, len(self.ids))

    def most_common_share(self, names: Array) -> Array:
        """(g,) share of the settlements that carry the institution's most common name or value."""
        known = np.flatnonzero([name is not None for name in names.tolist()])
        _, code = np.unique(names[known].astype(str), return_inverse=True)
        pairs, times = np.unique(np.stack([self.of[known], code], axis=1), axis=0, return_counts=True)
        most = np.zeros(len(self.ids))
        np.maximum.at(most, pairs[:, 0], times.astype(np.float64))
        return divide(most, self.count())


def divide(above: Array, below: Array) -> Array:
    """Quotient, 0 where the divisor is 0."""
    return np.divide(above, below, out=np.zeros(len(above)), where=below != 0)


def gather(batch: ClaimBatch, patients: Columns) -> Facts:
    """Lay out the settlements of a batch by institution.

    Settlements that one reversal takes back wholly are left out, and so are the reversals themselves.

    Args:
        batch: claims with diagnoses; lines are not looked at.
        patients: columns of `PATIENTS`.
    """
    kept = np.flatnonzero((batch.claims["kind"] == SETTLEMENT) & ~_taken_back(batch.claims))
    claims = take(batch.claims, kept)
    ids, of = np.unique(claims["institution_id"].astype(str), return_inverse=True)
    new_row = np.full(len(batch), -1, dtype=np.int64)
    new_row[kept] = np.arange(len(kept))
    rows = new_row[batch.diagnoses["claim_index"]]
    person = {name: row for row, name in enumerate(patients["patient_id"].tolist())}
    of_person = np.array([person.get(name, -1) for name in claims["patient_id"].tolist()], dtype=np.int64)
    return Facts(
        ids.astype(object),
        of,
        claims,
        (rows[rows >= 0], batch.diagnoses["code"][rows >= 0]),
        _ages(claims, patients, of_person),
        _conditions(patients, of_person),
        _looked_up(patients["died_on"] != MISSING, of_person, default=False),
        _looked_up(patients["area"], of_person, default=None),
    )


def _taken_back(claims: Columns) -> Array:
    reversals = np.flatnonzero(claims["reverses_claim_id"] != None)  # noqa: E711  # element by element
    taken = {(claims["reverses_claim_id"][row], -int(claims["total_fen"][row])) for row in reversals.tolist()}
    pairs = zip(claims["claim_id"].tolist(), claims["total_fen"].tolist(), strict=True)
    return np.array([pair in taken for pair in pairs], dtype=np.bool_)


def _ages(claims: Columns, patients: Columns, of_person: Array) -> Array:
    born = _looked_up(patients["born_on"], of_person, default=MISSING)
    days = area_day(claims["settled_at"])
    return np.where(born == MISSING, np.nan, (days - np.where(born == MISSING, 0, born)) / DAYS_PER_YEAR)


def _conditions(patients: Columns, of_person: Array) -> Array:
    counts = [len(text.split(",")) if text else 0 for text in patients["chronic_conditions"].tolist()]
    return _looked_up(np.array(counts, dtype=np.float64), of_person, default=np.nan)


def _looked_up(values: Array, rows: Array, default: Any) -> Array:  # of the column's own type
    if not len(values):
        return np.full(len(rows), default)
    return np.where(rows >= 0, values[rows], default)


def _distinct(of: Array, names: Array, groups: int) -> Array:
    known = np.array([name is not None for name in names.tolist()], dtype=np.bool_)
    _, code = np.unique(names[known].astype(str), return_inverse=True)
    pairs = np.unique(np.stack([of[known], code], axis=1), axis=0)
    return np.bincount(pairs[:, 0], minlength=groups).astype(np.float64)
