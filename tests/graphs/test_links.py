"""Joint swipes: who met whom on which days, bounded whatever the crowd."""

import time

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.codes import DayCounts, distinct
from graphs.links import find_joint_days
from graphs.meetings import MOST_NEIGHBOURS
from graphs.swipes import read_swipes
from tests.graphs.town import Town

VISITS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 1), st.integers(0, 3), st.integers(600, 615)), max_size=40
)


def met(town: Town) -> set[tuple[str, str, int]]:
    swipes = read_swipes(town.batch())
    joint = find_joint_days(swipes)
    names = swipes.patient_ids
    left, right = names[joint.left[joint.pair]], names[joint.right[joint.pair]]
    return set(zip(left.tolist(), right.tolist(), joint.day.tolist(), strict=True))


@given(VISITS)
@settings(max_examples=60, deadline=None)
def test_joint_days_equal_all_pairs_looked_at(visits: list[tuple[int, int, int, int]]) -> None:
    town = Town()
    for who, place, day, minute in visits:
        town.visit(f"p{who}", f"shop-{place}", day, minute)
    first_day = 19_723
    together: dict[tuple[str, str], set[int]] = {}
    for who, place, day, minute in visits:
        for other, other_place, other_day, other_minute in visits:
            if who < other and place == other_place and day == other_day and abs(minute - other_minute) <= 15:
                together.setdefault((f"p{who}", f"p{other}"), set()).add(first_day + day)
    assert met(town) == {(*pair, day) for pair, days in together.items() if len(days) >= 2 for day in days}


def test_twenty_thousand_swipes_in_one_minute_stay_bounded() -> None:
    town = Town()
    for number in range(20_000):
        town.visit(f"p{number % 10_000}", "shop-1", number // 10_000, 600)
    find_joint_days(read_swipes(Town().batch()))  # compile first
    start = time.perf_counter()
    joint = find_joint_days(read_swipes(town.batch()))
    assert len(joint.pair) <= 20_000 * MOST_NEIGHBOURS
    assert time.perf_counter() - start < 20
    assert joint.surprise.max() < 1e-9  # so great a crowd explains every meeting


def test_two_swipes_of_one_card_are_no_link() -> None:
    town = Town()
    for day in range(3):
        town.visit("p1", "shop-1", day, 600)
        town.visit("p1", "shop-1", day, 601)
    assert met(town) == set()


def test_other_tills_of_one_institution_are_other_places() -> None:
    town = Town()
    for day in range(3):
        town.visit("p1", "shop-1", day, 600, till_id="till-1")
        town.visit("p2", "shop-1", day, 601, till_id="till-2")
    assert met(town) == set()


def test_claims_without_time_of_day_fall_back_to_days() -> None:
    town = Town()
    for day in range(2):
        town.visit("p1", "shop-1", day, 0)
        town.visit("p2", "shop-1", day, 0)
    swipes = read_swipes(town.batch())
    assert not swipes.has_time
    assert len(find_joint_days(swipes).pair) == 2


def test_a_claim_at_midnight_sharp_is_left_out_where_others_have_a_time() -> None:
    town = Town()
    town.visit("p1", "shop-1", 0, 0)
    town.visit("p2", "shop-1", 0, 600)
    assert len(read_swipes(town.batch()).row) == 1


def test_a_meeting_in_a_quiet_shop_surprises_more_than_in_its_rush_hour() -> None:
    town = Town()
    town.traffic("shop-1", days=60, a_day=20, seed=1)
    for day in (60, 61):
        town.visit("a", "shop-1", day, 600)
        town.visit("b", "shop-1", day, 601)
        town.visit("c", "shop-1", day, 900)
        town.visit("d", "shop-1", day, 901)
        for number in range(30):
            town.visit(f"crowd-{day}-{number}", "shop-1", day, 899 + number / 15)
    swipes = read_swipes(town.batch())
    joint = find_joint_days(swipes)
    nats = {swipes.patient_ids[left]: joint.surprise[joint.pair == pair].sum() for pair, left in enumerate(joint.left)}
    assert nats["a"] > nats["c"] + 4


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), max_size=30), st.integers(-3, 15), st.integers(1, 6))
def test_day_counts_equal_counting_by_hand(rows: list[tuple[int, int]], day: int, span: int) -> None:
    keys, days = np.array([row[0] for row in rows], dtype=np.int64), np.array([row[1] for row in rows], dtype=np.int64)
    found = DayCounts(keys, days).within(np.arange(5), np.full(5, day), span)
    assert found.tolist() == [sum(k == key and day - span < d <= day for k, d in rows) for key in range(5)]


COMBINATIONS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)), max_size=20)


@given(COMBINATIONS, st.booleans())
def test_distinct_combinations_are_those_of_numpy(rows: list[tuple[int, int, int]], large: bool) -> None:
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    columns = columns * (1 << 40) if large else columns  # as whole numbers they have no room together
    found, counts = distinct(*columns)
    wanted, wanted_counts = np.unique(columns, axis=1, return_counts=True)
    assert found.tolist() == wanted.tolist()
    assert counts.tolist() == wanted_counts.tolist()
