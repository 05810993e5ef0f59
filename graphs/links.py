"""Links: which two patients swiped together, on which days, and how surprising that was."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from claims.tables import Array
from graphs.surprise import surprise
from graphs.swipes import Swipes

WINDOW_SECONDS = 900
"""Two swipes within a quarter of an hour are together: one hand with a dozen cards needs that long. Strangers whom the
till serves meanwhile are told from them by how surprising it is that they meet again."""

MOST_NEIGHBOURS = 64
"""At most so many following swipes are looked at, so that n swipes give at most 64 n meetings whatever the crowd."""

LEAST_DAYS = 2
"""A pair that met on one day only is chance and is not kept."""


@dataclass(frozen=True)
class JointDays:
    """m rows, one a pair and day on which both swiped together; sorted by pair and day.

    Attributes:
        pair: 0..p-1, index into `left` and `right`.
        day: the area's day number of the meeting.
        known_day: the day on which both swipes were known.
        place: place code of the meeting.
        left_row, right_row: the claims' rows in the batch.
        surprise: nats.
        left, right: (p,) patient codes of each pair, left < right.
    """

    pair: Array
    day: Array
    known_day: Array
    place: Array
    left_row: Array
    right_row: Array
    surprise: Array
    left: Array
    right: Array


def find_joint_days(swipes: Swipes, window: int = WINDOW_SECONDS) -> JointDays:
    """All pairs of patients who swiped together on at least two days.

    Args:
        swipes: sorted swipes; without time of day the whole day at a place is one moment.
        window: seconds.
    """
    first, second = _meetings(swipes, window if swipes.has_time else 0)
    swap = swipes.patient[first] > swipes.patient[second]
    left_end, right_end = np.where(swap, second, first), np.where(swap, first, second)
    pair_key = _pair_keys(swipes, first, second)
    nats = surprise(swipes, first, second, window)
    day, known = swipes.day[second], np.maximum(swipes.known_day[first], swipes.known_day[second])
    order = np.lexsort((-nats, known, day, pair_key))  # stable: of equal ones the first meeting stays first
    order = order[_is_new(pair_key[order], day[order])]
    pair_key = pair_key[order]
    starts = np.flatnonzero(_is_new(pair_key))
    days = np.diff(starts, append=len(pair_key))
    founders = order[starts[days >= LEAST_DAYS]]
    keep = np.repeat(days >= LEAST_DAYS, days)
    new_pair = np.repeat(np.cumsum(days >= LEAST_DAYS) - 1, days)
    order = order[keep]
    return JointDays(
        pair=new_pair[keep],
        day=swipes.day[second[order]],
        known_day=known[order],
        place=swipes.place[first[order]],
        left_row=swipes.row[left_end[order]],
        right_row=swipes.row[right_end[order]],
        surprise=nats[order],
        left=swipes.patient[left_end[founders]],
        right=swipes.patient[right_end[founders]],
    )


def _is_new(*columns: Array) -> Array:
    """Marks the first row of each combination in sorted columns."""
    fresh = np.zeros(len(columns[0]), dtype=np.bool_)
    fresh[:1] = True
    for column in columns:
        fresh[1:] |= column[1:] != column[:-1]
    return fresh


def _meetings(swipes: Swipes, window: int) -> tuple[Array, Array]:
    """Rows of the two swipes of each meeting of a pair that meets at least twice, sorted by the first one."""
    columns = (swipes.place, swipes.at, swipes.patient, window, MOST_NEIGHBOURS)
    total = int(_count(*columns))
    # One counter a pair hash: most pairs at a busy till meet once and need never be written down.
    sketch = np.zeros(1 << min(28, max(10, (8 * total).bit_length())), dtype=np.uint8)
    _walk(*columns, sketch, True)
    first, second = _walk(*columns, sketch, False)
    again = _comes_again(_pair_keys(swipes, first, second))  # pairs that shared a counter are not looked at closer
    return first[again], second[again]


def _pair_keys(swipes: Swipes, first: Array, second: Array) -> Array:
    """One number a pair, whoever came first."""
    one, other = swipes.patient[first], swipes.patient[second]
    keys: Array = np.minimum(one, other) * np.int64(len(swipes.patient_ids)) + np.maximum(one, other)
    return keys


def _comes_again(keys: Array) -> Array:
    """Which of the keys are there more than once."""
    ordered = np.sort(keys)
    again = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    place = np.minimum(np.searchsorted(again, keys), max(len(again) - 1, 0))
    return again[place] == keys if len(again) else np.zeros(len(keys), dtype=np.bool_)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _count(place: Any, at: Any, patient: Any, window: int, most: int) -> int:
    """How many meetings there are."""
    found = 0
    for a in range(len(at)):
        for b in range(a + 1, min(len(at), a + 1 + most)):
            if place[b] != place[a] or at[b] - at[a] > window:
                break
            found += patient[a] != patient[b]
    return found


@njit(cache=True)  # type: ignore[untyped-decorator]
def _walk(place: Any, at: Any, patient: Any, window: int, most: int, sketch: Any, fill: bool) -> tuple[Any, Any]:
    """Visit all meetings: fill the sketch, or write down those of pairs that it saw twice."""
    found = 0
    mask = np.uint64(len(sketch) - 1)
    first, second = np.empty(1024, np.int64), np.empty(1024, np.int64)
    for a in range(len(at)):
        for b in range(a + 1, min(len(at), a + 1 + most)):
            if place[b] != place[a] or at[b] - at[a] > window:
                break
            if patient[a] == patient[b]:
                continue
            low, high = min(patient[a], patient[b]), max(patient[a], patient[b])
            mixed = np.uint64(low) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(high) * np.uint64(0xC2B2AE3D27D4EB4F)
            slot = (mixed ^ (mixed >> np.uint64(29))) & mask
            if fill:
                sketch[slot] = min(sketch[slot] + 1, 255)
            elif sketch[slot] >= 2:
                if found == len(first):
                    first = np.concatenate((first, np.empty_like(first)))
                    second = np.concatenate((second, np.empty_like(second)))
                first[found], second[found] = a, b
                found += 1
    return first[:found], second[:found]
