"""Compares what was found with what was planted: recall and precision by kind and size, and how soon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.antcity.found import Found
from benchmarks.antcity.planted import Planted

LEAST_JOINT_DAYS = 4
SIZES = {"3-4": (3, 4), "5-10": (5, 10), "11-20": (11, 20), "21-40": (21, 99)}
DRAWS = 400


@dataclass(frozen=True)
class Match:
    """One found ring beside the planted one that it is, if any.

    Attributes:
        found: as it was seen at its best.
        planted: place in the list of planted rings, -1 for none.
        guilty: share of its members that belong to any scheme.
        is_first: no other with a higher score is the same planted ring; only these are counted.
    """

    found: Found
    planted: int
    guilty: float
    is_first: bool = True


def match(found: Sequence[Found], planted: Sequence[Planted], wrongdoers: frozenset[int]) -> list[Match]:
    """What each found ring is, highest score first.

    A found ring is a planted one if they share at least half of the members both ways, counting those who had taken
    part by then. Of several that are the same one only the first is counted: the others are no mistake, and no second
    find; but one of them may have seen it earlier.
    """
    rings_of: dict[int, list[int]] = {}
    for number, ring in enumerate(planted):
        for person in ring.members:
            rings_of.setdefault(person, []).append(number)
    taken: set[int] = set()
    matches = []
    for one in sorted(found, key=lambda one: (-one.best, sorted(one.members))):
        shared: dict[int, int] = {}
        for person in one.members:
            for number in rings_of.get(person, ()):
                shared[number] = shared.get(number, 0) + 1
        number = max(shared, key=lambda number: (shared[number], -number), default=-1)
        if number >= 0:
            there = len(planted[number].members_until(one.night) & one.members)
            is_it = there >= 0.5 * max(len(one.members), len(planted[number].members_until(one.night)))
            number = number if is_it else -1
        guilty = len(one.members & wrongdoers) / max(len(one.members), 1)
        matches.append(Match(one, number, guilty, number < 0 or number not in taken))
        taken.add(number)
    return matches


@dataclass(frozen=True)
class Counts:
    """At one threshold: planted and found rings that count, and how many of the found are right."""

    planted: int
    recalled: int
    called: int
    right: int

    @property
    def recall(self) -> float:
        """Share of the planted rings that were found."""
        return self.recalled / self.planted if self.planted else float("nan")

    @property
    def precision(self) -> float:
        """Share of the found rings that are planted ones."""
        return self.right / self.called if self.called else float("nan")

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        both = self.recall + self.precision
        return 2 * self.recall * self.precision / both if both > 0 else 0.0


def count(
    matches: Sequence[Match], planted: Sequence[Planted], threshold: float, sizes: tuple[int, int],
    kinds: frozenset[str] | None = None,
) -> Counts:  # fmt: skip
    """Count rings of these sizes (planted ones by their members, others by what was found) at a threshold.

    Args:
        matches: of one or several cities; `planted` numbers run through all of them.
        planted: all planted rings.
        threshold: of the score.
        sizes: least and most members.
        kinds: only planted rings of these schemes, and found ones by finders of these kinds; all by default.
    """
    counted = {
        number
        for number, ring in enumerate(planted)
        if sizes[0] <= len(ring.members) <= sizes[1]
        and len(ring.joint_day) >= LEAST_JOINT_DAYS
        and (kinds is None or ring.kind in kinds)
    }
    called = right = 0
    recalled: set[int] = set()
    for one in matches:
        if one.found.best < threshold or not one.is_first:
            continue
        if one.planted in counted:
            recalled.add(one.planted)
            called, right = called + 1, right + 1
        elif one.planted < 0 and sizes[0] <= len(one.found.members) <= sizes[1]:
            called += kinds is None or one.found.kind in kinds
    return Counts(len(counted), len(recalled), called, right)


def recall_at_precision(
    matches: Sequence[Match], planted: Sequence[Planted], least: float, sizes: tuple[int, int],
    kinds: frozenset[str] | None = None,
) -> tuple[float, float]:  # fmt: skip
    """The highest recall with at least this precision, over all thresholds, and the threshold."""
    best = (0.0, 1.0)
    for threshold in sorted({one.found.best for one in matches}, reverse=True):
        counts = count(matches, planted, threshold, sizes, kinds)
        if counts.precision >= least and counts.recall > best[0]:
            best = counts.recall, threshold
    return best


def interval(values: Sequence[float], draws: int = DRAWS) -> tuple[float, float]:
    """The middle 95% of the mean of values drawn with replacement."""
    if not values:
        return float("nan"), float("nan")
    rng = np.random.default_rng(0)
    means = rng.choice(np.asarray(values, dtype=np.float64), (draws, len(values))).mean(axis=1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def honest_flagged(matches: Sequence[Match], threshold: float) -> int:
    """Found rings most of whose members belong to no scheme."""
    return sum(one.found.best >= threshold and one.guilty < 0.5 for one in matches)


@dataclass(frozen=True)
class Soon:
    """How soon a ring was flagged: joint days and money until then, and the share of its money still to come."""

    joint_days: int
    fen: int
    savable: float


def how_soon(matches: Sequence[Match], planted: Sequence[Planted], level: float) -> dict[int, Soon]:
    """By planted ring, from the first night on which a found one that is the same reached the level."""
    nights: dict[int, int] = {}
    for one in matches:
        if one.planted >= 0 and level in one.found.flagged:
            night = one.found.flagged[level]
            nights[one.planted] = min(night, nights.get(one.planted, night))
    soon = {}
    for number, night in nights.items():
        ring = planted[number]
        before = ring.day < night
        total = max(int(ring.fen.sum()), 1)
        soon[number] = Soon(
            int((ring.joint_day < night).sum()), int(ring.fen[before].sum()), int(ring.fen[~before].sum()) / total
        )
    return soon
