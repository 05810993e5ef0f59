"""Joint days counted by parts of places and pairs are those that are counted in one piece."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.antcity.source import source_of
from claims.city.make import make_city
from claims.city.plan import CityPlan
from claims.errors import BadSetting
from claims.workers import cluster, here, processes
from graphs import spread
from graphs.facts import read_facts
from graphs.links import JointDays, find_joint_days
from graphs.meetings import MOST_NEIGHBOURS
from graphs.spread import find_on, joint_finder, parts_of_places
from graphs.swipes import Swipes, read_swipes
from tests.graphs.town import Town, collectors

SHOPS = ("shop-1", "shop-2", "shop-3")


def same(ours: JointDays, theirs: JointDays) -> bool:
    """Equal in every bit, types included."""
    pairs = [(getattr(ours, each.name), getattr(theirs, each.name)) for each in fields(JointDays)]
    return all(one.dtype == other.dtype and one.tobytes() == other.tobytes() for one, other in pairs)


def city_swipes() -> Swipes:
    return read_swipes(source_of(make_city(CityPlan(1_500, 12, "dense", 5))).batch)


@pytest.mark.slow
@pytest.mark.parametrize("on", ["here", "processes", "local:2"])
def test_a_city_has_the_same_joint_days_however_it_is_counted(on: str, tmp_path: Path) -> None:
    swipes = city_swipes()
    whole = find_joint_days(swipes)
    assert len(whole.pair) > 500
    opened = {"here": here, "processes": lambda: processes(2)}.get(on, lambda: cluster(on))
    with opened() as workers:
        assert same(find_on(workers, tmp_path, swipes, len(swipes.at) // 5), whole)
    assert not list(tmp_path.iterdir())


VISITS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 3), st.integers(600, 620), st.booleans()),
    max_size=40,
)


@given(visits=VISITS, size=st.integers(1, 12), has_time=st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_visits_cut_anywhere_have_the_same_joint_days(
    visits: list[tuple[int, int, int, int, bool]], size: int, has_time: bool, tmp_path: Path
) -> None:
    town = Town()
    for who, place, day, minute, is_late in visits:
        town.visit(f"p{who}", f"shop-{place}", day, minute * has_time, known_after=200_000 if is_late else 60)
    swipes = read_swipes(town.batch())
    with here() as workers:
        assert same(find_on(workers, tmp_path, swipes, size), find_joint_days(swipes))


def test_a_pair_that_meets_once_at_each_of_two_places_is_kept(tmp_path: Path) -> None:
    town = Town()
    for day, shop in enumerate(SHOPS[:2]):
        town.visit("p1", shop, day, 600)
        town.visit("p2", shop, day, 601)
        town.visit("p3", shop, day, 602 + 100 * day)  # meets them at one of the places only
    swipes = read_swipes(town.batch())
    with here() as workers:
        joint = find_on(workers, tmp_path, swipes, 1)
    assert swipes.patient_ids[[joint.left[0], joint.right[0]]].tolist() == ["p1", "p2"]
    assert (len(joint.left), len(joint.pair)) == (1, 2)


def test_a_crowded_till_is_looked_at_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town = Town()
    draw = np.random.default_rng(4)
    for day in range(4):
        for who in draw.permutation(90):
            town.visit(f"p{who}", "shop-1", day, 600 + float(draw.uniform(0, 20)))
    swipes = read_swipes(town.batch())
    monkeypatch.setattr(spread, "MEETINGS_IN_A_BLOCK", 10 * MOST_NEIGHBOURS)
    with here() as workers:
        joint = find_on(workers, tmp_path, swipes, 5)
    assert len(joint.pair) > 1_000
    assert same(joint, find_joint_days(swipes))


def test_all_swipes_of_a_place_lie_in_one_part() -> None:
    assert parts_of_places(np.array([0, 0, 0, 1, 4, 4, 4, 4, 4, 4, 7, 8]), 3).tolist() == [0] * 3 + [1] * 7 + [2] * 2


def test_rings_found_from_a_spread_count_are_the_same(tmp_path: Path) -> None:
    town = Town()
    for number, shop in enumerate(SHOPS):
        town.traffic(shop, days=75, a_day=8, seed=number, customers=120)
    collectors(town, ["a", "b", "c", "d", "e"], SHOPS, [45, 50, 55, 60, 66])
    with here() as workers:
        spread_out = read_facts(town.source(), lambda swipes: find_on(workers, tmp_path, swipes, 100))
    assert same(spread_out.joint, read_facts(town.source()).joint)


def test_a_cluster_that_is_not_there_is_said_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="names no cluster"), joint_finder("local:two", tmp_path / "pieces"):
        pass
    with joint_finder(None, tmp_path / "nowhere") as find:
        assert find is find_joint_days
    assert not (tmp_path / "nowhere").exists()
