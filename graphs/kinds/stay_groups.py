"""Stay groups: the same people admitted and discharged together, again and again, with like diagnoses and bills."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from claims.tables import Array
from graphs.codes import DayCounts
from graphs.facts import Facts
from graphs.group import Group, joined, known_grounds, saturating, weighted
from graphs.rings import components, dense_groups
from graphs.stays import Stays

NAME = "stay_groups"
WINDOW_DAYS = 400
"""Rounds are months apart: a year holds enough of them."""
SLACK_DAYS = 1
"""Two stays are together when both their first and their last days are at most a day apart."""
ROUND_DAYS = 7
"""Stays that begin within a week are one round."""
COURSE_DAYS = 35
"""Courses of treatment that follow each other sooner are one meeting: who begins together goes on together."""
LEAST_ROUNDS = 3
"""Twice is a bad winter; three times is a habit."""
LEAST_NATS = 6.0
"""Of a pair that was together in two rounds: the chance of a few strangers among all pairs of a small hospital."""
MOST_TOGETHER = 64
"""At most so many later stays are joined to each one, whatever the crowd."""
ENDS_TOGETHER = 0.35
"""How often two stays that begin together also end together: most last a week, give or take."""
USUAL_SPREAD = 0.5
"""Standard deviation of bills over their mean where nobody makes them alike."""
GROUNDS = {"alike_diagnosis": 0.30, "alike_bills": 0.30, "keeps_together": 0.25, "apart": 0.15}


class StayGroups:
    """Finds the groups of one day after another.

    Args:
        facts: of the claims.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts, self._stays = facts, facts.stays
        stays = facts.stays
        first, second = _together(stays.institution, stays.admitted, stays.discharged, stays.patient, SLACK_DAYS,
                                  MOST_TOGETHER)  # fmt: skip
        self._first, self._second = first, second
        self._known = np.maximum(stays.known_day[first], stays.known_day[second])
        self._day = np.maximum(stays.admitted[first], stays.admitted[second])
        self._nats = _surprise(stays, first, second, self._known)
        self._least_gap = np.where(stays.is_course[first] & stays.is_course[second], COURSE_DAYS, ROUND_DAYS)
        low = np.minimum(stays.patient[first], stays.patient[second])
        high = np.maximum(stays.patient[first], stays.patient[second])
        size = np.int64(len(facts.swipes.patient_ids))
        keys, self._pair = np.unique(low * size + high, return_inverse=True)
        self._left, self._right = keys // max(size, 1), keys % max(size, 1)

    def find(self, day: int) -> list[Group]:
        """The groups by what was known before `day`, in order of their lowest member."""
        rows = np.flatnonzero((self._known < day) & (self._day >= day - WINDOW_DAYS))
        begins = _begins_round(self._pair[rows], self._day[rows], self._least_gap[rows])
        nats = np.bincount(self._pair[rows], self._nats[rows] * begins, len(self._left))
        rounds = np.bincount(self._pair[rows], begins, len(self._left))
        rows = rows[((nats >= LEAST_NATS) & (rounds >= 2))[self._pair[rows]]]
        part = components(self._left[self._pair[rows]], self._right[self._pair[rows]])
        found = [
            group
            for number in range(int(part.max(initial=-1)) + 1)
            for group in self._groups(rows[part == number], nats)
        ]
        return sorted(found, key=lambda group: int(group.members[0]))

    def _groups(self, rows: Array, nats: Array) -> list[Group]:
        pairs = np.unique(self._pair[rows])
        groups = []
        for members in dense_groups(self._left[pairs], self._right[pairs]):
            ends = self._left[self._pair[rows]], self._right[self._pair[rows]]
            inside = rows[np.isin(ends[0], members) & np.isin(ends[1], members)]
            groups.append(self._group(members, inside, nats))
        return groups

    def _group(self, members: Array, rows: Array, nats: Array) -> Group:
        stays = self._stays
        mine = np.unique(np.concatenate([self._first[rows], self._second[rows]]))
        begins = np.unique(stays.admitted[mine])
        rounds = 1 + int((np.diff(begins) > ROUND_DAYS).sum())
        until = int(self._known[rows].max()) + 1
        claim_rows = np.sort(stays.row[mine])
        bills = np.sort(stays.total_fen[mine]).astype(np.float64)  # sums of floats depend on the order
        reasons = np.sort(np.unique(stays.reason[mine], return_counts=True)[1])[::-1]
        grounds = {
            "alike_diagnosis": float(reasons[:2].sum() / len(mine)),
            "alike_bills": max(0.0, 1.0 - float(bills.std() / max(bills.mean(), 1.0)) / USUAL_SPREAD),
            "keeps_together": min(1.0, len(mine) / (len(members) * rounds)),
            "apart": self._facts.judge.apart(members),
        }
        pairs = np.unique(self._pair[rows])
        known = known_grounds(grounds)
        structure = saturating(float(nats[pairs].mean()), 7.0)
        score = structure * weighted(known, GROUNDS) if rounds >= LEAST_ROUNDS else 0.0
        return Group(
            kind=NAME,
            members=members,
            score=score,
            joint_days=rounds,
            money_fen=self._facts.judge.paid(claim_rows, until),
            claim_rows=claim_rows,
            evidence_day=until,
            grounds=known,
            facts={"structure": structure, "institutions": float(len(np.unique(stays.institution[mine])))},
        )


def _surprise(stays: Stays, first: Array, second: Array, known: Array) -> Array:
    """Nats of each meeting: (stays that usually match one there) x (the more frequent patient's share of all stays)."""
    if not len(first):
        return np.empty(0)
    place = stays.institution[first]
    own = stays.patient * np.int64(stays.institution.max() + 1) + stays.institution
    here = DayCounts(stays.institution, stays.known_day).within(place, known, WINDOW_DAYS)
    counts = DayCounts(own, stays.known_day)
    of_pair = np.maximum(counts.within(own[first], known, WINDOW_DAYS), counts.within(own[second], known, WINDOW_DAYS))
    seen_days = np.clip(known - int(stays.admitted.min()) + 1, 30, WINDOW_DAYS)
    usual = np.maximum(here * (1 + 2 * SLACK_DAYS) / seen_days * ENDS_TOGETHER, 1.0)
    nats: Array = -np.log(np.clip(usual * of_pair / np.maximum(here, 1), 1e-12, 1.0))
    return np.asarray(np.floor(nats * 1024) / 1024)


def _begins_round(pair: Array, day: Array, least_gap: Array) -> Array:
    """Whether each meeting comes more than `least_gap` days after the last one of its pair."""
    order = np.lexsort((day, pair))
    pair, day, least_gap = pair[order], day[order], least_gap[order]
    begins = np.ones(len(pair), dtype=np.bool_)
    begins[order[1:]] = (pair[1:] != pair[:-1]) | (day[1:] - day[:-1] > least_gap[1:])
    return begins


@njit(cache=True)  # type: ignore[untyped-decorator]
def _together(place: Any, begin: Any, end: Any, patient: Any, slack: int, most: int) -> tuple[Any, Any]:
    """Rows of the two stays of each meeting; sorted by place and first day, as `Stays` are."""
    found = 0
    first, second = np.empty(1024, np.int64), np.empty(1024, np.int64)
    for a in range(place.size):
        joined = 0
        for b in range(a + 1, place.size):
            if place[b] != place[a] or begin[b] - begin[a] > slack or joined == most:
                break
            if abs(end[b] - end[a]) > slack or patient[a] == patient[b]:
                continue
            if found == first.size:
                first = np.concatenate((first, np.empty_like(first)))
                second = np.concatenate((second, np.empty_like(second)))
            first[found], second[found] = a, b
            found, joined = found + 1, joined + 1
    return first[:found], second[:found]


def says(group: Group) -> tuple[str, str]:
    """Why, in Chinese and English."""
    size, rounds = len(group.members), group.joint_days
    zh = [f"{size}人在同一机构{rounds}次同批入院、同批出院"]
    en = [f"{size} persons were admitted and discharged together {rounds} times at one institution"]
    told = {
        "alike_diagnosis": ("{:.0%}的住院集中在两种诊断", "{:.0%} of the stays have one of two diagnoses"),
        "alike_bills": ("费用相近程度{:.0%}", "their bills are {:.0%} alike"),
        "apart": ("{:.0%}的成员两两不同地区或单位", "{:.0%} of member pairs differ in area or employer"),
    }
    return joined(zh, en, told, group.grounds)
