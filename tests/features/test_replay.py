"""Longer streams, and what stands between two settlements: a build, a request for advice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from claims.store.connect import Store
from features.context import read_context
from features.online import advise
from tests.features.served import assert_equal, built, in_groups, prepare, settle, settle_all
from tests.features.streams import random_stream


@pytest.mark.parametrize(("seed", "size", "disorder"), [(1, 1, 0.15), (2, 1, 0.5), (3, 7, 0.4)])
def test_a_long_stream_served_equals_the_batch_build(
    store: Store, tmp_path: Path, seed: int, size: int, disorder: float
) -> None:
    prepare(store)
    served = settle_all(store, in_groups(random_stream(seed, 150, disorder=disorder), size))
    assert_equal(served, built(store, tmp_path))


def test_the_service_goes_on_from_a_build(store: Store, tmp_path: Path) -> None:
    prepare(store)
    made = random_stream(11, 120, spread_days=20, disorder=0.25)
    served = settle_all(store, in_groups(made[:60], 20))
    built(store, tmp_path)
    served |= settle_all(store, in_groups(made[60:], 1))
    assert_equal(served, built(store, tmp_path))


def test_advice_equals_the_settlement_that_follows_and_writes_nothing(store: Store) -> None:
    prepare(store)
    with store.as_service() as connection:
        for group in in_groups(random_stream(31, 40), 1):
            advice = advise(connection, group, read_context(connection, group))
            connection.rollback()
            for claim, values in settle(connection, group).items():
                assert np.array_equal(advice[group.claims["claim_id"].tolist().index(claim)], values)
