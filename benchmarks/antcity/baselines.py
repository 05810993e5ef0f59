"""What others would do with the same swipes: components of pairs, Louvain, and peeling to the densest block.

All see the same meetings at tills (within a quarter of an hour), a month at a time with a look back of 180 days, and
are tuned on a city of their own as ours is. FRAUDAR is written from the paper (Hooi and others, KDD 2016): edges of a
crowded place weigh 1 / log(degree + 5), nodes are peeled from the lightest on, and the densest rest is a block; blocks
are taken out one after another.
"""

from __future__ import annotations

import heapq
from abc import ABC, abstractmethod
from typing import Any

import networkx as nx
import numpy as np
from numba import njit

from claims.tables import Array
from graphs.facts import Facts
from graphs.group import Group
from graphs.judge import WINDOW_DAYS
from graphs.rings import components as components_of

EVERY_DAYS = 28
MOST_MEMBERS = 60
MOST_BLOCKS = 60


class _Monthly(ABC):
    """A baseline looks once in four weeks; its rings stand until then."""

    def __init__(self, facts: Facts, knob: float) -> None:
        self.facts, self.knob = facts, knob
        self._looked: tuple[int, list[Group]] = (-1, [])

    def find(self, day: int) -> list[Group]:
        """The groups of the last look."""
        look = day // EVERY_DAYS * EVERY_DAYS
        if self._looked[0] != look:
            self._looked = look, self.look(look)
        return self._looked[1]

    @abstractmethod
    def look(self, day: int) -> list[Group]:
        """The groups by what was known before `day`."""

    def pairs(self, day: int) -> tuple[Array, Array, Array]:
        """Ends of the pairs that met in the window and on how many days."""
        joint = self.facts.joint
        rows = (joint.known_day < day) & (joint.day >= day - WINDOW_DAYS)
        days = np.bincount(joint.pair[rows], minlength=len(joint.left))
        met = np.flatnonzero(days >= 2)
        return joint.left[met], joint.right[met], days[met]


def _group(members: Array, score: float) -> Group:
    return Group("baseline", np.sort(members), score, 0, 0, np.empty(0, dtype=np.int64), 0, {})


class PairComponents(_Monthly):
    """Connected components of the pairs that met on at least `knob` days; the more days the higher."""

    def look(self, day: int) -> list[Group]:
        """See the class."""
        left, right, days = self.pairs(day)
        strong = days >= self.knob
        left, right, days = left[strong], right[strong], days[strong]
        part = components_of(left, right)
        groups = []
        for number in range(int(part.max(initial=-1)) + 1):
            mine = part == number
            members = np.unique(np.concatenate([left[mine], right[mine]]))
            if 3 <= len(members) <= MOST_MEMBERS:
                groups.append(_group(members, _squashed(float(days[mine].sum()) / len(members))))
        return groups


class Louvain(_Monthly):
    """Communities of the graph of meetings with resolution `knob`; the denser the higher."""

    def look(self, day: int) -> list[Group]:
        """See the class."""
        left, right, days = self.pairs(day)
        graph = nx.Graph()
        graph.add_weighted_edges_from(zip(left.tolist(), right.tolist(), days.tolist(), strict=True))
        groups = []
        for community in nx.community.louvain_communities(graph, seed=0, resolution=self.knob):
            if 3 <= len(community) <= MOST_MEMBERS:
                weight = graph.subgraph(community).size(weight="weight")
                groups.append(_group(np.array(sorted(community)), _squashed(weight / len(community))))
        return groups


class Fraudar(_Monthly):
    """Blocks of persons and moments at tills; `knob` seconds are one moment."""

    def look(self, day: int) -> list[Group]:
        """See the class."""
        swipes = self.facts.swipes
        rows = np.flatnonzero((swipes.known_day < day) & (swipes.day >= day - WINDOW_DAYS))
        moment = swipes.place[rows] * np.int64(1 << 32) + swipes.at[rows] // int(self.knob)
        person, moment = _without_lonely(swipes.patient[rows], moment)
        groups = []
        for _ in range(MOST_BLOCKS):
            if not len(person):
                break
            who, left = np.unique(person, return_inverse=True)
            where, right = np.unique(moment, return_inverse=True)
            weight = 1.0 / np.log(np.bincount(right, minlength=len(where)) + 5.0)
            in_block, density = _densest(left, right, weight[right], len(who), len(where))
            block = in_block[: len(who)]
            if 3 <= block.sum() <= MOST_MEMBERS:
                groups.append(_group(who[block], _squashed(density)))
            kept = ~(block[left] & in_block[len(who) :][right])
            person, moment = _without_lonely(person[kept], moment[kept])
        return groups


def _without_lonely(person: Array, moment: Array) -> tuple[Array, Array]:
    """Leave out moments of a single person and persons of a single moment, until none is left."""
    while True:
        pairs = np.unique(np.stack([person, moment]), axis=1)
        _, m, count = np.unique(pairs[1], return_inverse=True, return_counts=True)
        _, p, times = np.unique(pairs[0], return_inverse=True, return_counts=True)
        kept = (count[m] >= 2) & (times[p] >= 2)
        person, moment = pairs[0][kept], pairs[1][kept]
        if kept.all():
            return person, moment


@njit(cache=True)  # type: ignore[untyped-decorator]
def _densest(left: Any, right: Any, weight: Any, lefts: int, rights: int) -> tuple[Any, float]:
    """Peel the lightest node again and again (a binary heap with stale entries); the densest rest and its density."""
    size = lefts + rights
    degree, start = np.zeros(size), np.zeros(size + 1, np.int64)
    for edge in range(left.size):
        degree[left[edge]] += weight[edge]
        degree[lefts + right[edge]] += weight[edge]
        start[left[edge] + 1] += 1
        start[lefts + right[edge] + 1] += 1
    start = np.cumsum(start)
    fill, edge_of = start[:-1].copy(), np.empty(2 * left.size, np.int64)
    for edge in range(left.size):
        for node in (left[edge], lefts + right[edge]):
            edge_of[fill[node]] = edge
            fill[node] += 1
    heap = [(degree[node], node) for node in range(size)]
    heapq.heapify(heap)
    total, alive, gone = weight.sum(), size, np.zeros(size, np.bool_)
    order, best, best_at = np.empty(size, np.int64), total / max(size, 1), 0
    peeled = 0
    while peeled < size:
        weigh, node = heapq.heappop(heap)
        if gone[node] or weigh > degree[node] + 1e-12:
            continue
        gone[node] = True
        total -= degree[node]
        order[peeled] = node
        peeled, alive = peeled + 1, alive - 1
        for place in range(start[node], start[node + 1]):
            edge = edge_of[place]
            other = lefts + right[edge] if node < lefts else left[edge]
            if not gone[other]:
                degree[other] -= weight[edge]
                heapq.heappush(heap, (degree[other], other))
        if alive and total / alive > best:
            best, best_at = total / alive, peeled
    kept = np.ones(size, np.bool_)
    kept[order[:best_at]] = False
    return kept, best


def _squashed(value: float) -> float:
    """Any positive number as a score below 1."""
    return value / (1.0 + value)


BASELINES: dict[str, tuple[type[_Monthly], tuple[float, ...]]] = {
    "pair components": (PairComponents, (2, 3, 4, 5, 6)),
    "Louvain": (Louvain, (1.0, 3.0, 10.0)),
    "FRAUDAR": (Fraudar, (120, 300, 900)),
}
"""By name: the baseline, and the values of its knob that are tried on the city for tuning."""
