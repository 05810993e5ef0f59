"""A person's stays in hospital that were known before the claim: gaps, overlaps, likeness.

A stay is an inpatient settlement that says both of its days; one that was taken back wholly is gone from then on. Other
kinds of care carry days too in the national tables, so the benefit decides.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from claims.tables import MISSING, Array
from features.compiled import compiled
from features.past import care_day, first_from, past, undone_from
from features.rows import Rows, numbers_of
from features.windows import window

SHORT_GAP_DAYS = 15
"""Areas call a return within 3 to 15 days suspicious; the widest of them misses none."""

NAMES = (
    "days_since_discharge", "days_since_discharge_here", "short_gaps_count", "is_during_stay",
    "claims_during_stays_count", "claims_during_this_stay_count", "same_diagnosis_share",
    "similar_stays_count", "length_against_mean",
)  # fmt: skip
"""What `look` reads, in the order of its columns."""

BEGIN, END, PLACE, DIAGNOSIS, TOTAL, UNDONE, IS_STAY = range(7)
"""Columns of facts. `IS_STAY` is 1 for a stay, 0 for other care and -1 for inpatient care that lacks a day; what is no
stay begins on its day of care."""


def read_stays(rows: Rows, whats: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Array]:
    """The readings called `whats`, each (name, window), for the asked claims; NaN where the past has nothing to say.

    Returns:
        n float64 for each of `whats`.
    """
    seen = {over: past(rows).back(_looked(rows, over)) for over in {over for _, over in whats}}
    return {(name, over): seen[over][:, NAMES.index(name)] for name, over in whats}


def stay_days(rows: Rows) -> Array:
    """Days from admission to discharge, a stay within one day counts as one; zero for other claims (m,)."""
    facts = _facts(rows)
    return np.where(facts[:, IS_STAY] == 1, np.maximum(1, facts[:, END] - facts[:, BEGIN]), 0)


def _looked(rows: Rows, over: str) -> Array:
    own, facts, t = past(rows), _facts(rows), rows.claims["settled_at"]
    every, is_stay = facts[own.row], facts[own.row, IS_STAY] == 1
    return look(
        own.key, own.s, own.order, every, own.key[is_stay], own.s[is_stay], own.order[is_stay], every[is_stay],
        rows.keys("patient")[own.asked], t[own.asked], rows.claims["recorded_order"][own.asked],
        window(over).start(t[own.asked]), facts[own.asked],
    )  # fmt: skip


def _facts(rows: Rows) -> Array:
    return rows.once("stays", "facts", lambda: _make_facts(rows))  # type: ignore[no-any-return]


def _make_facts(rows: Rows) -> Array:
    claims, care = rows.claims, care_day(rows)
    first, last = claims["admitted_on"], claims["discharged_on"]
    kinds, codes = rows.numbers("benefit_kind")
    inpatient = kinds == codes.get("inpatient", -2)
    is_stay = inpatient & (first != MISSING) & (last >= first)
    columns = (np.where(is_stay, first, care), np.where(is_stay, last, care), rows.keys("institution"),
               main_diagnosis(rows), claims["total_fen"], undone_from(rows),
               np.where(is_stay, 1, np.where(inpatient, -1, 0)))  # fmt: skip
    return np.ascontiguousarray(np.stack([column.astype(np.int64) for column in columns], axis=1))


def main_diagnosis(rows: Rows) -> Array:
    """The first main diagnosis of each claim as a number, -1 where none is named (m,)."""
    listed = rows.batch.diagnoses
    main = np.flatnonzero(listed["is_main"])[::-1]  # the first of a claim is written last
    found = np.full(len(rows.is_settlement), -1, dtype=np.int64)
    found[listed["claim_index"][main]] = numbers_of(listed, "code")[0][main]
    return found


@compiled
def look(
    key: Array, s: Array, order: Array, facts: Array, stay_key: Array, stay_s: Array, stay_order: Array, stays: Array,
    q_key: Array, q_t: Array, q_order: Array, q_start: Array, q_facts: Array,
) -> Array:  # fmt: skip
    """The readings of `NAMES` for n asked claims; settlements and stays are sorted by (key, s, order).

    Returns:
        (n, 9) float64.
    """
    out = np.zeros((q_key.size, 9))
    known = np.empty(stay_key.size, np.int64)
    for q in range(q_key.size):
        own, is_stay = q_facts[q], q_facts[q, IS_STAY] == 1
        out[q, 0], out[q, 1], out[q, 8] = np.nan, np.nan, np.nan
        count, stay = 0, first_from(stay_key, stay_s, q_key[q], q_start[q])
        while stay < stay_key.size and stay_key[stay] == q_key[q] and stay_s[stay] <= q_t[q]:
            if stay_order[stay] < q_order[q] and stays[stay, UNDONE] >= q_order[q]:
                known[count] = stay
                count += 1
            stay += 1
        if count > 0:
            _compare(stays, known[:count], own, is_stay, out[q])
        if count > 0 or is_stay:
            event = first_from(key, s, q_key[q], q_start[q])
            while event < key.size and key[event] == q_key[q] and s[event] <= q_t[q]:
                if order[event] < q_order[q] and facts[event, UNDONE] >= q_order[q] and facts[event, IS_STAY] == 0:
                    day = facts[event, BEGIN]
                    out[q, 4] += _is_inside(stays, known[:count], day)
                    out[q, 5] += is_stay and own[BEGIN] < day and day < own[END]
                event += 1
    return out


@compiled
def _is_inside(stays: Array, known: Array, day: int) -> bool:
    """Strictly between admission and discharge: on both of these days a person may rightly be elsewhere."""
    inside = False
    for stay in known:
        inside |= stays[stay, BEGIN] < day and day < stays[stay, END]
    return inside


@compiled
def _compare(stays: Array, known: Array, own: Array, is_stay: bool, out: Array) -> None:
    alike, days = 0, 0
    for stay in known:
        gap = own[BEGIN] - stays[stay, END]
        if gap >= 0 and not gap >= out[0]:
            out[0] = gap
        if gap >= 0 and stays[stay, PLACE] == own[PLACE] and not gap >= out[1]:
            out[1] = gap
        out[2] += _follows_closely(stays, known, stay)
        same = own[DIAGNOSIS] >= 0 and stays[stay, DIAGNOSIS] == own[DIAGNOSIS]
        alike += same
        if is_stay and same and abs(stays[stay, TOTAL] - own[TOTAL]) * 10 <= own[TOTAL]:
            out[7] += 1
        days += max(1, stays[stay, END] - stays[stay, BEGIN])
    out[3] = _is_inside(stays, known, own[BEGIN])
    if is_stay:
        out[6] = alike / known.size
        out[8] = max(1, own[END] - own[BEGIN]) * known.size / days


@compiled
def _follows_closely(stays: Array, known: Array, stay: int) -> bool:
    """Whether another known stay at the same place ended shortly before this one began."""
    found = False
    for other in known:
        gap = stays[stay, BEGIN] - stays[other, END]
        is_here = other != stay and stays[other, PLACE] == stays[stay, PLACE]
        found |= is_here and gap >= 0 and gap <= SHORT_GAP_DAYS
    return found
