"""What is read from whole months against SQL over the settlements themselves, and what may never change it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.catalogue.closed import CLOSED
from features.closed.build import learn_closed
from features.closed.months import AVAILABLE_AFTER, month_of, start_of_month
from features.compute import compute
from tests.features.made import OTHER, Line, Made, batch_of
from tests.features.oracle import Oracle, assert_equals_sql
from tests.features.oracle.closed import FAR, prepare
from tests.features.reference import context_of
from tests.features.streams import each_stream, random_stream, streams


def assert_as_sql_says(made: list[Made]) -> np.ndarray:
    batch = batch_of(made)
    context = context_of(batch)
    oracle = Oracle(batch, context)
    prepare(oracle.database)
    matrix = compute(CLOSED, batch, replace(context, closed=learn_closed(batch, context, FAR)))
    settled = np.flatnonzero(batch.claims["kind"] == "settlement")
    assert_equals_sql(oracle, CLOSED, batch.claims["claim_id"][settled], matrix[settled])
    return matrix


@pytest.mark.slow
@each_stream
@given(streams)
def test_every_feature_of_whole_months_equals_sql_exactly(made: list[Made]) -> None:
    assert_as_sql_says(made)


def test_a_drug_that_hardly_ever_comes_with_a_diagnosis_fits_poorly() -> None:
    usual = [("I10", "XA99ZZA001"), ("E11", "XB99ZZA001")]
    made = [
        Made(f"c{n}", "2025-03-10T10:00", n + 1, diagnoses=[usual[n % 2][0]], lines=[Line(usual[n % 2][1])])
        for n in range(150)
    ]
    lines = [Line("XA99ZZA001", 700), Line("XB99ZZA001", 300)]
    made.append(Made("q", "2025-04-05T10:00", 200, diagnoses=["I10"], lines=lines))
    found = dict(zip((feature.name for feature in CLOSED), assert_as_sql_says(made)[-1].tolist(), strict=True))
    assert found["claim_misfit_amount_share"] == 0.3
    assert found["claim_drug_lift_least"] == pytest.approx(20 / 95)


@each_stream
@given(streams, st.integers(0, 44))
def test_what_becomes_known_after_the_month_has_ended_changes_nothing(made: list[Made], place: int) -> None:
    batch = batch_of(made)
    context, known_at = context_of(batch), batch.claims["known_at"]
    month = month_of(int(known_at[place % len(batch)]))
    is_late = known_at >= start_of_month(month)
    prices, totals = batch.lines["unit_price_micro_yuan"], batch.claims["total_fen"]
    dearer = replace(
        batch,
        claims={**batch.claims, "total_fen": np.where(is_late, totals * 7, totals)},
        lines={
            **batch.lines,
            "unit_price_micro_yuan": np.where(is_late[batch.lines["claim_index"]], prices * 7, prices),
            "item_code": np.where(is_late[batch.lines["claim_index"]], OTHER, batch.lines["item_code"]),
        },
    )
    readers = np.flatnonzero(month_of(known_at - AVAILABLE_AFTER) <= month)
    found = [
        compute(CLOSED, batch, replace(context, closed=learn_closed(one, context, FAR))) for one in (batch, dearer)
    ]
    assert np.array_equal(found[0][readers], found[1][readers])


def test_before_the_first_table_every_feature_has_its_declared_value() -> None:
    batch = batch_of(random_stream(3, 40, spread_days=120, disorder=0.0))
    context = context_of(batch)
    closed = learn_closed(batch, context, FAR)
    first = np.flatnonzero(
        batch.claims["known_at"] < min(int(one.available_at.min()) for one in closed.months.values())
    )
    first = first[batch.claims["kind"][first] == "settlement"]
    assert len(first)
    assert (
        compute(CLOSED, batch, replace(context, closed=closed))[first] == [feature.empty for feature in CLOSED]
    ).all()
