"""How many of a doctor's patients buy at one and the same pharmacy, as three months of claims taught."""

from __future__ import annotations

import numpy as np

from claims.tables import Array
from features.closed.asked import EVERYWHERE
from features.closed.search import Sheets, find, month_at
from features.closed.smooth import PRIOR
from features.closed.tables import PRESCRIBERS, TABLES
from features.compiled import compiled
from features.rows import Rows

SHARED = ("doctor_patients_at_one_pharmacy_share", "doctor_patients_at_this_pharmacy_share")
"""What `share` reads, in the order of its rows."""

_PRESCRIBERS, _WIDTH = TABLES.index(PRESCRIBERS), len(PRESCRIBERS.values)


def read_shared(rows: Rows) -> Array:
    """The readings of `SHARED` for the n asked claims (2, n)."""
    tables, (doctor, doctors) = rows.closed, rows.numbers("doctor_id")
    institution, institutions = rows.numbers("institution_id")
    return share(
        _PRESCRIBERS, _WIDTH, PRIOR, rows.at, rows.claims["known_at"], doctor, tables.members(doctors), institution,
        tables.pages(PRESCRIBERS, (*institutions, EVERYWHERE)), *tables.sheets,
    )  # fmt: skip


@compiled
def share(
    table: int, width: int, prior: int, at: Array, known_at: Array, doctor: Array, member: Array, institution: Array,
    page: Array, *pages: Array,
) -> Array:  # fmt: skip
    """The parts of the patients of the asked claims' doctors who bought at one pharmacy.

    Args:
        table: the number of `PRESCRIBERS`.
        width: how many values it has.
        prior: of few patients all may well go to one place, so so many who do not stand beside them.
        at: n asked claims among m.
        known_at: (m,) seconds.
        doctor: (m,) places in `member`, -1 for none.
        member: the member of each doctor.
        institution: (m,) places in `page`.
        page: the page of each institution; the last one is that of all.
        *pages: the arrays of `Sheets`.

    Returns:
        (2, n) float64: where most of them did, and where the claim is settled; zero where that is no pharmacy.
    """
    sheets = Sheets(*pages)
    out = np.zeros((2, at.size))
    for claim in range(at.size):
        row = at[claim]
        month, who = month_at(sheets, table, known_at[row]), member[doctor[row]] if doctor[row] >= 0 else -1
        everywhere = find(sheets, month, page[-1], who, width)
        here = find(sheets, month, page[institution[row]], who, width)
        for side, found in enumerate((everywhere, here)):
            out[side, claim] = sheets.values[found + 1] / (sheets.values[everywhere] + prior)
    return out
