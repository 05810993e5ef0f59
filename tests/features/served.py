"""Serving a stream as the service does, and building its columns as a batch."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import psycopg

from claims.batch import ClaimBatch, select
from claims.store.columns import append_batch
from claims.store.connect import Store
from claims.tables import TABLES, Array
from features.batch import build
from features.catalogue import FEATURES
from features.context import read_context
from features.matrix import read_matrix
from features.online import draw_orders, lock_entities, serve
from tests.conftest import settings_in
from tests.features.made import Made, batch_of
from tests.features.reference import store_reference

NAMES = np.array([feature.name for feature in FEATURES])

_FILLED = ("node_columns", "confirmed", *(table.name for table in TABLES))


def prepare(store: Store) -> None:
    """Write the reference tables."""
    with store.as_owner() as connection:
        store_reference(connection)
        connection.commit()


def clear(store: Store) -> None:
    """Remove all claims, columns and reference rows, so that one database serves many streams."""
    with store.as_owner() as connection:
        connection.execute(f"TRUNCATE {', '.join((*_FILLED, *_feature_tables(connection)))} CASCADE")  # type: ignore[arg-type]
        connection.commit()


def _feature_tables(connection: psycopg.Connection) -> list[str]:
    named = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'feature%'"
    return [str(row[0]) for row in connection.execute(named)]


def settle(connection: psycopg.Connection, batch: ClaimBatch) -> dict[str, Array]:
    """Serve and store claims as the service does: one transaction, orders drawn after the locks.

    Returns:
        The columns of each settlement by claim id.
    """
    lock_entities(connection, batch)
    batch = replace(batch, claims={**batch.claims, "recorded_order": draw_orders(connection, len(batch))})
    matrix = serve(connection, batch, read_context(connection, batch))
    append_batch(connection, batch)
    connection.commit()
    settled = np.flatnonzero(batch.claims["kind"] == "settlement")
    assert not matrix[batch.claims["kind"] == "reversal"].any()
    return {str(batch.claims["claim_id"][row]): matrix[row] for row in settled}


def settle_all(store: Store, groups: Sequence[ClaimBatch]) -> dict[str, Array]:
    """Serve the groups one after the other."""
    served: dict[str, Array] = {}
    with store.as_service() as connection:
        for group in groups:
            served |= settle(connection, group)
    return served


def take_in(store: Store, made: Sequence[Made], folder: Path) -> None:
    """Store claims as an import does, and build their columns."""
    batch = batch_of([replace(claim, source="import 1") for claim in made])
    with store.as_owner() as connection:
        orders = draw_orders(connection, len(batch))
        append_batch(connection, replace(batch, claims={**batch.claims, "recorded_order": orders}))
        connection.commit()
    built(store, folder)


def built(store: Store, folder: Path) -> dict[str, Array]:
    """The columns of each settlement by claim id, from a build of the whole store."""
    with store.as_owner() as connection:
        names, claim_ids, _, _, matrix = read_matrix(build(connection, settings_in(folder)))
    assert names == tuple(NAMES)
    return dict(zip(claim_ids.tolist(), matrix, strict=True))


def assert_equal(served: dict[str, Array], batch: dict[str, Array]) -> None:
    """Every served value is the batch's, bit for bit."""
    assert served.keys() <= batch.keys()
    wrong = [
        (claim, NAMES[column], served[claim][column], batch[claim][column])
        for claim in served
        for column in np.flatnonzero(served[claim] != batch[claim])
    ]
    assert not wrong, wrong[:10]


def in_groups(made: Sequence[Made], size: int) -> list[ClaimBatch]:
    """The claims in groups of one size."""
    whole = batch_of(made)
    return [select(whole, np.arange(at, min(at + size, len(whole)))) for at in range(0, len(whole), size)]


def in_any_groups(made: Sequence[Made], seed: int) -> Iterator[ClaimBatch]:
    """The claims alone, in pairs, or in larger groups, as requests happen to meet."""
    draw, at, whole = random.Random(seed), 0, batch_of(made)
    while at < len(whole):
        size = draw.choice((1, 1, 1, 2, 3, 8))
        yield select(whole, np.arange(at, min(at + size, len(whole))))
        at += size
