"""Links: which two patients swiped together, on which days, and how surprising that was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from claims.tables import Array
from graphs.meetings import Met, is_new, meet, meetings_of_repeated, that_meet_again
from graphs.surprise import Habits
from graphs.swipes import Swipes

WINDOW_SECONDS = 900
"""Two swipes within a quarter of an hour are together: one hand with a dozen cards needs that long. Strangers whom the
till serves meanwhile are told from them by how surprising it is that they meet again."""


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


JointFinder = Callable[[Swipes], JointDays]
"""Finds the joint days of swipes: `find_joint_days`, or one that lets others work for it."""


def find_joint_days(swipes: Swipes, window: int = WINDOW_SECONDS) -> JointDays:
    """All pairs of patients who swiped together on at least two days.

    Args:
        swipes: sorted swipes; without time of day the whole day at a place is one moment.
        window: seconds.
    """
    first, second = meetings_of_repeated(swipes, window_of(swipes, window))
    habits = Habits(swipes, window, np.concatenate([swipes.patient[first], swipes.patient[second]]))
    return joint_days_of(swipes, that_meet_again(meet(swipes, habits, first, second)))


def window_of(swipes: Swipes, window: int) -> int:
    """Seconds within which two swipes are together: none where a day is one moment."""
    return window if swipes.has_time else 0


def joint_days_of(swipes: Swipes, met: Met) -> JointDays:
    """The joint days of pairs whose meetings, one a day, are at hand, sorted by pair and day."""
    is_first = is_new(met.pair_key)
    swap = swipes.patient[met.first] > swipes.patient[met.second]
    left, right = np.where(swap, met.second, met.first), np.where(swap, met.first, met.second)
    return JointDays(
        pair=np.cumsum(is_first) - 1,
        day=met.day,
        known_day=met.known_day,
        place=swipes.place[met.first],
        left_row=swipes.row[left],
        right_row=swipes.row[right],
        surprise=met.nats,
        left=swipes.patient[left[is_first]],
        right=swipes.patient[right[is_first]],
    )
