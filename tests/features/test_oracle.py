"""The compiled passes against SQL, and what must hold for every feature of the list."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.batch import concat, select
from features.catalogue import FEATURES
from features.compute import compute
from features.declare import Node, Spread
from tests.features.made import batch_of
from tests.features.oracle import Oracle, expected
from tests.features.reference import context_of
from tests.features.streams import random_stream

WITH_ORACLE = tuple(feature for feature in FEATURES if not isinstance(feature.how, Node))
TOLERANCE = 1e-12
"""Of the spread family alone, relative: SQL rounds on its way, the kernel once at the end."""
NAMES = np.array([feature.name for feature in FEATURES])

streams = st.builds(
    random_stream,
    st.integers(0, 10**6),
    st.integers(1, 45),
    spread_days=st.sampled_from((1, 10, 40, 400)),
    disorder=st.sampled_from((0.0, 0.1, 0.4)),
)


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(streams)
def test_every_feature_equals_the_sql_oracle_exactly(made: list) -> None:
    batch = batch_of(made)
    context = context_of(batch)
    oracle, matrix = Oracle(batch, context), compute(WITH_ORACLE, batch, context)
    for column, feature in enumerate(WITH_ORACLE):
        wanted = expected(oracle, feature, batch)
        found = matrix[:, column]
        same = np.isclose(found, wanted, TOLERANCE, 0.0) if isinstance(feature.how, Spread) else found == wanted
        wrong = np.flatnonzero(~same)
        assert not len(wrong), (feature.name, batch.claims["claim_id"][wrong], matrix[wrong, column], wanted[wrong])


@settings(max_examples=25, deadline=None)
@given(streams, st.integers(0, 44))
def test_claims_recorded_later_change_nothing(made: list, cut: int) -> None:
    whole = batch_of(made)
    kept = select(whole, np.arange(min(cut + 1, len(whole))))
    with_later = compute(FEATURES, kept, context_of(whole))
    assert_same(compute(FEATURES, kept, context_of(kept)), with_later)


@settings(max_examples=25, deadline=None)
@given(streams, streams)
def test_unrelated_claims_change_nothing(made: list, others: list) -> None:
    for claim in others:
        claim.id, claim.patient, claim.institution = f"x{claim.id}", f"x{claim.patient}", f"x{claim.institution}"
        claim.doctor, claim.reverses = claim.doctor and f"x{claim.doctor}", claim.reverses and f"x{claim.reverses}"
        claim.order += 10_000
    for claim in made:
        claim.order += 10_020
    batch = batch_of(made)
    alone = compute(FEATURES, batch, context_of(batch))
    assert_same(alone, compute(FEATURES, batch, context_of(concat([batch_of(others), batch]))))


@settings(max_examples=25, deadline=None)
@given(streams)
def test_one_claim_alone_equals_the_same_claim_in_a_batch(made: list) -> None:
    batch = batch_of(made)
    together = compute(FEATURES, batch, context_of(batch))
    for row in range(len(batch)):
        assert_same(compute(FEATURES, select(batch, np.array([row])), context_of(batch)), together[row : row + 1])


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_an_empty_past_gives_the_declared_value(feature) -> None:
    batch = batch_of(random_stream(1, 1))
    value = compute((feature,), batch, context_of(batch))[0, 0]
    if feature.per == "claim" or "ratio" in feature.name:  # these speak of the claim itself
        assert np.isfinite(value)
    else:
        assert value == feature.empty


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_every_feature_says_what_it_is_and_why(feature) -> None:
    assert "{value}" in feature.says_zh
    assert "{value}" in feature.says_en
    assert feature.unit
    assert len(feature.why) > 10


def test_names_are_unique() -> None:
    assert len(set(NAMES)) == len(NAMES)


def assert_same(one: np.ndarray, other: np.ndarray) -> None:
    wrong = (one != other).any(axis=0)
    assert not wrong.any(), NAMES[wrong]
