"""Rings across borders: areas that keep their claims to themselves find groups that each of them sees only in part.

A file holds, for one month, pseudonyms of the members of suspicious groups and on how many days they were together;
nothing else, not even how the group looks. The pseudonyms are made of person numbers with a key that the areas share,
another one each month, so that files of different months cannot be joined and nobody without the key can try numbers.
"""

from __future__ import annotations

import csv
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from claims.errors import BadFile
from claims.pseudonyms import Pseudonyms
from graphs.facts import Facts
from graphs.group import RING_SCORE_LEAST, Group, weighted
from graphs.kinds.card_collectors import GROUNDS, LEAST_JOINT_DAYS, CardCollectors

HEADER = ("month", "area", "group", "member", "joint_days")
LEAST_SHARED, LEAST_SHARE = 2, 0.5
"""Two groups are parts of one if they share at least two members, and half of the smaller one's."""


@dataclass(frozen=True)
class Part:
    """What one area sees of a group.

    Attributes:
        area: which area.
        members: monthly pseudonyms.
        joint_days: on how many days they were together there.
    """

    area: str
    members: frozenset[str]
    joint_days: int


@dataclass(frozen=True)
class CrossRing:
    """A ring that shows when parts are put together, the areas' joint days by name."""

    members: frozenset[str]
    days_by_area: dict[str, int]

    @property
    def joint_days(self) -> int:
        """Over all areas."""
        return sum(self.days_by_area.values())


def monthly(key: bytes, month: str) -> Pseudonyms:
    """The pseudonyms of a month, such as "2025-11", under the areas' common key."""
    return Pseudonyms(hmac.digest(key, f"month {month}".encode(), "sha256"))


def suspicious_groups(facts: Facts, day: int) -> list[Group]:
    """Groups that would be rings by what they take and how, however few their days, by what was known before `day`."""
    groups = CardCollectors(facts).find(day)
    return [
        group for group in groups if group.facts["structure"] * weighted(group.grounds, GROUNDS) >= RING_SCORE_LEAST / 2
    ]


def parts_of(
    groups: Iterable[Group], patient_ids: Sequence[str], area: str, pseudonym_of: Mapping[str, str]
) -> list[Part]:
    """The area's own groups under monthly pseudonyms; members whose person number is not at hand are left out.

    Args:
        groups: from `suspicious_groups`.
        patient_ids: of the facts, by code.
        area: the own one.
        pseudonym_of: by patient id the monthly pseudonym.
    """
    parts = []
    for group in groups:
        names = (pseudonym_of.get(patient_ids[code]) for code in group.members.tolist())
        members = frozenset(name for name in names if name is not None)
        if len(members) >= LEAST_SHARED:
            parts.append(Part(area, members, group.joint_days))
    return parts


def write_parts(parts: Sequence[Part], month: str, path: Path) -> None:
    """Write the file that goes to the other areas; equal parts give equal bytes."""
    with path.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(HEADER)
        for number, part in enumerate(sorted(parts, key=lambda part: sorted(part.members)), 1):
            rows.writerows((month, part.area, number, member, part.joint_days) for member in sorted(part.members))


def read_parts(path: Path, month: str) -> list[Part]:
    """Read an area's file.

    Raises:
        BadFile: it is not such a file, or of another month.
    """
    found: dict[tuple[str, str], tuple[set[str], int]] = {}
    try:
        with path.open(newline="", encoding="utf-8") as source:
            rows = csv.reader(source)
            header = next(rows, [])
            if tuple(header) != HEADER:
                raise _bad(path, 1, f"the columns {', '.join(HEADER)}")
            for number, row in enumerate(rows, 2):
                if len(row) != len(HEADER) or row[0] != month or not row[4].isdecimal() or not row[3]:
                    raise _bad(path, number, f"{len(HEADER)} fields of the month {month} with a whole number of days")
                members, _ = found.setdefault((row[1], row[2]), (set(), int(row[4])))
                members.add(row[3])
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(
            f"{path.name} cannot be read ({type(error).__name__}). Expected a file that `yicha rings exchange` of "
            "another area wrote. Ask for it again."
        ) from error
    return [Part(area, frozenset(members), days) for (area, _), (members, days) in found.items()]


def _bad(path: Path, line: int, expected: str) -> BadFile:
    return BadFile(f"{path.name}, line {line}: expected {expected}. Ask the area to write the file again.")


def join_parts(parts: Sequence[Part]) -> list[CrossRing]:
    """The rings that reach over a border and last long enough together, most joint days first.

    Parts of different areas that share enough members are one ring. Those that one area alone would already have called
    one are in it as well: it learns how far the ring reaches.
    """
    of: list[int] = list(range(len(parts)))

    def root(number: int) -> int:
        while of[number] != number:
            number = of[number]
        return number

    parts_with: dict[str, list[int]] = {}
    for number, part in enumerate(parts):
        for member in part.members:
            parts_with.setdefault(member, []).append(number)
    near = {(a, b) for numbers in parts_with.values() for a in numbers for b in numbers if a < b}
    for a, b in sorted(near):
        if parts[a].area != parts[b].area and _is_one(parts[a].members, parts[b].members):
            of[max(root(a), root(b))] = min(root(a), root(b))
    whole: dict[int, list[Part]] = {}
    for number, part in enumerate(parts):
        whole.setdefault(root(number), []).append(part)
    rings = [_ring(group) for group in whole.values() if len({part.area for part in group}) > 1]
    rings = [ring for ring in rings if ring.joint_days >= LEAST_JOINT_DAYS]
    return sorted(rings, key=lambda ring: (-ring.joint_days, sorted(ring.members)))


def _is_one(first: frozenset[str], second: frozenset[str]) -> bool:
    shared = len(first & second)
    return shared >= LEAST_SHARED and shared >= LEAST_SHARE * min(len(first), len(second))


def _ring(parts: Sequence[Part]) -> CrossRing:
    days: dict[str, int] = {}
    for part in parts:
        days[part.area] = days.get(part.area, 0) + part.joint_days
    return CrossRing(frozenset().union(*(part.members for part in parts)), dict(sorted(days.items())))
