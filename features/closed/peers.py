"""Amounts beside those of peers: claims, doctors, institutions and persons of the same kind."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from claims.tables import Array
from features.closed.asked import age_band, benefit, department, everywhere, known_at, main_diagnosis, peers, sex
from features.closed.lookup import Keys
from features.closed.smooth import PRIOR
from features.closed.tables import AMOUNTS, DOCTORS, INSTITUTIONS, MIXES, PATIENTS, ClosedTable
from features.rows import Rows

THOUSANDTHS = 1_000


def amount_against_peers(rows: Rows) -> Array:
    """The total divided by the median of the same benefit at institutions of the same kind and level."""
    median = _of_all(rows, AMOUNTS, benefit(rows).joined(peers(rows)))[:, 1]
    return _over(rows, median)


def amount_against_expected(rows: Rows) -> Array:
    """The total divided by the mean of the same case mix, drawn towards the mean without the diagnosis."""
    mix = benefit(rows).joined(age_band(rows)).joined(peers(rows))
    coarse = _of_all(rows, MIXES, mix)
    fine = rows.closed.read(MIXES, known_at(rows), main_diagnosis(rows), mix)
    mean = np.divide(coarse[:, 1], coarse[:, 0], out=np.zeros(len(coarse)), where=coarse[:, 0] > 0)
    return _over(rows, (fine[:, 1] + PRIOR * mean) / (fine[:, 0] + PRIOR))


def _over(rows: Rows, usual: Array) -> Array:
    total = rows.claims["total_fen"][rows.at]
    return np.divide(total, usual, out=np.ones(len(total)), where=usual > 0)


def _of_all(rows: Rows, table: ClosedTable, member: Keys) -> Array:
    return rows.closed.read(table, known_at(rows), everywhere(len(rows.at)), member)


def _peer(table: ClosedTable, value: str, keys: Callable[[Rows], Keys], unit: int = 1) -> Callable[[Rows], Array]:
    column = table.values.index(value)

    def read(rows: Rows) -> Array:
        found: Array = rows.once("closed", table.name, lambda: _of_all(rows, table, keys(rows)))
        return found[:, column] / unit

    return read


def _sex_and_age(rows: Rows) -> Keys:
    return sex(rows).joined(age_band(rows))


PEERS: dict[str, Callable[[Rows], Array]] = {
    "peers_doctor_claims_count": _peer(DOCTORS, "claims", department),
    "peers_doctor_amount_mean": _peer(DOCTORS, "mean", department),
    "peers_institution_claims_count": _peer(INSTITUTIONS, "claims", peers),
    "peers_institution_amount_mean": _peer(INSTITUTIONS, "mean", peers),
    "peers_institution_amount_sum": _peer(INSTITUTIONS, "fen", peers),
    "peers_institution_claims_per_patient": _peer(INSTITUTIONS, "per_patient", peers, THOUSANDTHS),
    "peers_patient_claims_count": _peer(PATIENTS, "claims", _sex_and_age),
    "peers_patient_amount_sum": _peer(PATIENTS, "fen", _sex_and_age),
}
"""What the peers of each claim's doctor, institution or patient have, zero where nothing is known: (n,) float64."""
