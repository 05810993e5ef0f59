"""Rolls the snapshot forward night by night and keeps only what changed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from claims.clock import HOUR, start_of_day, to_day
from claims.tables import Array
from graphs.codes import encode
from graphs.columns import NODE_KINDS, NodeKind, columns_of
from graphs.groups import GroupFinder
from graphs.links import JointDays, find_joint_days
from graphs.neighbourhood import over_links
from graphs.read import Source
from graphs.ring_score import RING_SCORE_LEAST, WINDOW_DAYS, Group, Judge
from graphs.slow import doctor_columns, institution_columns, window_rows
from graphs.stable_ids import keep_ids
from graphs.swipes import Swipes, read_swipes
from graphs.taking import Taking, read_taking

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
    return (day + 3) % 7 == 0


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
        ring_members: by ring id, the last members while it was a ring.
        ring_day: by ring id, the last day on which it was one.
        ring_state: by ring id that stands, what was last written of it.
    """

    values: dict[NodeKind, dict[str, tuple[float, ...]]] = field(
        default_factory=lambda: {kind: {} for kind in NODE_KINDS}
    )
    ring_members: dict[str, frozenset[str]] = field(default_factory=dict)
    ring_day: dict[str, int] = field(default_factory=dict)
    ring_state: dict[str, RingState] = field(default_factory=dict)


@dataclass(frozen=True)
class Night:
    """What one night adds: changed nodes, rings that began or changed, ids of rings that ended."""

    day: int
    changed: dict[NodeKind, tuple[Array, Array]]
    rings: list[tuple[str, Group]]
    ended: list[str]
    standing: int


class Roller:
    """The links of one stretch of time, rolled forward.

    Args:
        source: the claims that the nights may look at.
        memory: of the night before the first; changed by `night`.
    """

    def __init__(self, source: Source, memory: Memory) -> None:
        self.memory = memory
        self.swipes: Swipes = read_swipes(source.batch)
        self.joint: JointDays = find_joint_days(self.swipes)
        self.taking: Taking = read_taking(source.batch, self.swipes, source.patients, source.catalogue)
        self.finder = GroupFinder(self.joint, Judge(self.taking, self.joint))
        self.claim_ids = source.batch.claims["claim_id"]
        doctor_ids, (self._doctor,) = encode(source.batch.claims["doctor_id"])
        kinds = dict(
            zip(source.institutions["institution_id"].tolist(), source.institutions["kind"].tolist(), strict=True)
        )
        names = self.taking.institution_ids.tolist()
        self._is_pharmacy = np.array([kinds.get(name) == "pharmacy" for name in names], dtype=np.bool_)
        self.ids: dict[NodeKind, Array] = {
            "patient": self.swipes.patient_ids,
            "doctor": doctor_ids,
            "institution": self.taking.institution_ids,
        }
        self._last = {kind: self._remembered(kind) for kind in NODE_KINDS}

    def _remembered(self, kind: NodeKind) -> Array:
        nothing = (0.0,) * len(columns_of(kind))
        rows = [self.memory.values[kind].get(name, nothing) for name in self.ids[kind].tolist()]
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(nothing))

    def night(self, day: int) -> Night:
        """The snapshot with the data until 00:00 of `day`; call with rising days."""
        rows = self.finder.active(day)
        groups = self.finder.find(rows)
        rings = [group for group in groups if group.score >= RING_SCORE_LEAST]
        changed = {"patient": self._changed("patient", self._patient_values(day, rows, groups))}
        if is_slow_night(day):
            institutions, doctors = self._slow_values(day, rows, rings)
            changed["institution"] = self._changed("institution", institutions)
            changed["doctor"] = self._changed("doctor", doctors)
        began, ended = self._follow(rings, day)
        return Night(day, changed, began, ended, len(rings))  # type: ignore[arg-type]  # keys are node kinds

    def _changed(self, kind: NodeKind, values: Array) -> tuple[Array, Array]:
        different = np.flatnonzero((values != self._last[kind]).any(axis=1))
        self._last[kind] = values
        return self.ids[kind][different], values[different]

    def _patient_values(self, day: int, rows: Array, groups: list[Group]) -> Array:
        joint, size = self.joint, len(self.swipes.patient_ids)
        of_group = np.zeros((size, 3))
        for group in groups:
            of_group[group.members] = (group.score, len(group.members), group.joint_days)
        recent = self.finder.active(day, RECENT_DAYS)
        pairs = np.unique(joint.pair[recent])
        partners = np.bincount(np.concatenate([joint.left[pairs], joint.right[pairs]]), minlength=size)
        ends = np.concatenate([joint.left[joint.pair[recent]], joint.right[joint.pair[recent]]])
        met = np.unique(ends * (day + 1) + np.tile(joint.day[recent], 2))
        nats = np.bincount(joint.left[joint.pair[rows]], joint.surprise[rows], size)
        nats += np.bincount(joint.right[joint.pair[rows]], joint.surprise[rows], size)
        pairs = np.unique(joint.pair[rows])
        near = over_links(joint.left[pairs], joint.right[pairs], np.column_stack([nats, of_group[:, 0]]))
        days = np.bincount(met // (day + 1), minlength=size)
        return np.column_stack([of_group, partners, days, nats, near[:, 1], near[:, 4]])

    def _slow_values(self, day: int, rows: Array, rings: list[Group]) -> tuple[Array, Array]:
        taking, joint = self.taking, self.joint
        in_ring = np.zeros(len(self.swipes.patient_ids))
        rings_at = np.zeros(len(taking.institution_ids))
        for ring in rings:
            in_ring[ring.members] = 1.0
            rings_at[np.unique(taking.institution[ring.claim_rows])] += 1
        there = taking.institution[joint.left_row[rows]]
        surprise_at = np.bincount(there, joint.surprise[rows], len(rings_at))
        window = window_rows(taking, day)
        institutions = institution_columns(taking, window, in_ring, rings_at, surprise_at)
        doctors = doctor_columns(taking, window, self._doctor, len(self.ids["doctor"]), self._is_pharmacy, in_ring)
        return institutions, doctors

    def _follow(self, rings: list[Group], day: int) -> tuple[list[tuple[str, Group]], list[str]]:
        """Give ids; tell which rings began or changed and which ended."""
        memory, patients = self.memory, self.swipes.patient_ids
        for ring_id in [name for name, last in memory.ring_day.items() if last < day - WINDOW_DAYS]:
            del memory.ring_day[ring_id], memory.ring_members[ring_id]
        names = [patients[ring.members].tolist() for ring in rings]
        ids = keep_ids(names, memory.ring_members, day)
        before, memory.ring_state = memory.ring_state, {}
        fresh = []
        for ring_id, ring, members in zip(ids, rings, names, strict=True):
            state = state_of(ring)
            if before.get(ring_id) != state or memory.ring_members[ring_id] != frozenset(members):
                fresh.append((ring_id, ring))
            memory.ring_members[ring_id], memory.ring_day[ring_id] = frozenset(members), day
            memory.ring_state[ring_id] = state
        return fresh, sorted(before.keys() - memory.ring_state.keys())


def nights(first_day: int, last_day: int, cadence: str) -> list[int]:
    """The days whose snapshots are made: each day, or each Monday."""
    return [day for day in range(first_day, last_day + 1) if cadence == "nightly" or is_slow_night(day)]
