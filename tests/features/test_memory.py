"""What a build or a settlement holds in memory is let go of by itself."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import numpy as np
import psycopg

from claims.batch import select
from claims.store.connect import Store
from features.catalogue import FEATURES
from features.compute import compute_rows
from features.context import ReadContext, read_context
from features.online import draw_orders, look
from features.rows import Rows
from tests.features.made import batch_of
from tests.features.reference import context_of
from tests.features.served import prepare
from tests.features.streams import random_stream


def test_a_frame_goes_when_nobody_uses_it_without_waiting_for_the_collector() -> None:
    """The collector counts objects, not bytes: frames of a gigabyte would pile up."""
    _computed()  # the compiler holds on to what it saw when it compiled
    gc.collect()
    gc.disable()
    try:
        rows = _computed()
        gone = weakref.ref(rows)
        del rows
        assert gone() is None, "something in the frame's caches refers to the frame"
    finally:
        gc.enable()


def _computed() -> Rows:
    batch = batch_of(random_stream(1, 60))
    rows = Rows(batch, np.arange(len(batch)), context_of(batch))
    compute_rows(FEATURES, rows)
    return rows


def test_a_settlement_leaves_nothing_behind_for_the_collector(store: Store) -> None:
    """Or the next one would get new, cold memory instead of what this one used."""
    prepare(store)
    with store.as_service() as connection:
        _looked_at(connection)
        gc.collect()
        gc.disable()
        try:
            context = _looked_at(connection)
            gone = weakref.ref(context.frames[0])
            del context
            assert gone() is None, "the context and its frame refer to each other"
        finally:
            gc.enable()


def _looked_at(connection: psycopg.Connection) -> ReadContext:
    batch = select(batch_of(random_stream(1, 60)), np.arange(1))
    batch = replace(batch, claims={**batch.claims, "recorded_order": draw_orders(connection, 1)})
    context = read_context(connection, batch)
    look(connection, batch, context)
    return context
