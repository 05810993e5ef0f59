"""A ring that last night's snapshot knows is counted while its cards come to a till."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from claims.clock import HOUR
from claims.store.connect import Store
from claims.tables import Array
from features.context import read_context
from features.online import advise
from features.windows import window
from graphs.as_of import as_of
from graphs.columns import RING_NUMBER, read_changes, read_ring_changes
from graphs.links import WINDOW_SECONDS
from graphs.snapshot import available_at
from graphs.stable_ids import number_of
from graphs.store import rings_at
from tests.features.known_ring import CARDS, NIGHT, know_a_ring, moment
from tests.features.made import Made, batch_of
from tests.features.served import NAMES, assert_equal, built, settle
from tests.graphs.town import FIRST_DAY


@pytest.fixture
def town(store: Store, tmp_path: Path) -> Store:
    know_a_ring(store, tmp_path)
    return store


def swipe(card: str, at: int, till: str | None = "t1", shop: str = "shop-1") -> Made:
    return Made(f"{card} at {at}", at, 0, card, shop, None, till=till)


def served_by_turns(store: Store, made: list[Made]) -> dict[str, Array]:
    """The columns of claims that two workers settle in turn."""
    served: dict[str, Array] = {}
    with store.as_service() as one, store.as_service() as other:
        for number, claim in enumerate(made):
            served |= settle((one, other)[number % 2], batch_of([claim]))
    return served


def counts_of(served: dict[str, Array]) -> list[tuple[float, float]]:
    """The other cards of each person's own ring, and of any ring."""
    mates, cards = (NAMES.tolist().index(f"till_{name}_distinct_15m") for name in ("ring_mates", "ring_cards"))
    return [(row[mates], row[cards]) for row in served.values()]


def test_the_third_card_of_a_known_ring_shows_at_once(town: Store, tmp_path: Path) -> None:
    ten = moment(NIGHT + 1, 10)
    served = served_by_turns(
        town,
        [
            swipe("card-00", ten),
            swipe("card-01", ten + 180),
            swipe("card-01", ten + 200),
            swipe("card-02", ten + 420),
            swipe("shop-1-customer-1", ten + 480),
            swipe("card-03", ten + 500, till="t2"),
            swipe("card-03", ten + 520, shop="shop-2"),
            swipe("card-03", ten + 540, till=None),
            swipe("card-03", ten + 420 + HOUR),
        ],
    )
    assert counts_of(served) == [(0, 0), (1, 1), (1, 1), (2, 2), (0, 3), (0, 0), (0, 0), (0, 0), (0, 0)]
    assert_equal(served, built(town, tmp_path))


def test_cards_that_are_settled_together_see_the_earlier_ones(town: Store, tmp_path: Path) -> None:
    ten = moment(NIGHT + 1, 10)
    made = [replace(swipe(card, ten + 60 * place), order=place) for place, card in enumerate(CARDS)]
    with town.as_service() as connection:
        served = settle(connection, batch_of(made[:1])) | settle(connection, batch_of(made[1:]))
    assert counts_of(served) == [(place, place) for place in range(5)]
    assert_equal(served, built(town, tmp_path))


def test_nobody_is_in_a_ring_before_the_snapshot_is_available(town: Store, tmp_path: Path) -> None:
    four = moment(NIGHT, 4)
    made = [swipe("card-00", four - 300), swipe("card-01", four - 200), swipe("card-02", four - 1),
            swipe("card-03", four), swipe("card-04", four + 60)]  # fmt: skip
    served = served_by_turns(town, made)
    assert counts_of(served) == [(0, 0), (0, 0), (0, 0), (0, 0), (1, 1)]
    assert_equal(served, built(town, tmp_path))


def test_advice_sees_the_cards_and_leaves_no_trace(town: Store) -> None:
    ten = moment(NIGHT + 1, 10)
    with town.as_service() as connection:
        settle(connection, batch_of([swipe("card-00", ten)]))
        asked = batch_of([swipe("card-01", ten + 60)])
        for _ in range(2):
            (advice,) = advise(connection, asked, read_context(connection, asked))
            assert counts_of({"asked": advice}) == [(1, 1)]


def test_the_number_of_a_ring_follows_from_its_id(town: Store) -> None:
    with town.as_owner() as connection:
        (ring,) = rings_at(connection)
        changes = read_changes(connection, "patient")
    number = changes.values[:, changes.names.index(RING_NUMBER)]
    members = changes.ids[changes.code[number > 0]].tolist()
    assert members == ring.members == CARDS
    assert set(number[number > 0]) == {number_of(ring.ring_id)}
    assert number.max() < 2**53


def test_cards_meet_within_the_time_in_which_links_see_a_meeting() -> None:
    assert window("15m").length == WINDOW_SECONDS


def test_the_changes_of_rings_alone_are_those_among_all_changes(town: Store) -> None:
    with town.as_owner() as connection:
        alone, every = read_ring_changes(connection), read_changes(connection, "patient")
    assert alone.ids.tolist() == CARDS
    at = np.array([available_at(FIRST_DAY + NIGHT) - 1, available_at(FIRST_DAY + NIGHT)])
    for card in CARDS:
        asked = np.array([card, card], dtype=object)
        assert np.array_equal(as_of(alone, asked, at)[:, 0], as_of(every, asked, at)[:, every.names.index(RING_NUMBER)])
