"""What must hold for every feature of the list."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.batch import ClaimBatch, concat, select
from claims.context import Context
from claims.tables import SETTLEMENT, Array
from features.catalogue import FEATURES
from features.closed.build import learn_closed
from features.compute import compute, compute_rows
from features.rows import Rows
from tests.features.judged import judged
from tests.features.made import Made, batch_of
from tests.features.nodes import changes_of, random_nodes
from tests.features.oracle.closed import FAR
from tests.features.reference import context_of
from tests.features.served import NAMES
from tests.features.streams import each_stream, hot_stream, random_stream, streams

NODES = changes_of(random_nodes(1))
OTHERS = batch_of(hot_stream(1, 300))
TAUGHT = learn_closed(OTHERS, context_of(OTHERS), FAR)


def taught_context(history: ClaimBatch) -> Context:
    """The context of a store in which the months since January 2025 had been taught by others."""
    return replace(context_of(history), closed=TAUGHT)


def columns(batch: ClaimBatch, history: ClaimBatch) -> Array:
    return compute(FEATURES, batch, taught_context(history), nodes=NODES)


@each_stream
@given(streams, st.integers(0, 44))
def test_claims_recorded_later_change_nothing(made: list[Made], cut: int) -> None:
    whole = batch_of(made)
    kept = select(whole, np.arange(min(cut + 1, len(whole))))
    assert_same(columns(kept, kept), columns(kept, whole))


@each_stream
@given(streams, streams)
def test_unrelated_claims_change_nothing(made: list[Made], others: list[Made]) -> None:
    for claim in others:
        claim.id, claim.patient, claim.institution = f"x{claim.id}", f"x{claim.patient}", f"x{claim.institution}"
        claim.doctor, claim.reverses = claim.doctor and f"x{claim.doctor}", claim.reverses and f"x{claim.reverses}"
        claim.order += 10_000
        for line in claim.lines:
            line.doctor = line.doctor and f"x{line.doctor}"
    for claim in made:
        claim.order += 10_020
    batch = batch_of(made)
    assert_same(columns(batch, batch), columns(batch, concat([batch_of(others), batch])))


@each_stream
@given(streams, st.integers(0, 10**6))
def test_the_sequence_of_rows_changes_nothing(made: list[Made], seed: int) -> None:
    """Claims of one second follow their recorded order, wherever they stand."""
    batch = batch_of(made)
    places = random.Random(seed).sample(range(len(batch)), len(batch))
    mixed = concat([select(batch, np.array([place])) for place in places])
    assert_same(columns(batch, batch)[places], columns(mixed, mixed))


@each_stream
@given(streams)
def test_many_claims_are_computed_as_few_are(made: list[Made]) -> None:
    """The ways of large frames (sorts by digits, settlements apart from reversals, blocks, threads), taken by a few."""
    batch = batch_of(made)
    settled = np.flatnonzero(batch.claims["kind"] == SETTLEMENT)

    def computed(workers: int) -> Array:
        return compute_rows(FEATURES, Rows(batch, settled, taught_context(batch)), None, NODES, workers)

    few = computed(1)
    with pytest.MonkeyPatch.context() as patch:
        for limit in ("sorting.FEW", "timeline.FEW", "columns.BLOCK", "windowed.BLOCK"):
            patch.setattr(f"features.{limit}", 2)
        assert_same(few, computed(2))


@each_stream
@given(streams)
def test_one_claim_alone_equals_the_same_claim_in_a_batch(made: list[Made]) -> None:
    batch = batch_of(made)
    together = columns(batch, batch)
    for row in range(len(batch)):
        assert_same(columns(select(batch, np.array([row])), batch), together[row : row + 1])


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_an_empty_past_gives_the_declared_value(feature) -> None:
    batch = batch_of(random_stream(1, 1))
    value = compute((feature,), batch, context_of(batch, judged([])))[0, 0]
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


def test_streams_come_to_months_that_were_taught() -> None:
    batch = batch_of(random_stream(1, 45, spread_days=40))
    assert columns(batch, batch)[:, NAMES == "claim_learned_supply_lines"].any()


def test_names_are_unique() -> None:
    assert len(set(NAMES)) == len(NAMES)


def assert_same(one: Array, other: Array) -> None:
    wrong = (one != other).any(axis=0)
    assert not wrong.any(), NAMES[wrong]
