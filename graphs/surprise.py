"""How surprising it is that two of a place's own customers meet there."""

import numpy as np

from claims.clock import AREA_OFFSET_SECONDS, HOUR
from claims.tables import Array
from graphs.codes import DayCounts, distinct
from graphs.swipes import Swipes

MEMORY_DAYS = 180
"""How far back a place's habits are learned, by the day on which the swipes became known."""

GRAIN = 1024
"""Surprise is cut to 1/1024 nat, so that its sums are exact in any order."""


def surprise(swipes: Swipes, first: Array, second: Array, window: int) -> Array:
    """Surprise of each meeting in nats, not below zero.

    The chance that a given customer stands beside another one is (people within the window) x (the customer's share
    of the place's swipes). People: the larger of the place's usual number at this hour and the crowd really there, so
    that a market day explains its own meetings. Share: of the more frequent of the two, so that regulars explain
    theirs. All from what was known when the meeting became known; a place without a past surprises nobody.

    Args:
        swipes: all swipes, sorted.
        first: rows in `swipes` of the earlier swipes of m meetings.
        second: of the later ones.
        window: seconds within which two swipes are together.
    """
    known = np.maximum(swipes.known_day[first], swipes.known_day[second])
    place = swipes.place[first]
    # By place first, the order in which swipes and meetings come: what lies near is found sooner.
    visits = swipes.place * np.int64(len(swipes.patient_ids)) + swipes.patient
    who_met = np.zeros(len(swipes.patient_ids), dtype=np.bool_)
    who_met[swipes.patient[first]] = who_met[swipes.patient[second]] = True
    asked = np.flatnonzero(who_met[swipes.patient])
    visit_counts = DayCounts(visits[asked], swipes.known_day[asked])
    pair_visits = [visit_counts.within(visits[end], known, MEMORY_DAYS) for end in (first, second)]
    all_swipes = DayCounts(swipes.place, swipes.known_day).within(place, known, MEMORY_DAYS)
    people = np.maximum(_usual_people(swipes, second, known, window), _crowd(swipes, second, window))
    chance = people * np.maximum(*pair_visits) / np.maximum(all_swipes, 1)
    nats: Array = np.floor(-np.log(np.clip(chance, 1e-12, 1.0)) * GRAIN) / GRAIN
    return nats


def _usual_people(swipes: Swipes, ends: Array, known: Array, window: int) -> Array:
    """Swipes expected around the moment at the place, from its rate at this hour on its open days."""
    hour = (swipes.at + AREA_OFFSET_SECONDS) // HOUR % 24
    place_hour = swipes.place * 24 + hour
    at_this_hour = DayCounts(place_hour, swipes.known_day).within(place_hour[ends], known, MEMORY_DAYS)
    days, _ = distinct(swipes.place, swipes.known_day)
    open_days = DayCounts(days[0], days[1]).within(swipes.place[ends], known, MEMORY_DAYS)
    hours_wide = 2 * window / HOUR if swipes.has_time else 1.0
    return at_this_hour / np.maximum(open_days, 1) * hours_wide


def _crowd(swipes: Swipes, ends: Array, window: int) -> Array:
    """How many others were there: only swipes known on their own day count, so that no later upload is seen."""
    timely = np.flatnonzero(swipes.known_day == swipes.day)
    if not len(timely):
        return np.ones(len(ends), dtype=np.int64)
    origin = int(swipes.at.min()) - window
    width = int(swipes.at.max()) + window - origin + 1
    rows = swipes.place[timely] * width + (swipes.at[timely] - origin)  # sorted, as swipes are
    asked = swipes.place[ends] * width + (swipes.at[ends] - origin)
    there = np.searchsorted(rows, asked + window, "right") - np.searchsorted(rows, asked - window, "left")
    others: Array = np.maximum(there - 1, 1)
    return others
