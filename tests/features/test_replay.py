"""Claims served one by one, in groups, or by two workers have the columns that the batch build computes for them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import psycopg
import pytest

from claims.batch import ClaimBatch, select
from claims.store.columns import append_batch
from claims.store.connect import Store
from claims.tables import Array
from features.batch import build, read_matrix
from features.catalogue import FEATURES
from features.context import read_context
from features.online import advise, draw_orders, lock_entities, serve
from tests.conftest import settings_in
from tests.features.made import Made, batch_of
from tests.features.reference import store_reference
from tests.features.streams import random_stream


def settle(connection: psycopg.Connection, batch: ClaimBatch) -> dict[str, Array]:
    """Serve and store claims as the service does: one transaction, orders drawn after the locks."""
    lock_entities(connection, batch)
    batch = replace(batch, claims={**batch.claims, "recorded_order": draw_orders(connection, len(batch))})
    matrix = serve(connection, batch, read_context(connection, batch))
    append_batch(connection, batch)
    connection.commit()
    settled = np.flatnonzero(batch.claims["kind"] == "settlement")
    assert not matrix[batch.claims["kind"] == "reversal"].any()
    return {str(batch.claims["claim_id"][row]): matrix[row] for row in settled}


def built(store: Store, folder: Path) -> dict[str, Array]:
    with store.as_owner() as connection:
        names, claim_ids, _, _, matrix = read_matrix(build(connection, settings_in(folder)))
    assert names == tuple(feature.name for feature in FEATURES)
    return dict(zip(claim_ids.tolist(), matrix, strict=True))


def assert_equal(served: dict[str, Array], batch: dict[str, Array]) -> None:
    assert served.keys() == batch.keys()
    names = [feature.name for feature in FEATURES]
    wrong = [
        (claim, names[column], served[claim][column], batch[claim][column])
        for claim in served
        for column in np.flatnonzero(served[claim] != batch[claim])
    ]
    assert not wrong, wrong[:10]


def prepare(store: Store) -> None:
    with store.as_owner() as connection:
        store_reference(connection)
        connection.commit()


def in_groups(made: Sequence[Made], size: int) -> list[ClaimBatch]:
    whole = batch_of(made)
    return [select(whole, np.arange(at, min(at + size, len(whole)))) for at in range(0, len(whole), size)]


@pytest.mark.parametrize(
    ("seed", "size", "disorder"),
    [(1, 1, 0.0), (2, 1, 0.15), (3, 1, 0.5), (4, 1, 0.3), (5, 4, 0.15), (6, 7, 0.4), (7, 1, 0.05), (8, 2, 0.3)],
)
def test_claims_served_in_small_groups_equal_the_batch_build(
    store: Store, tmp_path: Path, seed: int, size: int, disorder: float
) -> None:
    prepare(store)
    served: dict[str, Array] = {}
    with store.as_service() as connection:
        for group in in_groups(random_stream(seed, 70, disorder=disorder), size):
            served |= settle(connection, group)
    assert_equal(served, built(store, tmp_path))


def test_the_service_goes_on_from_a_build(store: Store, tmp_path: Path) -> None:
    prepare(store)
    made = random_stream(11, 120, spread_days=20, disorder=0.25)
    served: dict[str, Array] = {}
    with store.as_service() as connection:
        for group in in_groups(made[:60], 20):
            served |= settle(connection, group)
        built(store, tmp_path)
        for group in in_groups(made[60:], 1):
            served |= settle(connection, group)
    assert_equal(served, built(store, tmp_path))


def test_two_workers_at_once_equal_the_batch_build(store: Store, tmp_path: Path) -> None:
    prepare(store)
    made = random_stream(21, 120, disorder=0.2)
    served: dict[str, Array] = {}
    failures: list[Exception] = []

    def work(groups: list[ClaimBatch]) -> None:
        try:
            with store.as_service() as connection:
                for group in groups:
                    served.update(settle(connection, group))
        except Exception as error:
            failures.append(error)

    groups = in_groups(made, 2)
    workers = [threading.Thread(target=work, args=(groups[half::2],)) for half in (0, 1)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert not failures
    assert_equal(served, built(store, tmp_path))


def test_advice_equals_the_settlement_that_follows_and_writes_nothing(store: Store) -> None:
    prepare(store)
    with store.as_service() as connection:
        for group in in_groups(random_stream(31, 40), 1):
            advice = advise(connection, group, read_context(connection, group))
            connection.rollback()
            for claim, values in settle(connection, group).items():
                assert np.array_equal(advice[group.claims["claim_id"].tolist().index(claim)], values)
