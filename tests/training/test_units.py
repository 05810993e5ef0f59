"""The members of a ring are one unit of the bootstrap, by the rings that were known then."""

from __future__ import annotations

import numpy as np
import psycopg
import pytest

from claims.store.connect import Store
from training.judge import with_intervals
from training.share_interval import LEAST_UNITS, share_interval
from training.units import units_of

DAY = 86_400
CLAIM_COUNT = 1_000
CLAIMS = np.arange(CLAIM_COUNT)
PATIENTS = np.array(["p1", "p2", "p3", "p1"], dtype=object)


def snapshot(connection: psycopg.Connection, day: int, **rings: tuple[float, list[str]]) -> None:
    """A night whose data end at `day`, with changed rings: name -> score and members."""
    name = f"night-{day}"
    times = (name, day * DAY, day * DAY + 4 * 3_600)
    connection.execute("INSERT INTO snapshots VALUES (%s, to_timestamp(%s), to_timestamp(%s), 'f')", times)
    for ring, (score, members) in rings.items():
        connection.execute(
            "INSERT INTO rings VALUES (%s, %s, 'card_collectors', %s, %s, 9, 900, '{}', '{}')",
            (ring, name, score, members),
        )


def test_a_ring_counts_from_its_snapshot_until_it_ends(store: Store) -> None:
    with store.as_owner() as connection:
        assert units_of(connection, PATIENTS, 30 * DAY).tolist() == PATIENTS.tolist()  # nothing was built
        snapshot(connection, 10, small=(0.6, ["p1", "p2"]), large=(0.9, ["p2", "p9"]))
        snapshot(connection, 20, large=(0.0, []))
        assert units_of(connection, PATIENTS, 10 * DAY).tolist() == PATIENTS.tolist()  # not available before 04:00
        assert units_of(connection, PATIENTS, 15 * DAY).tolist() == ["ring small", "ring large", "p3", "ring small"]
        assert units_of(connection, PATIENTS, 25 * DAY).tolist() == ["ring small", "ring small", "p3", "ring small"]


def test_members_that_stand_or_fall_together_make_the_interval_wider() -> None:
    random = np.random.default_rng(3)
    positive = np.repeat(random.random(30) < 0.4, 20)  # 30 rings of 20 members with one claim each
    scores = np.repeat(random.normal(size=30), 20) + positive
    of_rings, _ = with_intervals(positive, scores, np.repeat(np.arange(30), 20), seed=1)
    of_members, _ = with_intervals(positive, scores, np.arange(600), seed=1)
    assert of_rings.high - of_rings.low > 2 * (of_members.high - of_members.low)


def test_a_share_is_as_sure_as_its_units_not_as_its_claims() -> None:
    stopped = np.repeat(np.arange(40) % 3 == 0, 25)  # 40 rings with 25 claims each, all of a ring in order or none
    of_rings, of_claims = (share_interval(stopped, units, seed=1) for units in (np.repeat(np.arange(40), 25), CLAIMS))
    assert of_rings.high - of_rings.low > 3 * (of_claims.high - of_claims.low)
    assert not of_rings.is_wilson
    assert of_rings == share_interval(stopped, np.repeat(np.arange(40), 25), seed=1)


@pytest.mark.parametrize("in_order", [0, CLAIM_COUNT])
def test_where_all_claims_are_alike_a_share_is_not_taken_for_certain(in_order: int) -> None:
    found = share_interval(np.arange(CLAIM_COUNT) < in_order, CLAIMS % 20, seed=1)
    assert found.is_wilson
    assert found.high - found.low == pytest.approx(0.16, abs=0.01)  # of 20 units, not of 1,000 claims


def test_of_few_units_a_share_is_hardly_known() -> None:
    few = LEAST_UNITS - 1
    found = share_interval(np.repeat(np.arange(few) % 2 == 0, 100), np.repeat(np.arange(few), 100), seed=1)
    assert found.is_wilson
    assert found.low < 0.3 < 0.8 < found.high
