"""A person's stays in hospital that were known before the claim: gaps, overlaps, likeness.

A stay is an inpatient settlement that says both of its days; one that was taken back wholly is gone from then on. Other
kinds of care carry days too in the national tables, so the benefit decides.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from claims.clock import AREA_OFFSET_SECONDS, DAY
from claims.lazy import numbers_of
from claims.tables import MISSING, Array
from features.compiled import compiled
from features.past import (
    MOMENT,
    OWN_ORDER,
    PERSON,
    PLACE,
    Readings,
    Whats,
    begin,
    first_from,
    past,
    spans,
    undone_from,
    windows_of,
)
from features.rows import Rows

SHORT_GAP_DAYS = 15
"""Areas call a return within 3 to 15 days suspicious; the widest of them misses none."""

NAMES = (
    "days_since_discharge", "days_since_discharge_here", "short_gaps_count", "is_during_stay",
    "claims_during_stays_count", "claims_during_this_stay_count", "same_diagnosis_share",
    "similar_stays_count", "length_against_mean",
)  # fmt: skip
SINCE, SINCE_HERE, SHORT_GAPS, INSIDE, OTHERS, OTHERS_NOW, SAME_SHARE, SIMILAR, AGAINST_MEAN = range(len(NAMES))
"""What is read; all of it is empty where nobody was in hospital."""

BEGIN, END, HOSPITAL, DIAGNOSIS, TOTAL, UNDONE, IS_STAY = range(7)
"""Columns of facts. `IS_STAY` is 1 for a stay, 0 for other care and -1 for inpatient care that lacks a day; what is no
stay begins on its day of care."""


def read_stays(rows: Rows, whats: Whats) -> Array:
    """The readings called `whats` for the asked claims; NaN where the past has nothing to say.

    Returns:
        (whats, n) float64.
    """
    own, (overs, places, is_whole) = past(rows), _windows(whats)
    found = np.zeros((len(overs), len(NAMES), len(rows.at)))
    found[:, [SINCE, SINCE_HERE, AGAINST_MEAN]] = np.nan
    is_stay = _is_stay(rows)
    if is_stay.any():
        look(own.key, own.s, own.order, _facts(rows, own.rows, is_stay), own.asked, spans(overs), is_whole, found)
    return np.asarray(found[places])


@cache
def _windows(whats: Whats) -> tuple[tuple[str, ...], Readings, Array]:
    """As `windows_of`, and of which windows more is asked than the days since a discharge."""
    overs, places = windows_of(whats, NAMES)
    more = {over for name, over in whats if name not in (NAMES[SINCE], NAMES[SINCE_HERE])}
    return overs, places, np.array([over in more for over in overs], dtype=np.bool_)


def stay_days(rows: Rows) -> Array:
    """Days from admission to discharge, a stay within one day counts as one; zero for other claims (m,)."""
    first, last = rows.claims["admitted_on"], rows.claims["discharged_on"]
    return np.where(_is_stay(rows), np.maximum(1, last - first), 0)


def _is_stay(rows: Rows) -> Array:
    """Which claims are stays (m,); days of admission are not looked at where nobody was in hospital."""
    kinds, codes = rows.numbers("benefit_kind")
    if "inpatient" not in codes:
        return np.zeros(len(kinds), dtype=np.bool_)
    first, last = rows.claims["admitted_on"], rows.claims["discharged_on"]
    return np.asarray((kinds == codes["inpatient"]) & (first != MISSING) & (last >= first))


def _facts(rows: Rows, chosen: Array, is_stay: Array) -> Array:
    claims, (kinds, codes) = rows.claims, rows.numbers("benefit_kind")
    return facts_of(
        chosen, is_stay, kinds, codes["inpatient"], claims["admitted_on"], claims["discharged_on"],
        claims["served_at"], claims["settled_at"], rows.keys("institution"), main_diagnosis(rows, is_stay),
        claims["total_fen"], undone_from(rows), AREA_OFFSET_SECONDS, DAY,
    )  # fmt: skip


@compiled
def facts_of(
    rows: Array, is_stay: Array, kind: Array, inpatient: int, admitted: Array, discharged: Array, served: Array,
    settled: Array, place: Array, diagnosis: Array, total: Array, undone: Array, offset: int, day: int,
) -> Array:  # fmt: skip
    """The facts of some rows (n, 7); care that does not say its moment was given when it was settled."""
    out = np.empty((rows.size, 7), np.int64)
    for one in range(rows.size):
        row = rows[one]
        if is_stay[row]:
            out[one, BEGIN], out[one, END] = admitted[row], discharged[row]
        else:
            care = (settled[row] if served[row] == MISSING else served[row]) + offset
            out[one, BEGIN], out[one, END] = care // day, care // day
        out[one, HOSPITAL], out[one, DIAGNOSIS], out[one, TOTAL] = place[row], diagnosis[row], total[row]
        out[one, UNDONE] = undone[row]
        out[one, IS_STAY] = 1 if is_stay[row] else -1 if kind[row] == inpatient else 0
    return out


def main_diagnosis(rows: Rows, wanted: Array) -> Array:
    """The first main diagnosis of each claim that is wanted as a number, -1 where none is named (m,)."""
    listed, found = rows.batch.diagnoses, np.full(len(wanted), -1, dtype=np.int64)
    main = np.flatnonzero(listed["is_main"] & wanted[listed["claim_index"]])[::-1]  # the first of a claim comes last
    found[listed["claim_index"][main]] = numbers_of(listed, "code")[0][main]
    return found


@compiled
def look(
    key: Array, s: Array, order: Array, facts: Array, asked: Array, spans: Array, is_whole: Array, out: Array
) -> None:
    """The readings of `NAMES` in w windows.

    Args:
        key: m settlements sorted by (key, s, order), their persons.
        s: m settlements, seconds.
        order: m settlements, recorded orders.
        facts: (m + n, 7) of the settlements and then of the asked claims.
        asked: (n, 5) claims, see `Past.asked`.
        spans: (w, 3) windows, see `begin`.
        is_whole: (w,) whether everything is read of a window, or only the days since a discharge.
        out: (w, 9, n) float64, empty readings; takes what there is.
    """
    stays = np.flatnonzero(facts[: key.size, IS_STAY] == 1)
    stay_key, stay_s, known = key[stays], s[stays], np.empty(stays.size, np.int64)
    for w in range(spans.shape[0]):
        for q in range(asked.shape[0]):
            person, t, r, own = asked[q, PERSON], asked[q, MOMENT], asked[q, OWN_ORDER], facts[key.size + q]
            read, start, is_stay = out[w, :, asked[q, PLACE]], begin(t, spans[w]), own[IS_STAY] == 1
            count, stay = 0, first_from(stay_key, stay_s, person, start)
            while stay < stays.size and stay_key[stay] == person and stay_s[stay] <= t:
                if order[stays[stay]] < r and facts[stays[stay], UNDONE] >= r:
                    known[count] = stays[stay]
                    count += 1
                stay += 1
            _since(facts, known[:count], own, read)
            if count > 0 and is_whole[w]:
                _compare(facts, known[:count], own, is_stay, read)
            if is_whole[w] and (count > 0 or is_stay):
                event = first_from(key, s, person, start)
                while event < key.size and key[event] == person and s[event] <= t:
                    if order[event] < r and facts[event, UNDONE] >= r and facts[event, IS_STAY] == 0:
                        day = facts[event, BEGIN]
                        read[OTHERS] += _is_inside(facts, known[:count], day)
                        read[OTHERS_NOW] += is_stay and own[BEGIN] < day and day < own[END]
                    event += 1


@compiled
def _is_inside(stays: Array, known: Array, day: int) -> bool:
    """Strictly between admission and discharge: on both of these days a person may rightly be elsewhere."""
    inside = False
    for stay in known:
        inside |= stays[stay, BEGIN] < day and day < stays[stay, END]
    return inside


@compiled
def _since(stays: Array, known: Array, own: Array, read: Array) -> None:
    for stay in known:
        gap = own[BEGIN] - stays[stay, END]
        if gap >= 0 and not gap >= read[SINCE]:
            read[SINCE] = gap
        if gap >= 0 and stays[stay, HOSPITAL] == own[HOSPITAL] and not gap >= read[SINCE_HERE]:
            read[SINCE_HERE] = gap


@compiled
def _compare(stays: Array, known: Array, own: Array, is_stay: bool, read: Array) -> None:
    alike, days = 0, 0
    for stay in known:
        read[SHORT_GAPS] += _follows_closely(stays, known, stay)
        same = own[DIAGNOSIS] >= 0 and stays[stay, DIAGNOSIS] == own[DIAGNOSIS]
        alike += same
        if is_stay and same and abs(stays[stay, TOTAL] - own[TOTAL]) * 10 <= own[TOTAL]:
            read[SIMILAR] += 1
        days += max(1, stays[stay, END] - stays[stay, BEGIN])
    read[INSIDE] = _is_inside(stays, known, own[BEGIN])
    if is_stay:
        read[SAME_SHARE] = alike / known.size
        read[AGAINST_MEAN] = max(1, own[END] - own[BEGIN]) * known.size / days


@compiled
def _follows_closely(stays: Array, known: Array, stay: int) -> bool:
    """Whether another known stay at the same place ended shortly before this one began."""
    found = False
    for other in known:
        gap = stays[stay, BEGIN] - stays[other, END]
        is_here = other != stay and stays[other, HOSPITAL] == stays[stay, HOSPITAL]
        found |= is_here and gap >= 0 and gap <= SHORT_GAP_DAYS
    return found
