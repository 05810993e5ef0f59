"""Meetings: two cards at one till within minutes of each other, and of the meetings of a pair on one day the first."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numba import njit

from claims.tables import Array
from graphs.surprise import Habits
from graphs.swipes import Swipes

MOST_NEIGHBOURS = 64
"""At most so many following swipes are looked at, so that n swipes give at most 64 n meetings whatever the crowd."""

LEAST_DAYS = 2
"""A pair that met on one day only is chance and is not kept."""

ALL_PASS = np.full(1, 255, dtype=np.uint8)
"""A sketch that says of every pair that it meets again."""


@dataclass(frozen=True)
class Met:
    """m rows, one a pair and day, sorted so.

    Attributes:
        pair_key: one number a pair: the lower patient code times the number of patients, plus the higher one.
        day: the area's day number of the meeting.
        known_day: the day on which both swipes were known.
        nats: how surprising it was.
        first, second: rows of the earlier and of the later swipe.
    """

    pair_key: Array
    day: Array
    known_day: Array
    nats: Array
    first: Array
    second: Array

    def __getitem__(self, rows: Array) -> Met:
        """Some of the rows."""
        return Met(*(getattr(self, each.name)[rows] for each in fields(self)))


def pair_keys(swipes: Swipes, first: Array, second: Array) -> Array:
    """One number a pair, whoever came first."""
    one, other = swipes.patient[first], swipes.patient[second]
    keys: Array = np.minimum(one, other) * np.int64(len(swipes.patient_ids)) + np.maximum(one, other)
    return keys


def meet(swipes: Swipes, habits: Habits, first: Array, second: Array, offset: int = 0) -> Met:
    """Of some meetings the first of each pair and day.

    Args:
        swipes: all swipes of the meetings' places, sorted.
        habits: of these swipes.
        first: rows in `swipes` of the earlier swipes of the meetings, rising.
        second: of the later ones, rising for each first one.
        offset: what is added to the rows, where `swipes` are a part of more.
    """
    known = np.maximum(swipes.known_day[first], swipes.known_day[second])
    nats, day = habits.surprise(first, second), swipes.day[second]
    return first_a_day(Met(pair_keys(swipes, first, second), day, known, nats, first + offset, second + offset))


def first_a_day(met: Met) -> Met:
    """The meeting of each pair and day that was known first; of several the most surprising, then the first in `met`.

    Args:
        met: in any order of pairs and days; equal ones in order of their swipes.
    """
    met = met[np.lexsort((-met.nats, met.known_day, met.day, met.pair_key))]
    return met[is_new(met.pair_key, met.day)]


def that_meet_again(met: Met) -> Met:
    """The rows of pairs that met on at least two days; `met` has one row a pair and day, sorted so."""
    starts = np.flatnonzero(is_new(met.pair_key))
    days = np.diff(starts, append=len(met.pair_key))
    return met[np.repeat(days >= LEAST_DAYS, days)]


def is_new(*columns: Array) -> Array:
    """Marks the first row of each combination in sorted columns."""
    fresh = np.zeros(len(columns[0]), dtype=np.bool_)
    fresh[:1] = True
    for column in columns:
        fresh[1:] |= column[1:] != column[:-1]
    return fresh


def meetings_of_repeated(swipes: Swipes, window: int) -> tuple[Array, Array]:
    """Rows of the two swipes of each meeting of a pair that meets at least twice, sorted by the first one."""
    columns = (swipes.place, swipes.at, swipes.patient, window, MOST_NEIGHBOURS, 0, len(swipes.at))
    total = int(_count(*columns))
    # One counter a pair hash: most pairs at a busy till meet once and need never be written down.
    sketch = np.zeros(1 << min(28, max(10, (8 * total).bit_length())), dtype=np.uint8)
    _walk(*columns, sketch, True)
    first, second = _walk(*columns, sketch, False)
    again = _comes_again(pair_keys(swipes, first, second))  # pairs that shared a counter are not looked at closer
    return first[again], second[again]


def all_meetings(swipes: Swipes, window: int, start: int, stop: int) -> tuple[Array, Array]:
    """Rows of the two swipes of each meeting whose first swipe is in rows [start, stop)."""
    first, second = _walk(
        swipes.place, swipes.at, swipes.patient, window, MOST_NEIGHBOURS, start, stop, ALL_PASS, False
    )
    return first, second


def _comes_again(keys: Array) -> Array:
    """Which of the keys are there more than once."""
    ordered = np.sort(keys)
    again = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    place = np.minimum(np.searchsorted(again, keys), max(len(again) - 1, 0))
    return again[place] == keys if len(again) else np.zeros(len(keys), dtype=np.bool_)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _count(place: Any, at: Any, patient: Any, window: int, most: int, start: int, stop: int) -> int:
    """How many meetings there are."""
    found = 0
    for a in range(start, stop):
        for b in range(a + 1, min(len(at), a + 1 + most)):
            if place[b] != place[a] or at[b] - at[a] > window:
                break
            found += patient[a] != patient[b]
    return found


@njit(cache=True)  # type: ignore[untyped-decorator]
def _walk(
    place: Any, at: Any, patient: Any, window: int, most: int, start: int, stop: int, sketch: Any, fill: bool
) -> tuple[Any, Any]:
    """Visit all meetings: fill the sketch, or write down those of pairs that it saw twice."""
    found = 0
    mask = np.uint64(len(sketch) - 1)
    first, second = np.empty(1024, np.int64), np.empty(1024, np.int64)
    for a in range(start, stop):
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
