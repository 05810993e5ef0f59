"""For each kind of institution and department: doctors' months, lower medians of claims and of mean totals."""

from __future__ import annotations

import numpy as np

from features.closed.cut import Cut, Learned
from features.closed.runs import Runs


def learn(cut: Cut) -> Learned:
    """Months, settlements, mean total in whole fen towards zero."""
    named = (cut.claims["doctor"] >= 0) & (cut.claims["department"] >= 0)
    department, doctor, settled, fen = (cut.claims[name][named] for name in ("department", "doctor", "settled", "fen"))
    months = Runs(department, doctor, settled)
    total, claims, department = months.total(fen), months.sizes, months.of(department)
    mean = np.sign(total) * (np.abs(total) // np.maximum(claims, 1))
    by_claims, by_mean = Runs(department, then=claims), Runs(department, then=mean)
    member = by_claims.of(department)
    values = (by_claims.sizes, by_claims.tenths(claims), by_mean.tenths(mean))
    return Learned([""], cut.texts["department"], [(member * 0, member, values)])
