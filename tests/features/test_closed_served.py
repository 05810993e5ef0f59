"""The service reads the months as the batch does: across a change of month, and when a month is learned late."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from claims.clock import DAY, HOUR
from claims.store.connect import Store
from claims.tables import Array
from features.catalogue import FEATURES, feature_set
from features.closed.build import build_closed
from features.closed.months import month_of, start_of_month
from features.context import read_context
from features.online import advise
from features.skew import check_skew
from tests.features.made import Line, Made, batch_of, seconds_of
from tests.features.oracle.closed import OF_MONTHS
from tests.features.served import assert_equal, built, prepare, settle

START, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
PLACES = [place for place, feature in enumerate(FEATURES) if isinstance(feature.how, OF_MONTHS)]
EMPTY = [FEATURES[place].empty for place in PLACES]
JANUARY = seconds_of("2025-01-06T03:00")


def made_stream() -> list[Made]:
    """Sixty claims over four months, one at three o'clock and one at five of every fourth day; prices rise."""
    return [
        Made(
            f"c{n}", JANUARY + n // 2 * 4 * DAY + n % 2 * 2 * HOUR, n, f"p{1 + n % 4}", f"i{1 + n % 3}",
            f"d{1 + n % 2}",            total=1_000 * (1 + n % 7), department="a", diagnoses=[("I10", "E11")[n % 2]],
            lines=[Line(price=1_000_000 + 10_000 * n), Line("XB99ZZA001", price=500_000)],
        )
        for n in range(60)
    ]  # fmt: skip


def learn_until(store: Store, now: int) -> None:
    with store.as_owner() as connection:
        build_closed(connection, now)
        connection.commit()


def decide(store: Store, served: dict[str, Array]) -> None:
    """Write down what was served, as the service does."""
    with store.as_owner() as connection:
        for claim, values in served.items():
            connection.execute(
                "INSERT INTO decisions SELECT recorded_order, claim_id, 'f', 'pass', 0, 0, 0, %s, %s, '[]', '[]', "
                "'{}', NULL, NULL, false, now(), 1 FROM claims WHERE claim_id = %s",
                (feature_set(), values.astype("<f8").tobytes(), claim),
            )
        connection.commit()


def test_served_equals_batch_across_months_and_after_the_next_is_learned(store: Store, tmp_path: Path) -> None:
    prepare(store)
    served: dict[str, Array] = {}
    month = month_of(JANUARY)
    with store.as_service() as connection:
        for made in made_stream():
            if month_of(made.seconds) > month:
                month = month_of(made.seconds)
                learn_until(store, start_of_month(month) + HOUR // 2)
            batch = batch_of([made])
            advice = advise(connection, batch, read_context(connection, batch))
            connection.rollback()
            served |= settle(connection, batch)
            assert np.array_equal(advice[0], served[made.id])
    decide(store, served)
    assert (served["c0"][PLACES] == EMPTY).all()
    assert (served["c59"][PLACES] != EMPTY).sum() > len(PLACES) // 2
    learn_until(store, start_of_month(month + 1) + HOUR // 2)
    assert_equal(served, built(store, tmp_path))
    with store.as_owner() as connection:
        assert check_skew(connection, START, END).is_clean


def test_months_that_are_learned_late_leave_what_was_served_as_it_was(store: Store, tmp_path: Path) -> None:
    prepare(store)
    made = made_stream()
    with store.as_service() as connection:
        served = {name: row for one in made[:50] for name, row in settle(connection, batch_of([one])).items()}
        learn_until(store, made[49].seconds + HOUR)
        for one in made[50:]:
            served |= settle(connection, batch_of([one]))
    assert (np.array([served[one.id][PLACES] for one in made[:50]]) == EMPTY).all()
    assert (served["c59"][PLACES] != EMPTY).any()
    assert_equal(served, built(store, tmp_path))


def test_what_was_learned_is_not_learned_again(store: Store) -> None:
    prepare(store)
    with store.as_service() as connection:
        for one in made_stream()[:30]:
            settle(connection, batch_of([one]))
    with store.as_owner() as connection:
        first = build_closed(connection, JANUARY + 90 * DAY)
        connection.execute("UPDATE claims SET total_fen = total_fen * 3")
        before = connection.execute("SELECT * FROM feature_closed ORDER BY name, data_until, page").fetchall()
        assert first > 0
        assert build_closed(connection, JANUARY + 90 * DAY) == 0
        assert connection.execute("SELECT * FROM feature_closed ORDER BY name, data_until, page").fetchall() == before
