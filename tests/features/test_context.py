"""What the service reads beside a claim is what a reading of the whole store would say about it."""

from __future__ import annotations

import threading

import psycopg
import pytest

from claims.batch import ClaimBatch, select
from claims.store.connect import Store
from features.context import read_context, read_whole_context
from features.online import draw_orders
from rules.run import run_rules
from tests.features.made import batch_of
from tests.features.reference import store_reference
from tests.features.streams import random_stream


@pytest.fixture
def at_the_shop(store: Store) -> ClaimBatch:
    """One claim of a pharmacy whose line names somebody who is pharmacist in another pharmacy only."""
    with store.as_owner() as connection:
        store_reference(connection)
        connection.execute("DELETE FROM staff")
        connection.execute("INSERT INTO staff VALUES ('OTHER-SHOP', 'PH-TEST', 'pharmacist', NULL, '2000-01-01')")
        connection.execute(
            "INSERT INTO institutions VALUES ('SHOP', NULL, 'pharmacy', NULL, NULL) ON CONFLICT DO NOTHING"
        )
    whole = batch_of(random_stream(1, 30))
    one = select(whole, [int(whole.lines["claim_index"][0])])  # type: ignore[arg-type]  # a list of rows does
    one.claims["institution_id"][:], one.claims["kind"][:] = "SHOP", "settlement"  # type: ignore[index]
    one.lines["doctor_id"][:] = "PH-TEST"  # type: ignore[index]
    return one


def test_a_register_elsewhere_counts_at_settlement_as_it_does_afterwards(store: Store, at_the_shop: ClaimBatch) -> None:
    with store.as_service() as connection:
        narrow = read_context(connection, at_the_shop)
        wide = read_whole_context(connection, narrow.history)
    found = [[hit.says_en for hit in run_rules(at_the_shop, context).hits] for context in (narrow, wide)]
    assert any("PH-TEST is not in this institution's register" in says for says in found[1])
    assert found[0] == found[1]


def test_an_order_is_drawn_only_after_an_import_that_is_placing_claims(store: Store) -> None:
    drawn: list[int] = []
    with store.as_owner() as importer:
        importer.execute("LOCK TABLE claims IN SHARE ROW EXCLUSIVE MODE")
        worker = threading.Thread(target=_draw, args=(store, drawn))
        worker.start()
        _wait_for_a_lock(store)
        row = importer.execute("SELECT nextval('recorded_order')").fetchone()
    worker.join(10)
    assert row is not None
    assert drawn > [row[0]]


def _draw(store: Store, drawn: list[int]) -> None:
    with store.as_service() as connection:
        drawn += draw_orders(connection, 1).tolist()


def _wait_for_a_lock(store: Store) -> None:
    with psycopg.connect(store.owner_url, autocommit=True) as connection:
        for _ in range(500):
            waiting = connection.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone()
            if waiting:
                return
            connection.execute("SELECT pg_sleep(0.01)")
    pytest.fail("nobody waits for the import")
