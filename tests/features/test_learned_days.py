"""Days of supply that only whole months tell: against SQL, and the same for columns, rules, service and batch."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from claims.clock import HOUR
from claims.store.connect import Store
from claims.tables import Array
from features import doses
from features.catalogue import FEATURES
from features.closed.build import build_closed, learn_closed
from features.closed.months import month_of, start_of_month
from features.compute import compute
from features.context import read_context
from features.declare import Feature, Own, Supply
from features.past_context import read_with_past
from features.skew import check_skew
from rules.in_hand import days_in_hand
from tests.features.made import DRUG_B, Line, Made, batch_of, seconds_of
from tests.features.oracle import Oracle, assert_equals_sql
from tests.features.oracle.closed import FAR
from tests.features.recorded import record
from tests.features.reference import context_of
from tests.features.served import assert_equal, built, prepare
from tests.features.streams import each_stream, hot_stream, streams


def rests_on_days(feature: Feature) -> bool:
    return feature.per == "patient_class" or (
        isinstance(feature.how, Supply | Own) and any(word in feature.name for word in ("classes_", "supply", "_days"))
    )


OF_DAYS = [feature for feature in FEATURES if rests_on_days(feature)]
NAMES = [feature.name for feature in OF_DAYS]


def assert_as_sql_says(made: list[Made], fewest: int) -> Array:
    batch = batch_of(made)
    context = replace(context_of(batch), closed=learn_closed(batch, context_of(batch), FAR))
    matrix = compute(OF_DAYS, batch, context)
    settled = np.flatnonzero(batch.claims["kind"] == "settlement")
    assert_equals_sql(
        Oracle(batch, context, fewest=fewest), OF_DAYS, batch.claims["claim_id"][settled], matrix[settled]
    )
    return matrix


@pytest.mark.slow
@each_stream
@given(streams)
def test_every_column_that_rests_on_days_equals_sql_exactly(made: list[Made]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(doses, "FEWEST_LINES", 2)
        assert_as_sql_says(made, 2)


@pytest.mark.parametrize("seed", [1, 2])
def test_where_many_lines_teach_the_columns_equal_sql_too(seed: int) -> None:
    made = hot_stream(seed, 500)
    found = assert_as_sql_says(made, doses.FEWEST_LINES)
    assert found[:, NAMES.index("claim_learned_supply_lines")].sum() > 20


JANUARY = seconds_of("2025-01-06T10:00")
FEBRUARY = seconds_of("2025-02-01T04:00")
START, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def made_stream() -> list[Made]:
    """Ninety claims up to March; every fourth does not say how long two packs last, the others 28 days, later 84."""
    return [
        Made(
            f"c{n}", JANUARY + n * 20 * HOUR, n, f"p{1 + n % 3}", f"i{1 + n % 3}",
            lines=[Line(DRUG_B, quantity_e4=20_000, days=None if n % 4 == 3 else 28 if n < 32 else 84)],
        )
        for n in range(90)
    ]  # fmt: skip


def test_the_service_the_build_and_the_rules_know_the_same_days(store: Store, tmp_path: Path) -> None:
    prepare(store)
    made, month = made_stream(), month_of(JANUARY)
    with store.as_owner() as connection:
        in_hand = {}
        for one in made:
            if month_of(one.seconds) > month:
                month = month_of(one.seconds)
                build_closed(connection, start_of_month(month) + HOUR // 2)
                connection.commit()
            batch = batch_of([one])
            in_hand[one.id] = [days.tolist() for days in days_in_hand(batch, read_context(connection, batch))]
            record(connection, one)
    columns = built(store, tmp_path)
    with store.as_owner() as connection:
        served = connection.execute("SELECT claim_id, features FROM decisions").fetchall()
        assert_equal({claim: np.frombuffer(values, "<f8") for claim, values in served}, columns)
        assert check_skew(connection, START, END).is_clean
        batch, context = read_with_past(
            connection, np.array(list(in_hand), dtype=object), np.array([one.seconds for one in made])
        )
    rules = list(zip(*(days.tolist() for days in days_in_hand(batch, context)), strict=True))
    assert rules == [(held, own) for ((held,), (own,)) in in_hand.values()]
    every = [feature.name for feature in FEATURES]
    found = np.array([columns[one.id] for one in made])
    told = {name: found[:, every.index(name)].astype(int).tolist() for name in NAMES if name != "claim_stay_days"}
    assert rules == list(zip(told["patient_class_days_in_hand"], told["claim_largest_line_days"], strict=True))
    learned = [n % 4 == 3 and one.seconds >= FEBRUARY for n, one in enumerate(made)]
    assert told["claim_learned_supply_lines"] == list(map(int, learned))
    assert {own for is_learned, (_, own) in zip(learned, rules, strict=True) if is_learned} == {28, 84}
