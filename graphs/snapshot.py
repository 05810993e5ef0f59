"""Rolls the snapshot forward night by night and keeps only what changed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from claims.clock import HOUR, start_of_day, to_day
from claims.lazy import texts_at
from claims.tables import MISSING, Array
from graphs.codes import codes_in
from graphs.columns import NODE_KINDS, NodeKind, columns_of
from graphs.facts import read_facts
from graphs.group import RING_SCORE_LEAST, Group
from graphs.judge import WINDOW_DAYS
from graphs.kinds import RING_KINDS
from graphs.kinds.card_collectors import CardCollectors
from graphs.links import JointFinder, find_joint_days
from graphs.neighbourhood import distance_to, neighbourhood_columns, shared_neighbours
from graphs.read import Source
from graphs.slow import doctor_columns, institution_columns, window_rows
from graphs.stable_ids import keep_ids, number_of

AVAILABLE_AFTER = 4 * HOUR
"""A night's work starts at 00:00 and is used from 04:00 on, whenever it really ended."""

RECENT_DAYS = 90


def data_until(day: int) -> int:
    """The second before which a row must have been known to be in the snapshot of `day`."""
    return start_of_day(to_day(day))


def available_at(day: int) -> int:
    """The second from which the snapshot of `day` may be used."""
    return data_until(day) + AVAILABLE_AFTER


def is_slow_night(day: int) -> bool:
    """Institutions and doctors are recomputed on Mondays only: nearly all their columns move a little each night."""
    return monday(day) == day


def monday(day: int) -> int:
    """The last Monday up to `day`.

    >>> monday(20_000), monday(19_996)  # 2024-10-04 is a Friday
    (19996, 19996)
    """
    return day - (day + 3) % 7


RingState = tuple[float, int, int, int, int]
"""Score, evidence day, joint days, fen and number of evidence claims: when one changes the ring is written anew."""


def state_of(ring: Group) -> RingState:
    """What tells whether a ring must be written again."""
    return ring.score, ring.evidence_day, ring.joint_days, ring.money_fen, len(ring.claim_rows)


@dataclass
class Memory:
    """What the next night must know of the nights before; texts, so that it can come from the store.

    Attributes:
        values: by node kind, the newest values by node id.
        ring_members: by kind and ring id, the last members while it was a ring.
        ring_day: by ring id, the last day on which it was one.
        ring_state: by ring id that stands, what was last written of it.
    """

    values: dict[NodeKind, dict[str, tuple[float, ...]]] = field(
        default_factory=lambda: {kind: {} for kind in NODE_KINDS}
    )
    ring_members: dict[str, dict[str, frozenset[str]]] = field(
        default_factory=lambda: {kind.name: {} for kind in RING_KINDS}
    )
    ring_day: dict[str, int] = field(default_factory=dict)
    ring_state: dict[str, RingState] = field(default_factory=dict)

    def forget(self, day: int) -> None:
        """Let go of rings that were none since before `day`."""
        for ring_id in [name for name, last in self.ring_day.items() if last < day]:
            del self.ring_day[ring_id]
            for members in self.ring_members.values():
                members.pop(ring_id, None)


@dataclass(frozen=True)
class Night:
    """What one night adds: changed nodes, rings that began or changed, kinds and ids of rings that ended."""

    day: int
    changed: dict[NodeKind, tuple[Array, Array]]
    rings: list[tuple[str, Group]]
    ended: list[tuple[str, str]]
    standing: int


class Roller:
    """The links of one stretch of time, rolled forward.

    Args:
        source: the claims that the nights may look at.
        memory: of the night before the first; changed by `night`.
        find: counts who swiped together.
    """

    def __init__(self, source: Source, memory: Memory, find: JointFinder = find_joint_days) -> None:
        self.memory = memory
        self.facts = read_facts(source, find)
        self._finders = {kind.name: kind.finder(self.facts) for kind in RING_KINDS}
        self._standing: dict[str, tuple[int, list[Group]]] = {}
        self._findings = source.confirmed
        self._finding_code = codes_in(self.facts.swipes.patient_ids, source.confirmed["patient_id"])
        self.ids: dict[NodeKind, Array] = {
            "patient": self.facts.swipes.patient_ids,
            "doctor": self.facts.doctor_ids,
            "institution": self.facts.taking.institution_ids,
        }
        self._last = {kind: self._remembered(kind) for kind in NODE_KINDS}

    def claim_ids(self, rows: Array) -> list[str]:
        """The ids of the claims in some rows of the batch."""
        return texts_at(self.facts.claims, "claim_id", rows)  # type: ignore[return-value]  # each claim has one

    def _remembered(self, kind: NodeKind) -> Array:
        nothing = (0.0,) * len(columns_of(kind))
        rows = [self.memory.values[kind].get(name, nothing) for name in self.ids[kind].tolist()]
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(nothing))

    def night(self, day: int) -> Night:
        """The snapshot with the data until 00:00 of `day`; call with rising days."""
        found = {kind.name: self._groups(kind.name, day if kind.is_nightly else monday(day)) for kind in RING_KINDS}
        groups = [group for of_kind in found.values() for group in of_kind]
        rings = {
            name: [group for group in of_kind if group.score >= RING_SCORE_LEAST] for name, of_kind in found.items()
        }
        named = self._named(rings, day)
        number = {id(ring): number_of(ring_id) for _, ring_id, ring in named}
        numbered = [(group, number.get(id(group), 0.0)) for group in groups]
        changed = {"patient": self._changed("patient", self._patient_values(day, numbered))}
        if is_slow_night(day):
            institutions, doctors = self._slow_values(day, [ring for of_kind in rings.values() for ring in of_kind])
            changed["institution"] = self._changed("institution", institutions)
            changed["doctor"] = self._changed("doctor", doctors)
        began, ended = self._follow(named, day)
        return Night(day, changed, began, ended, len(named))  # type: ignore[arg-type]  # keys are node kinds

    def _groups(self, kind: str, day: int) -> list[Group]:
        """The groups of a kind as of `day`, found once."""
        if kind not in self._standing or self._standing[kind][0] != day:
            self._standing[kind] = day, self._finders[kind].find(day)
        return self._standing[kind][1]

    def _changed(self, kind: NodeKind, values: Array) -> tuple[Array, Array]:
        different = np.flatnonzero((values != self._last[kind]).any(axis=1))
        self._last[kind] = values
        return self.ids[kind][different], values[different]

    def _patient_values(self, day: int, groups: list[tuple[Group, float]]) -> Array:
        """The columns of all patients, from the groups with the numbers of those that are rings."""
        joint, size = self.facts.joint, len(self.ids["patient"])
        of_group, number = np.zeros((size, 3)), np.zeros(size)
        for group, own in sorted(groups, key=lambda pair: pair[0].score):  # the highest score stays
            of_group[group.members] = (group.score, len(group.members), group.joint_days)
            number[group.members] = own
        rows, recent = self._collectors.active(day), self._collectors.active(day, RECENT_DAYS)
        pairs = np.unique(joint.pair[recent])
        partners = np.bincount(np.concatenate([joint.left[pairs], joint.right[pairs]]), minlength=size)
        ends = np.concatenate([joint.left[joint.pair[recent]], joint.right[joint.pair[recent]]])
        met = np.unique(ends * (day + 1) + np.tile(joint.day[recent], 2))
        nats = np.bincount(joint.left[joint.pair[rows]], joint.surprise[rows], size)
        nats += np.bincount(joint.right[joint.pair[rows]], joint.surprise[rows], size)
        pairs = np.unique(joint.pair[rows])
        edges = np.column_stack([joint.left[pairs], joint.right[pairs]])
        around = neighbourhood_columns(edges, np.column_stack([nats, of_group[:, 0]]))
        near = around[:, [1, 4, 9]]  # mean surprise and highest score of partners, highest score of theirs
        closeness = 1.0 / distance_to(edges, size, self._confirmed(day))
        days = np.bincount(met // (day + 1), minlength=size)
        shared = shared_neighbours(edges, size)
        return np.column_stack([of_group, partners, days, nats, near, shared, closeness, number])

    def _confirmed(self, day: int) -> Array:
        """Codes of the patients against whom a finding stood before 00:00 of `day`."""
        known = self._findings["known_at"] < data_until(day)
        replaced = self._findings["replaced_at"]
        standing = known & ((replaced == MISSING) | (replaced >= data_until(day)))
        return np.unique(self._finding_code[standing & (self._finding_code >= 0)])

    @property
    def _collectors(self) -> CardCollectors:
        """Finds whose cards are swiped together."""
        finder = self._finders["card_collectors"]
        assert isinstance(finder, CardCollectors)
        return finder

    def _slow_values(self, day: int, rings: list[Group]) -> tuple[Array, Array]:
        taking, joint, rows = self.facts.taking, self.facts.joint, self._collectors.active(day)
        in_ring = np.zeros(len(self.ids["patient"]))
        rings_at = np.zeros(len(taking.institution_ids))
        for ring in rings:
            in_ring[ring.members] = 1.0
            rings_at[np.unique(taking.institution[ring.claim_rows])] += 1
        there = taking.institution[joint.left_row[rows]]
        surprise_at = np.bincount(there, joint.surprise[rows], len(rings_at))
        window = window_rows(taking, day)
        institutions = institution_columns(taking, window, in_ring, rings_at, surprise_at)
        doctors = doctor_columns(
            taking, window, self.facts.doctor, len(self.ids["doctor"]), self.facts.is_pharmacy, in_ring
        )
        return institutions, doctors

    def _named(self, rings: dict[str, list[Group]], day: int) -> list[tuple[str, str, Group]]:
        """Kind and id of each ring; one that stood before keeps its id."""
        self.memory.forget(day - WINDOW_DAYS)
        named: list[tuple[str, str, Group]] = []
        for kind, of_kind in rings.items():
            members = [self._members(ring) for ring in of_kind]
            ids = keep_ids(kind, members, self.memory.ring_members[kind], day)
            named += [(kind, ring_id, ring) for ring_id, ring in zip(ids, of_kind, strict=True)]
        return named

    def _members(self, ring: Group) -> list[str]:
        return self.ids["patient"][ring.members].tolist()  # type: ignore[no-any-return]

    def _follow(
        self, named: list[tuple[str, str, Group]], day: int
    ) -> tuple[list[tuple[str, Group]], list[tuple[str, str]]]:
        """Remember the rings of today; tell which of them began or changed and which ended."""
        memory, before = self.memory, self.memory.ring_state
        memory.ring_state = {}
        fresh = []
        for kind, ring_id, ring in named:
            known, state, members = memory.ring_members[kind], state_of(ring), frozenset(self._members(ring))
            if before.get(ring_id) != state or known[ring_id] != members:
                fresh.append((ring_id, ring))
            known[ring_id], memory.ring_day[ring_id] = members, day
            memory.ring_state[ring_id] = state
        over = before.keys() - memory.ring_state.keys()
        ended = [(kind, ring_id) for kind, known in memory.ring_members.items() for ring_id in over & known.keys()]
        return fresh, sorted(ended)


def nights(first_day: int, last_day: int, cadence: str) -> list[int]:
    """The days whose snapshots are made: each day, or each Monday."""
    return [day for day in range(first_day, last_day + 1) if cadence == "nightly" or is_slow_night(day)]
