"""Empty swipes: bursts of the same cards at one pharmacy's till, at odd hours or of equal amounts."""

from __future__ import annotations

import numpy as np

from claims.clock import AREA_OFFSET_SECONDS, HOUR
from claims.tables import Array
from graphs.codes import distinct
from graphs.facts import Facts
from graphs.group import Group, joined, saturating, weighted
from graphs.judge import WINDOW_DAYS

NAME = "empty_swipes"
GAP_SECONDS = 120
LEAST_CARDS = 4
"""In a burst: a till serves three customers within minutes on any evening."""
LEAST_EQUAL = 0.5
"""Share of a burst's swipes with its most frequent amount, from which on it is no chance."""
OPENS, CLOSES = 7, 22
LEAST_BURSTS, LEAST_DAYS = 2, 3
RETURNED_WITHIN_DAYS = 1
GROUNDS = {"odd_hours": 0.30, "equal_amounts": 0.30, "only_in_bursts": 0.25, "cycled": 0.15}


class EmptySwipes:
    """Finds the pharmacies with bursts of one day after another.

    Args:
        facts: of the claims.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        swipes, taking = facts.swipes, facts.taking
        # Late uploads make no burst, or one would look different before and after they are known.
        timely = facts.is_pharmacy[taking.institution[swipes.row]] & (swipes.known_day == swipes.day)
        chosen = np.flatnonzero(timely) if swipes.has_time else np.empty(0, dtype=np.int64)
        self._row, at, place = swipes.row[chosen], swipes.at[chosen], swipes.place[chosen]
        fen = facts.claims["total_fen"][self._row]
        is_new = np.ones(len(self._row), dtype=np.bool_)
        is_new[1:] = (place[1:] != place[:-1]) | (at[1:] - at[:-1] > GAP_SECONDS)
        run = np.cumsum(is_new) - 1
        hour = (at + AREA_OFFSET_SECONDS) // HOUR % 24
        odd = (hour < OPENS) | (hour >= CLOSES)
        equal = _share_of_most_frequent(run, fen)
        cards = _distinct_in(run, taking.patient[self._row])
        is_odd = np.bincount(run, odd) / np.maximum(np.bincount(run), 1)
        is_burst = ((cards >= LEAST_CARDS) & ((equal >= LEAST_EQUAL) | (is_odd >= 0.5)))[run]
        self._row, self._run = self._row[is_burst], run[is_burst]
        self._equal, self._odd = equal, is_odd
        settled = np.flatnonzero(taking.is_settlement)
        settled = settled[np.isin(taking.institution[settled], taking.institution[self._row])]
        self._settled = settled[np.argsort(taking.institution[settled], kind="stable")]

    def find(self, day: int) -> list[Group]:
        """The groups by what was known before `day`, in order of the institution."""
        taking = self._facts.taking
        seen = (taking.day[self._row] < day) & (taking.day[self._row] >= day - WINDOW_DAYS)
        rows, run = self._row[seen], self._run[seen]
        place = taking.institution[rows]
        groups = [self._group(rows[place == shop], run[place == shop], day) for shop in np.unique(place).tolist()]
        return [group for group in groups if group is not None]

    def _group(self, rows: Array, run: Array, day: int) -> Group | None:
        taking = self._facts.taking
        who = taking.patient[rows]
        pairs, _ = distinct(who, run)
        cards, bursts = np.unique(pairs[0], return_counts=True)
        members = cards[bursts >= LEAST_BURSTS]
        mine = np.isin(who, members)
        days = len(np.unique(taking.day[rows[mine]]))
        if len(members) < LEAST_CARDS or days < LEAST_DAYS:
            return None
        claim_rows, runs = np.sort(rows[mine]), np.unique(run[mine])
        returned = taking.returned_day[claim_rows]
        grounds = {
            "odd_hours": float(self._odd[runs].mean()),
            "equal_amounts": float(self._equal[runs].mean()),
            "only_in_bursts": self._only_in_bursts(members, claim_rows, day),
            "cycled": min(1.0, 5 * float((returned - taking.day[claim_rows] <= RETURNED_WITHIN_DAYS).mean())),
        }
        structure = saturating(days * np.log(len(members)), 6.0)
        return Group(
            kind=NAME,
            members=members,
            score=structure * weighted(grounds, GROUNDS),
            joint_days=days,
            money_fen=self._facts.judge.paid(claim_rows, day),
            claim_rows=claim_rows,
            evidence_day=int(taking.known_day[claim_rows].max()) + 1,
            grounds=grounds,
            facts={"structure": structure, "institutions": 1.0},
        )

    def _only_in_bursts(self, members: Array, claim_rows: Array, day: int) -> float:
        """Share of what the members settled at the place that fell into bursts: a customer also comes by day."""
        taking, shop = self._facts.taking, self._facts.taking.institution[claim_rows[0]]
        there = self._settled[slice(*np.searchsorted(taking.institution[self._settled], [shop, shop + 1]))]
        recent = (taking.known_day[there] < day) & (taking.day[there] >= day - WINDOW_DAYS)
        return len(claim_rows) / max(int(np.isin(taking.patient[there[recent]], members).sum()), 1)


def _share_of_most_frequent(run: Array, value: Array) -> Array:
    """For each run the share of its rows that have its most frequent value."""
    if not len(run):
        return np.empty(0)
    _, code = np.unique(value, return_inverse=True)
    keys, counts = np.unique(run * (code.max() + 1) + code, return_counts=True)
    most = np.zeros(run[-1] + 1)
    np.maximum.at(most, keys // (code.max() + 1), counts)
    return most / np.bincount(run)


def _distinct_in(run: Array, who: Array) -> Array:
    """How many different patients each run has."""
    pairs = distinct(run, who)[0][0]
    return np.bincount(pairs, minlength=int(run.max(initial=-1)) + 1)


def says(group: Group) -> tuple[str, str]:
    """Why, in Chinese and English."""
    size, grounds = len(group.members), group.grounds
    zh = [f"{size}张卡在同一药店反复成批连续刷卡，共{group.joint_days}天"]
    en = [f"{size} cards were swiped in bursts at one pharmacy again and again, on {group.joint_days} days"]
    told = {
        "odd_hours": ("{:.0%}在夜间", "{:.0%} of the bursts at night"),
        "equal_amounts": ("同批中{:.0%}金额相同", "{:.0%} of a burst have one amount"),
        "cycled": ("有结算后当天退费再结算", "some are settled, refunded and settled again"),
    }
    return joined(zh, en, told, grounds)
