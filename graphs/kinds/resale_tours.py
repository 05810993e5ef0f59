"""Resale tours: persons with more than they can use who draw one list of drugs at the same places, each alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from scipy.sparse import csr_array

from claims.lookup import holds_on
from claims.tables import Array
from graphs.codes import distinct
from graphs.facts import Facts
from graphs.group import Group, joined, known_grounds, saturating, weighted
from graphs.judge import ALLOWANCE_DAYS, LONG_ALLOWANCE_DAYS, WINDOW_DAYS
from graphs.rings import components, dense_groups

NAME = "resale_tours"
LEAST_PLACES = 3
LEAST_PURCHASES = 4
TOGETHER_DAYS = 2
"""Who is called goes within a day or two."""
LEAST_BASKET, LEAST_CIRCUIT, LEAST_NATS = 4.0, 4.0, 19.0
"""A link needs some of a shared list and of a shared circuit, and much of list, circuit and shared days together."""
MOST_BASKET = 8.0
"""Whoever is ill with many diseases shares ten drugs with others who are; beyond this a list proves no more."""
LEAST_CALLS = 3
LEAST_MEMBERS = 3
GROUNDS = {
    "over_supply": 0.30,
    "resale": 0.20,
    "one_list": 0.20,
    "no_diagnosis": 0.10,
    "many_places": 0.10,
    "apart": 0.10,
}


class ResaleTours:
    """Finds the groups of one day after another.

    Args:
        facts: of the claims.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def find(self, day: int) -> list[Group]:
        """The groups by what was known before `day`, in order of their lowest member."""
        taking = self._facts.taking
        rows = np.flatnonzero(
            (taking.known_day[taking.supply_row] < day)
            & (taking.supply_day >= day - WINDOW_DAYS)
            & (taking.returned_day[taking.supply_row] >= day)
        )
        rows = rows[np.isin(taking.supply_patient[rows], self._suspects(rows, day))]
        if not len(rows):
            return []
        who, person = np.unique(taking.supply_patient[rows], return_inverse=True)
        left, right, _ = self._links(rows, person, len(who))
        part = components(left, right)
        groups = [
            self._group(who[group], rows[np.isin(person, group)], day)
            for number in range(int(part.max(initial=-1)) + 1)
            for group in dense_groups(left[part == number], right[part == number])
        ]
        return sorted((group for group in groups if group is not None), key=lambda group: int(group.members[0]))

    def _suspects(self, rows: Array, day: int) -> Array:
        """Patients who at some purchase had drawn more of a class than they can use, at several places and times."""
        taking = self._facts.taking
        patient, place = taking.supply_patient[rows], taking.institution[taking.supply_row[rows]]
        size = len(self._facts.swipes.patient_ids)
        places = np.bincount(distinct(patient, place)[0][0], minlength=size)
        purchases = np.bincount(distinct(patient, taking.supply_row[rows])[0][0], minlength=size)
        keys = patient * (int(taking.supply_class.max(initial=0)) + 1) + taking.supply_class[rows]
        order = np.argsort(keys, kind="stable")  # rows are sorted by patient and day
        patient, drawn = patient[order], rows[order]
        is_long = holds_on(taking.long_from[patient], taking.long_until[patient], np.full(len(patient), day - 1))
        allowance = np.where(is_long, LONG_ALLOWANCE_DAYS, ALLOWANCE_DAYS)
        too_much = np.zeros(size, dtype=np.bool_)
        too_much[
            patient[_has_too_much(keys[order], taking.supply_day[drawn], taking.supply_days[drawn], allowance)]
        ] = True
        return np.flatnonzero(too_much & (places >= LEAST_PLACES) & (purchases >= LEAST_PURCHASES))

    def _links(self, rows: Array, person: Array, persons: int) -> tuple[Array, Array, Array]:
        """Pairs of suspects with one list and one circuit, and the nats of each."""
        taking = self._facts.taking
        claim = taking.supply_row[rows]
        lists = _habits(person, taking.supply_item[rows], persons)
        circuits = _habits(person, taking.institution[claim], persons)
        shared = (lists @ lists.T).tocoo()
        upper = (shared.row < shared.col) & (shared.data >= LEAST_BASKET)
        left, right, nats = (part[upper] for part in (shared.row, shared.col, shared.data))
        circuit = np.asarray(circuits[left].multiply(circuits[right]).sum(axis=1)).ravel()
        near = circuit >= LEAST_CIRCUIT
        left, right = left[near].astype(np.int64), right[near].astype(np.int64)
        nats = np.minimum(nats[near], MOST_BASKET) + circuit[near]
        outings = np.unique(person * np.int64(100_000) + taking.supply_day[rows])
        starts = np.searchsorted(outings // 100_000, np.arange(persons + 1))
        nats += _in_step(left, right, starts, outings % 100_000, TOGETHER_DAYS, WINDOW_DAYS)
        strong = np.flatnonzero(nats >= LEAST_NATS)
        strong = strong[np.lexsort((right[strong], left[strong]))]
        return left[strong], right[strong], nats[strong]

    def _group(self, members: Array, rows: Array, day: int) -> Group | None:
        """Judge a group by the drugs that at least half of its members draw."""
        taking = self._facts.taking
        buyers, _ = distinct(taking.supply_item[rows], taking.supply_patient[rows])
        items, count = np.unique(buyers[0], return_counts=True)
        wished = items[count >= max(2, len(members) / 2)]
        drawn = rows[np.isin(taking.supply_item[rows], wished)]
        days = taking.supply_day[drawn]
        calls = _calls(days, taking.supply_patient[drawn])
        if len(members) < LEAST_MEMBERS or calls < LEAST_CALLS:
            return None
        claim_rows = np.unique(taking.supply_row[drawn])
        places = np.unique(taking.institution[claim_rows])
        grounds = known_grounds(
            {
                "over_supply": self._facts.judge.over_supply(members, day),
                "resale": self._facts.judge.resale(claim_rows, day),
                "one_list": len(drawn) / len(rows),
                "no_diagnosis": self._facts.judge.no_diagnosis(claim_rows, day),
                "many_places": min(1.0, len(places) / 6),
                "apart": self._facts.judge.apart(members),
            }
        )
        structure = saturating(float(calls), 5.0)
        return Group(
            kind=NAME,
            members=members,
            score=structure * weighted(grounds, GROUNDS),
            joint_days=calls,
            money_fen=self._facts.judge.paid(claim_rows, day),
            claim_rows=claim_rows,
            evidence_day=int(taking.known_day[claim_rows].max()) + 1,
            grounds=grounds,
            facts={"structure": structure, "institutions": float(len(places)), "drugs": float(len(wished))},
        )


@njit(cache=True)  # type: ignore[untyped-decorator]
def _has_too_much(keys: Any, day: Any, days: Any, allowance: Any) -> Any:
    """Whether each of n supplies came when what was drawn before its day exceeded use since the first and allowance.

    Args:
        keys: person and drug class, rising.
        day: of the supply, rising within a key.
        days: that it lasts.
        allowance: days that a person may have in hand.
    """
    too_much = np.zeros(keys.size, np.bool_)
    first = before = today = 0
    for row in range(keys.size):
        if row == 0 or keys[row] != keys[row - 1]:
            first, before, today = day[row], 0, 0
        elif day[row] != day[row - 1]:
            before, today = before + today, 0
        too_much[row] = before > day[row] - first + allowance[row]
        today += days[row]
    return too_much


def _habits(person: Array, thing: Array, persons: int) -> csr_array:
    """What each person comes back to, weighted so that a product is the surprise of what two have in common."""
    things = int(thing.max()) + 1
    keys, counts = np.unique(person * np.int64(things) + thing, return_counts=True)
    keys = keys[counts >= 2]
    share = np.bincount(keys % things, minlength=things) / persons
    weight = np.sqrt(-np.log(np.clip(share, 1e-9, 1.0)))
    return csr_array((weight[keys % things], (keys // things, keys % things)), shape=(persons, things))


@njit(cache=True)  # type: ignore[untyped-decorator]
def _in_step(left: Any, right: Any, starts: Any, days: Any, near: int, window: int) -> Any:
    """Nats of each pair's common outings beyond chance; 0 where there are no more than chance brings.

    Expected: each outing of the one falls within `near` days of an outing of the other as often as its outings cover
    the window.
    """
    nats = np.zeros(left.size)
    for pair in range(left.size):
        a, a_end = starts[left[pair]], starts[left[pair] + 1]
        b, b_end = starts[right[pair]], starts[right[pair] + 1]
        covered, until, common, place = 0, -1, 0, b
        for other in range(b, b_end):
            begin = max(days[other] - near, until + 1)
            covered += max(0, days[other] + near - begin + 1)
            until = days[other] + near
        for own in range(a, a_end):
            while place < b_end and days[place] < days[own] - near:
                place += 1
            common += place < b_end and days[place] <= days[own] + near
        expected = (a_end - a) * min(1.0, covered / window)
        if common > expected and expected > 0:
            nats[pair] = common * np.log(common / expected) - (common - expected)
    return nats


def _calls(days: Array, who: Array) -> int:
    """On how many occasions, a few days apart, at least two members went."""
    order = np.argsort(days, kind="stable")
    days, who = days[order], who[order]
    if not len(days):
        return 0
    call = np.cumsum(np.diff(days, prepend=days[0]) > TOGETHER_DAYS)
    pairs, _ = distinct(call, who)
    return int((np.bincount(pairs[0]) >= 2).sum())


def says(group: Group) -> tuple[str, str]:
    """Why, in Chinese and English."""
    size, grounds, places = len(group.members), group.grounds, int(group.facts["institutions"])
    zh = [f"{size}人分头在{places}家机构购买同样的{int(group.facts['drugs'])}种药，{group.joint_days}次步调一致"]
    en = [
        f"{size} persons drew the same {int(group.facts['drugs'])} drugs at {places} institutions, "
        f"each alone, {group.joint_days} times in step"
    ]
    told = {
        "over_supply": ("{:.0%}的人购药超出用量", "{:.0%} of the persons bought more than they can use"),
        "one_list": ("{:.0%}的易倒卖药品在共同清单上", "{:.0%} of their resale-prone drugs are on the common list"),
        "no_diagnosis": (
            "{:.0%}的此类购药无本人诊断",
            "{:.0%} of such purchases have no diagnosis of the person's own",
        ),
    }
    return joined(zh, en, told, grounds)
