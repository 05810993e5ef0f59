"""The groups of a night: which pairs are linked, which dense groups they form, how each is judged."""

import numpy as np

from claims.tables import Array
from graphs.links import LEAST_DAYS, JointDays
from graphs.ring_score import WINDOW_DAYS, Group, Judge
from graphs.rings import components, dense_groups

LEAST_NATS = 10.0
"""A link needs this much surprise in the window: about one chance in twenty thousand."""


class GroupFinder:
    """Finds the groups of one night after another; a part of the graph that did not change is not judged again.

    Args:
        joint: all joint days.
        judge: of the same joint days.
    """

    def __init__(self, joint: JointDays, judge: Judge) -> None:
        self.joint, self.judge = joint, judge
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

    def find(self, rows: Array) -> list[Group]:
        """The judged groups, in order of their lowest member.

        Args:
            rows: from `active`.
        """
        joint = self.joint
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
            judged.append(self.judge.group(members, rows[inside]))
        return judged
