"""Card collectors: cards that one hand swipes within minutes, on several days, though their owners live apart."""

from __future__ import annotations

import numpy as np

from claims.tables import Array
from graphs.facts import Facts
from graphs.group import Group, joined, known_grounds, saturating, weighted
from graphs.judge import WINDOW_DAYS
from graphs.meetings import LEAST_DAYS
from graphs.rings import components, dense_groups

NAME = "card_collectors"

LEAST_NATS = 10.0
"""A link needs this much surprise in the window: about one chance in twenty thousand."""


LEAST_JOINT_DAYS = 3
"""Twice may be chance or a joint trip; a group is judged from its third day on."""

GROUNDS = {"resale": 0.25, "places": 0.20, "many": 0.20, "over_supply": 0.15, "apart": 0.10, "no_diagnosis": 0.10}
"""Weights of the grounds. Half is what is taken and half how they go: a household goes to one or two places, lives
together, and has two to six cards."""

HOUSEHOLD, MANY_CARDS = 2, 6


class CardCollectors:
    """Finds the groups of one night after another; a part of the graph that did not change is not judged again.

    Args:
        facts: of the claims.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts, self.joint = facts, facts.joint
        joint = facts.joint
        marks = np.random.default_rng(0).integers(0, 2**63, size=len(joint.pair), dtype=np.uint64)
        self._marks = marks  # the sum of its rows' marks tells whether a component changed
        self._before: dict[int, list[Group]] = {}

    def active(self, day: int, span: int = WINDOW_DAYS) -> Array:
        """Rows of the joint days of the last `span` days known before `day`, of pairs with at least two of them.

        Pairs with one day are left out although they may be in memory: that they will meet again is not known yet.
        """
        joint = self.joint
        rows = np.flatnonzero((joint.known_day < day) & (joint.day >= day - span))
        days = np.bincount(joint.pair[rows], minlength=len(joint.left))
        return rows[days[joint.pair[rows]] >= LEAST_DAYS]

    def find(self, day: int) -> list[Group]:
        """The judged groups by what was known before `day`, in order of their lowest member."""
        joint, rows = self.joint, self.active(day)
        nats = np.bincount(joint.pair[rows], joint.surprise[rows], len(joint.left))
        rows = rows[nats[joint.pair[rows]] >= LEAST_NATS]
        component = components(joint.left[joint.pair[rows]], joint.right[joint.pair[rows]])
        order = np.argsort(component, kind="stable")
        rows, component = rows[order], component[order]
        starts = np.flatnonzero(np.diff(component, prepend=-1))
        keys = np.add.reduceat(self._marks[rows], starts).tolist() if len(starts) else []
        stops = [*starts[1:].tolist(), len(rows)][: len(starts)]
        found: dict[int, list[Group]] = {}
        for key, start, stop in zip(keys, starts.tolist(), stops, strict=True):
            known = self._before.get(key)
            found[key] = self._judged(rows[start:stop]) if known is None else known
        self._before = found
        return sorted((group for groups in found.values() for group in groups), key=lambda group: int(group.members[0]))

    def _judged(self, rows: Array) -> list[Group]:
        joint = self.joint
        pairs = np.unique(joint.pair[rows])
        judged = []
        for members in dense_groups(joint.left[pairs], joint.right[pairs]):
            inside = np.isin(joint.left[joint.pair[rows]], members) & np.isin(joint.right[joint.pair[rows]], members)
            judged.append(self._group(members, rows[inside]))
        return judged

    def _group(self, members: Array, rows: Array) -> Group:
        """Judge one group.

        A pure function of the members and their joint days: facts are taken as known when the newest of these days
        became known, so that a group whose joint days did not change keeps its score.

        Args:
            members: sorted patient codes.
            rows: rows of the joint days inside the group that are in the window.
        """
        joint, taking, judge = self.joint, self._facts.taking, self._facts.judge
        claim_rows = np.unique(np.concatenate([joint.left_row[rows], joint.right_row[rows]]))
        until = int(joint.known_day[rows].max()) + 1
        standing = claim_rows[taking.returned_day[claim_rows] >= until]
        days = len(np.unique(joint.day[rows]))
        grounds = known_grounds(
            {
                "resale": judge.resale(claim_rows, until),
                "over_supply": judge.over_supply(members, until),
                "no_diagnosis": judge.no_diagnosis(standing, until),
                "places": self._places(rows),
                "apart": judge.apart(members),
                "many": min(1.0, (len(members) - HOUSEHOLD) / (MANY_CARDS - HOUSEHOLD)),
            }
        )
        nats = float(joint.surprise[rows].sum()) / max(len(np.unique(joint.pair[rows])), 1)
        structure = saturating(nats, 6.0)
        return Group(
            kind=NAME,
            members=members,
            score=structure * weighted(grounds, GROUNDS) if days >= LEAST_JOINT_DAYS else 0.0,
            joint_days=days,
            money_fen=judge.paid(claim_rows, until),
            claim_rows=claim_rows,
            evidence_day=until,
            grounds=grounds,
            facts={"structure": structure, "institutions": float(len(self._institutions(rows)))},
        )

    def _institutions(self, rows: Array) -> Array:
        """Joint swipes by institution, only those with any."""
        return np.unique(self._facts.taking.institution[self.joint.left_row[rows]], return_counts=True)[1]

    def _places(self, rows: Array) -> float:
        """0 when one institution saw all joint swipes, 1 when none saw more than a third."""
        counts = self._institutions(rows)
        return min(1.0, 1.5 * (1.0 - float(counts.max()) / float(counts.sum())))


def says(group: Group) -> tuple[str, str]:
    """Why, in Chinese and English."""
    size, places, grounds = len(group.members), int(group.facts["institutions"]), group.grounds
    zh = [f"{size}张卡在{places}家机构有{group.joint_days}天先后刷卡"]
    en = [
        f"{size} cards were swiped within minutes of each other on {group.joint_days} days at "
        f"{places} institution{'s' if places != 1 else ''}"
    ]
    told = {
        "resale": ("易倒卖药品占比高出机构平均{:.0%}", "resale-prone drugs exceed the places' usual share by {:.0%}"),
        "over_supply": ("{:.0%}的人购药超出用量", "{:.0%} of the persons bought more than they can use"),
        "no_diagnosis": (
            "{:.0%}的此类购药无本人诊断",
            "{:.0%} of such purchases have no diagnosis of the person's own",
        ),
        "apart": ("{:.0%}的成员两两不同地区或单位", "{:.0%} of member pairs differ in area or employer"),
    }
    return joined(zh, en, told, grounds)
