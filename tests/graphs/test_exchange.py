"""Two areas find a ring that each alone cannot see, and tell each other no more than pseudonyms and days."""

from __future__ import annotations

from pathlib import Path

import pytest

from claims.errors import BadFile
from claims.pseudonyms import Pseudonyms
from graphs.exchange import Part, join_parts, monthly, parts_of, read_parts, suspicious_groups, write_parts
from graphs.facts import Facts, read_facts
from graphs.group import RING_SCORE_LEAST
from graphs.kinds.card_collectors import CardCollectors
from tests.graphs.town import FIRST_DAY, Town, collectors, family

KEY, MONTH, UNTIL = bytes(range(32)), "2024-05", FIRST_DAY + 140
SHOPS = ("shop-1", "shop-2", "shop-3")
NUMBERS = [f"99{number:016d}" for number in range(7)]


def town_of(own_key: bytes, days: list[int], seed: int) -> tuple[Facts, Pseudonyms]:
    """A town in which the seven cards are swiped on some days, under the town's own pseudonyms."""
    town, own = Town(), Pseudonyms(own_key)
    for number, shop in enumerate(SHOPS):
        town.traffic(shop, days=140, a_day=12, seed=seed + number)
    collectors(town, [str(name) for name in own.of(NUMBERS)], SHOPS, days)
    family(town, "family", 4, "shop-1", [95, 102, 110, 120])
    return read_facts(town.source()), own


def file_of(area: str, facts: Facts, own: Pseudonyms, path: Path) -> list[Part]:
    names = dict(zip(own.of(NUMBERS), monthly(KEY, MONTH).of(NUMBERS), strict=True))
    parts = parts_of(suspicious_groups(facts, UNTIL), facts.swipes.patient_ids.tolist(), area, names)
    write_parts(parts, MONTH, path)
    return parts


def test_two_areas_find_a_ring_that_each_alone_cannot(tmp_path: Path) -> None:
    files = []
    for area, days in (("9901", [96, 108]), ("9902", [101, 117])):
        facts, own = town_of(area.encode() * 8, days, int(area))
        assert not [group for group in CardCollectors(facts).find(UNTIL) if group.score >= RING_SCORE_LEAST]
        files.append(tmp_path / f"{area}.csv")
        parts = file_of(area, facts, own, files[-1])
        assert [part.joint_days for part in parts] == [2]
        text = files[-1].read_text(encoding="utf-8")
        assert not [number for number in NUMBERS if number in text]
        assert not [name for name in own.of(NUMBERS) if str(name) in text]
    (ring,) = join_parts([part for path in files for part in read_parts(path, MONTH)])
    assert ring.joint_days == 4
    assert ring.days_by_area == {"9901": 2, "9902": 2}
    assert ring.members == set(monthly(KEY, MONTH).of(NUMBERS))


def test_pseudonyms_of_two_months_have_nothing_in_common() -> None:
    assert not set(monthly(KEY, "2024-05").of(NUMBERS)) & set(monthly(KEY, "2024-06").of(NUMBERS))


def test_parts_of_one_area_or_with_few_common_members_are_not_joined() -> None:
    one = Part("A", frozenset("abcd"), 2)
    assert join_parts([one, Part("A", frozenset("abcd"), 2)]) == []
    assert join_parts([one, Part("B", frozenset("axyz"), 5)]) == []
    assert join_parts([one, Part("B", frozenset("abwxyz"), 5)])[0].joint_days == 7
    assert join_parts([Part("A", frozenset("ab"), 1), Part("B", frozenset("ab"), 1)]) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a,b\n",
        "month,area,group,member,joint_days\n2024-04,9901,1,aa,2\n",
        "month,area,group,member,joint_days\n2024-05,9901,1,aa,-2\n",
        "month,area,group,member,joint_days\n2024-05,9901,1,aa\n",
        "month,area,group,member,joint_days\n2024-05,9901,1,,2\n",
    ],
)
def test_another_file_is_refused_with_its_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "theirs.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadFile, match=r"theirs\.csv, line"):
        read_parts(path, MONTH)


def test_a_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    for name in ("none.csv", "binary.csv"):
        with pytest.raises(BadFile, match=name):
            read_parts(tmp_path / name, MONTH)
