"""What a person's own earlier settlements say beside the claim: its day, alike ones, a favourite, a rhythm.

One walk over each person's past gives all of it.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from claims.clock import AREA_OFFSET_SECONDS, DAY
from claims.tables import Array
from features.again import read_again
from features.compiled import compiled
from features.items import set_of_items
from features.past import (
    CLAIM,
    MOMENT,
    OWN_ORDER,
    PERSON,
    PLACE,
    Whats,
    begin,
    events_of_kind,
    first_from,
    past,
    spans,
    windows_of,
)
from features.rows import REVERSED, Rows

NAMES = (
    "same_amount_count", "same_items_count", "same_doctor_today_count", "doctors_today_count",
    "institutions_today_count", "top_institution_share", "top_doctor_share", "gap_days_mean", "gap_days_variation",
    "refunds_of_this_amount_count", "items_again_count",
)  # fmt: skip
(
    SAME_AMOUNT, SAME_ITEMS, DOCTOR_TODAY, DOCTORS_TODAY, PLACES_TODAY, AT_TOP_PLACE, WITH_TOP_DOCTOR, GAP_MEAN,
    GAP_VARIATION, ALIKE, AGAIN,
) = range(len(NAMES))  # fmt: skip
"""What is read; `ALIKE` of the person's reversals, `AGAIN` of the lines, everything else in one walk of settlements."""

TODAY, INSTITUTION, DOCTOR, TOTAL, ITEMS = range(5)
"""Columns of facts; -1 is no doctor, 0 no items."""


def read_habits(rows: Rows, whats: Whats) -> Array:
    """The readings called `whats` for the asked claims; NaN where the past has nothing to say.

    Returns:
        (whats, n) float64.
    """
    overs, places = windows_of(whats, NAMES)
    found = _walked(rows, overs)
    _count_refunds(rows, overs, found[:, ALIKE])
    again = _again(whats)
    if again:
        found[[overs.index(over) for over in again], AGAIN] = read_again(rows, again)
    return np.asarray(found[places])


@cache
def _again(whats: Whats) -> tuple[str, ...]:
    """The windows of items bought again."""
    return tuple([over for name, over in whats if name == NAMES[AGAIN]])


def _walked(rows: Rows, overs: tuple[str, ...]) -> Array:
    own, claims = past(rows), rows.claims
    (places, institutions), (people, doctors) = rows.numbers("institution_id"), rows.numbers("doctor_id")
    facts = facts_of(
        own.rows,
        claims["settled_at"],
        places,
        people,
        claims["total_fen"],
        set_of_items(rows),
        AREA_OFFSET_SECONDS,
        DAY,
    )
    return walk(own.key, own.s, own.order, facts, own.asked, spans(overs), len(institutions), len(doctors))


@compiled
def facts_of(
    rows: Array, s: Array, place: Array, doctor: Array, total: Array, items: Array, offset: int, day: int
) -> Array:
    """The facts of some rows (n, 5): day of the area's calendar, place, doctor, total and set of items."""
    out = np.empty((rows.size, 5), np.int64)
    for one in range(rows.size):
        row = rows[one]
        out[one, TODAY], out[one, INSTITUTION], out[one, DOCTOR] = (s[row] + offset) // day, place[row], doctor[row]
        out[one, TOTAL], out[one, ITEMS] = total[row], items[row]
    return out


@compiled
def walk(
    key: Array, s: Array, order: Array, facts: Array, asked: Array, spans: Array, places: int, doctors: int
) -> Array:
    """Reads the settlements of each asked claim's person in w windows.

    Args:
        key: m settlements sorted by (key, s, order), their persons.
        s: m settlements, seconds.
        order: m settlements, recorded orders.
        facts: (m + n, 5) of the settlements and then of the asked claims.
        asked: (n, 5) claims, see `Past.asked`.
        spans: (w, 3) windows, see `begin`.
        places: places are numbered below this.
        doctors: likewise doctors.

    Returns:
        (w, 11, n) float64, see `NAMES`; a gap lies between two days with settlements that follow each other.
    """
    out = np.zeros((spans.shape[0], len(NAMES), asked.shape[0]))
    at_place, with_doctor = np.full((places, 2), -1, np.int64), np.full((doctors, 2), -1, np.int64)
    place_today, doctor_today = np.full(places, -1, np.int64), np.full(doctors, -1, np.int64)
    for w in range(spans.shape[0]):
        for q in range(asked.shape[0]):
            person, t, r, own = asked[q, PERSON], asked[q, MOMENT], asked[q, OWN_ORDER], facts[key.size + q]
            read, stamp = out[w, :, asked[q, PLACE]], w * asked.shape[0] + q
            claims = top_place = seen_with_doctor = top_doctor = gaps = gap_days = gap_squares = last_day = 0
            event = first_from(key, s, person, begin(t, spans[w]))
            while event < key.size and key[event] == person and s[event] <= t:
                if order[event] < r:
                    day, place, doctor = facts[event, TODAY], facts[event, INSTITUTION], facts[event, DOCTOR]
                    read[SAME_AMOUNT] += facts[event, TOTAL] == own[TOTAL]
                    read[SAME_ITEMS] += facts[event, ITEMS] != 0 and facts[event, ITEMS] == own[ITEMS]
                    top_place = max(top_place, _another(at_place, place, stamp))
                    if doctor >= 0:
                        seen_with_doctor += 1
                        top_doctor = max(top_doctor, _another(with_doctor, doctor, stamp))
                    if day == own[TODAY]:
                        read[PLACES_TODAY] += place_today[place] != stamp
                        place_today[place] = stamp
                        if doctor >= 0:
                            read[DOCTOR_TODAY] += doctor == own[DOCTOR]
                            read[DOCTORS_TODAY] += doctor_today[doctor] != stamp
                            doctor_today[doctor] = stamp
                    if claims > 0 and day > last_day:
                        gaps += 1
                        gap_days += day - last_day
                        gap_squares += (day - last_day) ** 2
                    claims, last_day = claims + 1, day
                event += 1
            read[AT_TOP_PLACE] = top_place / claims if claims > 0 else np.nan
            read[WITH_TOP_DOCTOR] = top_doctor / seen_with_doctor if seen_with_doctor > 0 else np.nan
            read[GAP_MEAN] = gap_days / gaps if gaps > 0 else np.nan
            deviation = np.sqrt(gaps * gap_squares - gap_days * gap_days)
            read[GAP_VARIATION] = deviation / gap_days if gaps > 1 else np.nan
    return out


@compiled
def _another(counts: Array, number: int, stamp: int) -> int:
    """Count one more of a number; `counts` (k, 2) says under which stamp and how many, other stamps count anew."""
    counts[number, 1] = counts[number, 1] + 1 if counts[number, 0] == stamp else 1
    counts[number, 0] = stamp
    return int(counts[number, 1])


def _count_refunds(rows: Rows, overs: tuple[str, ...], out: Array) -> None:
    """How many settlements of this person, place and total were taken back within each window, into `out` (w, n)."""
    events = rows.events
    back = events_of_kind(events, REVERSED)
    if not len(back):
        return
    person, place, total = rows.keys("patient"), rows.keys("institution"), rows.claims["total_fen"]
    subject, s, order = events.subject[back], events.s[back], events.order[back]
    by_time = np.lexsort((order, s, person[subject]))
    subject = subject[by_time]
    count_alike(
        person[subject], s[by_time], order[by_time], place[subject], total[subject], past(rows).asked, place, total,
        spans(overs), out,
    )  # fmt: skip


@compiled
def count_alike(
    key: Array, s: Array, order: Array, place: Array, total: Array, asked: Array, place_of: Array, total_of: Array,
    spans: Array, out: Array,
) -> None:  # fmt: skip
    """Refunds, sorted by (key, s), of the person, place and total of each asked claim in w windows: into (w, n)."""
    for w in range(spans.shape[0]):
        for q in range(asked.shape[0]):
            person, t, of = asked[q, PERSON], asked[q, MOMENT], asked[q, CLAIM]
            row = first_from(key, s, person, begin(t, spans[w]))
            while row < key.size and key[row] == person and s[row] <= t:
                is_alike = place[row] == place_of[of] and total[row] == total_of[of]
                out[w, asked[q, PLACE]] += is_alike and order[row] < asked[q, OWN_ORDER]
                row += 1
