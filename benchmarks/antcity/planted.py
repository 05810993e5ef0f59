"""The rings that were planted in a city, and what each of them did when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from claims.city.make import City
from claims.city.wrongs import SCHEMES
from claims.clock import DAY
from claims.tables import Array
from graphs.links import WINDOW_SECONDS

APART_DAYS = {"resale_tours": 2, "stay_groups": 7}
"""What counts as one occasion: a call takes some days, a round begins within a week; elsewhere a day is a day."""


@dataclass(frozen=True)
class Planted:
    """One ring.

    Attributes:
        kind: its scheme.
        seed: of its city.
        members: persons.
        person, day, fen: of its c claims in order of days: who, on which day, how much was taken.
        joint_day: the days (the first of each occasion) on which at least two members moved together.
    """

    kind: str
    seed: int
    members: frozenset[int]
    person: Array
    day: Array
    fen: Array
    joint_day: Array

    def members_until(self, day: int) -> frozenset[int]:
        """Who had taken part before `day`."""
        return frozenset(self.person[self.day < day].tolist())


def planted_rings(city: City) -> list[Planted]:
    """The rings of a city by the truth that its makers keep."""
    truth, visits = city.truth, city.claims.visits
    rings = []
    for number, scheme in enumerate(SCHEMES):
        mine = np.flatnonzero((truth.wrong == number) & (truth.ring >= 0))
        for ring in np.unique(truth.ring[mine]).tolist():
            rows = mine[truth.ring[mine] == ring]
            claim = truth.claim[rows]
            order = np.argsort(visits["settled"][claim], kind="stable")
            claim, fen = claim[order], truth.amount_fen[rows][order]
            person, settled = visits["person"][claim], visits["settled"][claim]
            joint = _joint_days(scheme.name, person, settled, visits["institution"][claim])
            members = frozenset(person.tolist())
            rings.append(Planted(scheme.name, city.world.plan.seed, members, person, settled // DAY, fen, joint))
    return rings


def _joint_days(kind: str, person: Array, settled: Array, place: Array) -> Array:
    """Days on which members moved together; at one till within minutes where the kind is seen at a till."""
    day = settled // DAY
    if kind in APART_DAYS:
        occasion = np.cumsum(np.diff(day, prepend=day[:1]) > APART_DAYS[kind])
        pairs = np.unique(np.stack([occasion, person]), axis=1)[0] if len(day) else occasion
        first = np.unique(occasion, return_index=True)[1]
        return np.asarray(day[first[np.bincount(pairs) >= 2]]) if len(day) else day
    if kind == "steered_prescriptions":
        return np.unique(day)
    order = np.lexsort((settled, place))
    near = (np.diff(place[order]) == 0) & (np.diff(settled[order]) <= WINDOW_SECONDS) & (np.diff(person[order]) != 0)
    return np.unique(day[order][1:][near])
