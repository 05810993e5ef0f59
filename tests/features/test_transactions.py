"""The columns of plain transactions: equal to the SQL oracle, and only from what came before."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.batch import ClaimBatch, select
from claims.tables import SETTLEMENT
from features.compute import compute
from features.transactions import TRANSACTION_FEATURES
from tests.features.made import batch_of
from tests.features.oracle import Oracle, assert_equals_sql
from tests.features.reference import context_of
from tests.features.streams import random_stream

NAMES = np.array([feature.name for feature in TRANSACTION_FEATURES])


def transactions(seed: int, length: int, spread_days: int) -> ClaimBatch:
    """A random stream with places and categories, some of the latter missing, and few different amounts."""
    batch = batch_of(random_stream(seed, length, spread_days=spread_days))
    draw = np.random.default_rng(seed)
    batch.claims["till_id"][:] = draw.choice(np.array(["l1", "l2", "l3"], dtype=object), len(batch))
    batch.claims["care_category"][:] = draw.choice(np.array(["t1", "t2", "t3", None], dtype=object), len(batch))
    return batch


streams = st.builds(transactions, st.integers(0, 10**6), st.integers(1, 30), st.sampled_from((1, 10, 400)))


@settings(max_examples=8, deadline=None)
@given(streams)
def test_every_column_equals_the_sql_oracle_exactly(batch: ClaimBatch) -> None:
    context = context_of(batch)
    settled = np.flatnonzero(batch.claims["kind"] == SETTLEMENT)
    matrix = compute(TRANSACTION_FEATURES, batch, context)[settled]
    assert_equals_sql(Oracle(batch, context), TRANSACTION_FEATURES, batch.claims["claim_id"][settled], matrix)


@settings(max_examples=20, deadline=None)
@given(streams, st.integers(0, 29))
def test_transactions_recorded_later_change_nothing(whole: ClaimBatch, cut: int) -> None:
    kept = select(whole, np.arange(min(cut + 1, len(whole))))
    with_later = compute(TRANSACTION_FEATURES, kept, context_of(whole))
    wrong = (compute(TRANSACTION_FEATURES, kept, context_of(kept)) != with_later).any(axis=0)
    assert not wrong.any(), NAMES[wrong]


def test_many_transactions_are_numbered_as_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = transactions(3, 200, 100)
    few = compute(TRANSACTION_FEATURES, batch, context_of(batch))
    monkeypatch.setattr("claims.numbering.MANY", 50)
    assert np.array_equal(compute(TRANSACTION_FEATURES, batch, context_of(batch)), few, equal_nan=True)


def test_every_column_has_a_name_of_its_own_and_words() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert all("{value}" in feature.says_zh and "{value}" in feature.says_en for feature in TRANSACTION_FEATURES)
