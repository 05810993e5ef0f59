"""For each doctor: patients, and how many of them bought at the one pharmacy where most did; at each: how many did."""

from __future__ import annotations

import numpy as np

from claims.tables import Array
from features.closed.cut import EVERYTHING, Cut, Learned
from features.closed.runs import Runs, paired


def learn(cut: Cut) -> Learned:
    """Patients (0 on the page of a pharmacy) and how many of them bought there."""
    claims = cut.claims
    is_pharmacy = np.array([text.startswith("pharmacy|") for text in (*cut.texts["peers"], "")])[claims["peers"]]
    seen_by, seen = _different(claims["doctor"], claims["patient"], claims["doctor"] >= 0)
    bought_at, bought = _different(claims["institution"], claims["patient"], is_pharmacy)
    first, second = paired(bought, seen)
    at, by = bought_at[first], seen_by[second]
    shared, doctors = Runs(at, by), Runs(seen_by)
    doctor, count = shared.of(by), shared.sizes
    most = np.zeros(len(cut.texts["doctor"]), dtype=np.int64)
    np.maximum.at(most, doctor, count)
    member = doctors.of(seen_by)
    parts = (
        (np.full(len(member), EVERYTHING), member, (doctors.sizes, most[member])),
        (shared.of(at), doctor, (np.zeros_like(count), count)),
    )
    return Learned(cut.texts["institution"], cut.texts["doctor"], parts)


def _different(other: Array, patient: Array, chosen: Array) -> tuple[Array, Array]:
    """The different pairs among the chosen rows, sorted by patient."""
    other, patient = other[chosen], patient[chosen]
    runs = Runs(patient, other)
    return runs.of(other), runs.of(patient)
