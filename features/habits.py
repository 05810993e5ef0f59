"""What a person's own earlier settlements say beside the claim: its day, alike ones, a favourite, a rhythm.

One walk over each person's past gives all of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from claims.clock import area_day
from claims.tables import Array
from features.compiled import compiled
from features.items import set_of_items
from features.past import Past, first_from, past
from features.rows import REVERSED, Rows
from features.windows import window

(
    CLAIMS, SAME_AMOUNT, SAME_ITEMS, DOCTOR_TODAY, DOCTORS_TODAY, PLACES_TODAY, AT_TOP_PLACE, WITH_DOCTOR,
    WITH_TOP_DOCTOR, GAPS, GAP_DAYS, GAP_SQUARES,
) = range(12)  # fmt: skip
"""What one walk counts, in the order of its columns."""

ALIKE = "refunds_of_this_amount_count"
"""Reads the person's reversals; everything else reads settlements."""


@compiled
def walk(
    key: Array, s: Array, order: Array, facts: Array,
    q_key: Array, q_t: Array, q_order: Array, q_start: Array, q_facts: Array, places: int, doctors: int,
) -> Array:  # fmt: skip
    """Counts over the settlements of each asked claim's person in a window.

    Args:
        key: m settlements sorted by (key, s, order), their persons.
        s: m settlements, seconds.
        order: m settlements, recorded orders.
        facts: (m, 5) day, place, doctor, total and set of items; -1 is no doctor, 0 no items.
        q_key: n asked claims, their persons.
        q_t: n asked claims, seconds.
        q_order: n asked claims, recorded orders.
        q_start: n asked claims, first second of the window.
        q_facts: (n, 5) as `facts`.
        places: places are numbered below this.
        doctors: likewise doctors.

    Returns:
        (n, 12) int64, see the constants; a gap lies between two days with settlements that follow each other.
    """
    out = np.zeros((q_key.size, 12), np.int64)
    at_place, with_doctor = np.zeros(places, np.int64), np.zeros(doctors, np.int64)
    place_of, doctor_of = np.full(places, -1, np.int64), np.full(doctors, -1, np.int64)
    place_today, doctor_today = np.full(places, -1, np.int64), np.full(doctors, -1, np.int64)
    for q in range(q_key.size):
        event, last_day = first_from(key, s, q_key[q], q_start[q]), np.int64(-1)
        has_last = False
        while event < key.size and key[event] == q_key[q] and s[event] <= q_t[q]:
            if order[event] < q_order[q]:
                day, place, doctor = facts[event, 0], facts[event, 1], facts[event, 2]
                out[q, CLAIMS] += 1
                out[q, SAME_AMOUNT] += facts[event, 3] == q_facts[q, 3]
                out[q, SAME_ITEMS] += facts[event, 4] != 0 and facts[event, 4] == q_facts[q, 4]
                if place_of[place] != q:
                    place_of[place], at_place[place] = q, 0
                at_place[place] += 1
                out[q, AT_TOP_PLACE] = max(out[q, AT_TOP_PLACE], at_place[place])
                if doctor >= 0:
                    if doctor_of[doctor] != q:
                        doctor_of[doctor], with_doctor[doctor] = q, 0
                    with_doctor[doctor] += 1
                    out[q, WITH_DOCTOR] += 1
                    out[q, WITH_TOP_DOCTOR] = max(out[q, WITH_TOP_DOCTOR], with_doctor[doctor])
                if day == q_facts[q, 0]:
                    out[q, PLACES_TODAY] += place_today[place] != q
                    place_today[place] = q
                    if doctor >= 0:
                        out[q, DOCTOR_TODAY] += doctor == q_facts[q, 2]
                        out[q, DOCTORS_TODAY] += doctor_today[doctor] != q
                        doctor_today[doctor] = q
                if has_last and day > last_day:
                    out[q, GAPS] += 1
                    out[q, GAP_DAYS] += day - last_day
                    out[q, GAP_SQUARES] += (day - last_day) ** 2
                last_day, has_last = day, True
            event += 1
    return out


def read_habits(rows: Rows, whats: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Array]:
    """The readings called `whats`, each (name, window), for the asked claims; NaN where the past has nothing to say.

    Returns:
        n float64 for each of `whats`.
    """
    walked = {over: _read_walk(rows, over) for over in {over for name, over in whats if name != ALIKE}}
    return {(name, over): _refunds_alike(rows, over) if name == ALIKE else walked[over][name] for name, over in whats}


def _read_walk(rows: Rows, over: str) -> dict[str, Array]:
    counts = past(rows).back(_walked(rows, past(rows), over)).astype(np.float64)
    gaps, days, squares = counts[:, GAPS], counts[:, GAP_DAYS], counts[:, GAP_SQUARES]
    return {
        "same_amount_count": counts[:, SAME_AMOUNT],
        "same_items_count": counts[:, SAME_ITEMS],
        "same_doctor_today_count": counts[:, DOCTOR_TODAY],
        "doctors_today_count": counts[:, DOCTORS_TODAY],
        "institutions_today_count": counts[:, PLACES_TODAY],
        "top_institution_share": _ratio(counts[:, AT_TOP_PLACE], counts[:, CLAIMS]),
        "top_doctor_share": _ratio(counts[:, WITH_TOP_DOCTOR], counts[:, WITH_DOCTOR]),
        "gap_days_mean": _ratio(days, gaps),
        "gap_days_variation": _ratio(np.sqrt(gaps * squares - days * days), np.where(gaps > 1, days, 0.0)),
    }


def _ratio(above: Array, below: Array) -> Array:
    out = np.full(len(above), np.nan)
    np.divide(above, below, out=out, where=below > 0)
    return out


def _walked(rows: Rows, own: Past, over: str) -> Array:
    facts, t = rows.once("past", "facts", lambda: _facts(rows)), rows.claims["settled_at"]
    counts = (len(rows.numbers(f"{name}_id")[1]) for name in ("institution", "doctor"))
    return walk(
        own.key, own.s, own.order, rows.once("past", "sorted facts", lambda: facts[own.row]),
        rows.keys("patient")[own.asked], t[own.asked], rows.claims["recorded_order"][own.asked],
        window(over).start(t[own.asked]), facts[own.asked], *counts,
    )  # fmt: skip


def _facts(rows: Rows) -> Array:
    columns = (area_day(rows.claims["settled_at"]), rows.keys("institution"), rows.keys("doctor"),
               rows.claims["total_fen"], set_of_items(rows))  # fmt: skip
    return np.ascontiguousarray(np.stack(columns, axis=1))


def _refunds_alike(rows: Rows, over: str) -> Array:
    """How many settlements of this person, place and total were taken back within the window."""
    events = rows.events
    back = np.flatnonzero(events.kind == REVERSED)
    person, place, total = rows.keys("patient"), rows.keys("institution"), rows.claims["total_fen"]
    subject, s, order = events.subject[back], events.s[back], events.order[back]
    by_time = np.lexsort((order, s, person[subject]))
    subject, s, order = subject[by_time], s[by_time], order[by_time]
    at, t = rows.at, rows.claims["settled_at"][rows.at]
    return count_alike(
        person[subject], s, order, place[subject], total[subject],
        person[at], t, rows.claims["recorded_order"][at], window(over).start(t), place[at], total[at],
    )  # fmt: skip


@compiled
def count_alike(
    key: Array, s: Array, order: Array, place: Array, total: Array,
    q_key: Array, q_t: Array, q_order: Array, q_start: Array, q_place: Array, q_total: Array,
) -> Array:  # fmt: skip
    """Rows of the same key, place and total within each window (n,) float64; rows sorted by (key, s)."""
    out = np.zeros(q_key.size)
    for q in range(q_key.size):
        row = first_from(key, s, q_key[q], q_start[q])
        while row < key.size and key[row] == q_key[q] and s[row] <= q_t[q]:
            out[q] += order[row] < q_order[q] and place[row] == q_place[q] and total[row] == q_total[q]
            row += 1
    return out
