"""非计划再入院率: which part of the stays that ended in a month had begun soon after another one."""

from __future__ import annotations

import numpy as np

from claims.lookup import Codes
from claims.tables import Array
from rules.indicators.frame import STAYS, Figures, Indicator, Period, added_up
from rules.numbers import read_numbers


def readmissions(period: Period) -> Figures:
    """Stays by the month of their end; a readmission began within 31 days of the end of one at the same institution.

    Treatment that comes back by plan (tumours, dialysis) is no readmission. It looks back, so that the newest month is
    as complete as every other.
    """
    stays = period.stays
    days = read_numbers("indicators")["readmission_days"].on(stays["admitted_on"])
    gap = _days_since_the_last(
        stays["patient_id"], stays["institution_id"], stays["admitted_on"], stays["discharged_on"]
    )
    month = stays["discharged_on"].astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    inside = (month >= period.first_month) & (month <= period.last_month)
    part = ((gap >= 0) & (gap <= days) & ~stays["is_cycle"]).astype(np.int64)
    columns = (stays["institution_id"], month, part, np.ones(len(part), dtype=np.int64))
    return added_up(*(column[inside] for column in columns))


def _days_since_the_last(patient: Array, institution: Array, first: Array, last: Array) -> Array:
    """(s,) days from the latest earlier end of the person's stays there to each stay, -1 for a first stay."""
    gap = np.full(len(first), -1, dtype=np.int64)
    if not len(first):
        return gap
    whose = Codes(zip(patient.tolist(), institution.tolist(), strict=True)).of_rows
    order = np.lexsort((last, first, whose))
    before, own = order[:-1], order[1:]
    same = whose[before] == whose[own]
    # Stays that overlap are one stay in two bills, not a readmission.
    gap[own[same]] = (first[own] - last[before])[same]
    return gap


READMISSION = Indicator("ZB10000205008000", STAYS, readmissions)
