"""Walks through a city night by night and writes down which rings were found when."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from graphs.facts import Facts
from graphs.group import Group
from graphs.kinds import RING_KINDS, Finder
from graphs.snapshot import monday
from graphs.stable_ids import keep_ids

FIRST_NIGHT = 28
"""Days of claims before the first night."""


@dataclass
class Found:
    """One ring with a stable id, as the best of its nights saw it.

    Attributes:
        kind: its kind.
        best: its highest score.
        members: persons on that night.
        night: the day number of that night.
        flagged: the first night on which its score reached each level, by level.
    """

    kind: str
    best: float
    members: frozenset[int]
    night: int
    flagged: dict[float, int] = field(default_factory=dict)


LEVELS = tuple(round(0.02 * step, 2) for step in range(1, 51))
"""Scores at which a ring may be called one, tried when thresholds are chosen."""

Progress = Callable[[int, int], None]


def walk(
    facts: Facts, finders: dict[str, tuple[Finder, bool]], nights: Iterable[int], person_of: list[int]
) -> list[Found]:
    """All rings that were found on any night.

    Args:
        facts: of the city.
        finders: by kind, with whether it looks each night or on Mondays.
        nights: rising day numbers.
        person_of: the person of each patient code.
    """
    ids = facts.swipes.patient_ids
    known: dict[str, dict[str, frozenset[str]]] = {kind: {} for kind in finders}
    found: dict[str, Found] = {}
    for night in nights:
        for kind, (finder, is_nightly) in finders.items():
            if not is_nightly and monday(night) != night:
                continue
            groups = [group for group in finder.find(night) if group.score > 0]
            names = [ids[group.members].tolist() for group in groups]
            for ring_id, group, members in zip(keep_ids(kind, names, known[kind], night), groups, names, strict=True):
                known[kind][ring_id] = frozenset(members)
                _note(found, ring_id, group, night, person_of)
    return list(found.values())


def _note(found: dict[str, Found], ring_id: str, group: Group, night: int, person_of: list[int]) -> None:
    ring = found.setdefault(ring_id, Found(group.kind, -1.0, frozenset(), night))
    if group.score > ring.best:
        ring.best, ring.night = group.score, night
        ring.members = frozenset(person_of[code] for code in group.members.tolist())
    for level in LEVELS:
        if group.score >= level:
            ring.flagged.setdefault(level, night)


def our_finders(facts: Facts) -> dict[str, tuple[Finder, bool]]:
    """Those of the program, by kind."""
    return {kind.name: (kind.finder(facts), kind.is_nightly) for kind in RING_KINDS}
