"""How surprising it is that two of a place's own customers meet there."""

from __future__ import annotations

import numpy as np

from claims.clock import AREA_OFFSET_SECONDS, HOUR
from claims.tables import Array
from graphs.codes import DayCounts, distinct
from graphs.swipes import Swipes

MEMORY_DAYS = 180
"""How far back a place's habits are learned, by the day on which the swipes became known."""

GRAIN = 1024
"""Surprise is cut to 1/1024 nat, so that its sums are exact in any order."""


class Habits:
    """What is usual at each place. A place's own swipes tell all of it, so places can be looked at apart.

    Args:
        swipes: all swipes of the places, sorted.
        window: seconds within which two swipes are together.
        persons: codes of the patients whose meetings are asked for; everybody by default.
    """

    def __init__(self, swipes: Swipes, window: int, persons: Array | None = None) -> None:
        self._swipes, self._window = swipes, window
        place, known = swipes.place, swipes.known_day
        is_asked = np.full(len(swipes.patient_ids), persons is None)
        if persons is not None:
            is_asked[persons] = True
        asked = np.flatnonzero(is_asked[swipes.patient])
        # By place first, the order in which swipes and meetings come: what lies near is found sooner.
        self._visit = place * np.int64(len(swipes.patient_ids)) + swipes.patient
        self._visits = DayCounts(self._visit[asked], known[asked])
        self._all = DayCounts(place, known)
        self._place_hour = place * 24 + (swipes.at + AREA_OFFSET_SECONDS) // HOUR % 24
        self._at_hour = DayCounts(self._place_hour, known)
        self._open = DayCounts(*distinct(place, known)[0])
        # Only swipes known on their own day make a crowd, so that no later upload is seen.
        timely = np.flatnonzero(known == swipes.day)
        self._origin = int(swipes.at.min() if len(place) else 0) - window
        self._width = int(swipes.at.max() if len(place) else 0) + window - self._origin + 1
        self._moments = place[timely] * self._width + (swipes.at[timely] - self._origin)  # sorted, as swipes are

    def surprise(self, first: Array, second: Array) -> Array:
        """Surprise of each meeting in nats, not below zero.

        The chance that a given customer stands beside another one is (people within the window) x (the customer's
        share of the place's swipes). People: the larger of the place's usual number at this hour and the crowd really
        there, so that a market day explains its own meetings. Share: of the more frequent of the two, so that regulars
        explain theirs. All from what was known when the meeting became known; a place without a past surprises nobody.

        Args:
            first: rows of the earlier swipes of m meetings.
            second: of the later ones.
        """
        swipes = self._swipes
        known = np.maximum(swipes.known_day[first], swipes.known_day[second])
        visits = [self._visits.within(self._visit[end], known, MEMORY_DAYS) for end in (first, second)]
        everybody = self._all.within(swipes.place[first], known, MEMORY_DAYS)
        people = np.maximum(self._usual_people(second, known), self._crowd(second))
        chance = people * np.maximum(*visits) / np.maximum(everybody, 1)
        nats: Array = np.floor(-np.log(np.clip(chance, 1e-12, 1.0)) * GRAIN) / GRAIN
        return nats

    def _usual_people(self, ends: Array, known: Array) -> Array:
        """Swipes expected around the moment at the place, from its rate at this hour on its open days."""
        at_this_hour = self._at_hour.within(self._place_hour[ends], known, MEMORY_DAYS)
        open_days = self._open.within(self._swipes.place[ends], known, MEMORY_DAYS)
        hours_wide = 2 * self._window / HOUR if self._swipes.has_time else 1.0
        return at_this_hour / np.maximum(open_days, 1) * hours_wide

    def _crowd(self, ends: Array) -> Array:
        """How many others were there."""
        asked = self._swipes.place[ends] * self._width + (self._swipes.at[ends] - self._origin)
        until, since = (
            np.searchsorted(self._moments, asked + self._window, "right"),
            np.searchsorted(self._moments, asked - self._window, "left"),
        )
        others: Array = np.maximum(until - since - 1, 1)
        return others
