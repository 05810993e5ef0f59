"""The day's plan keeps its promises whatever is in the queue."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from audit.capacity import SUBJECT_KINDS, Capacity, capacity_on
from audit.cases import open_cases
from audit.queue import Filters, QueueRow, open_queue, plan, todays_plan
from claims.clock import DAY
from claims.store.connect import Store
from tests.audit.made_claims import NOON, add_claim, an_alert

CAPACITY = capacity_on(date(2026, 1, 5))
OPENED = datetime(2026, 1, 5, tzinfo=UTC)


def a_row(
    number: int, kind: str, priority: float, minutes: float, institution: str, is_drawn: bool = False
) -> QueueRow:
    return QueueRow(
        case_id=f"c{number:04}",
        subject_kind=kind,
        subject_id=f"s{number}",
        source="random" if is_drawn else "rule",
        probability=0.5,
        money_at_stake_fen=100,
        minutes=minutes,
        priority=priority,
        reasons=[],
        opened_at=OPENED,
        deadline_at=OPENED + timedelta(days=20),
        is_drawn=is_drawn,
        main_institution_id=institution,
        institution_name=None,
    )


@some.composite
def queues(draw: some.DrawFn) -> list[QueueRow]:
    count = draw(some.integers(0, 120))
    rows = []
    for number in range(count):
        kind = draw(some.sampled_from(SUBJECT_KINDS))
        minutes = draw(some.sampled_from([12.0, 30.0, 80.0, 400.0]))
        place = f"i{draw(some.integers(0, 25))}"
        rows.append(a_row(number, kind, draw(some.integers(0, 50)), minutes, place, draw(some.integers(0, 9)) == 0))
    return rows


@settings(max_examples=60, deadline=None)
@given(queues())
def test_the_plan_fits_into_the_day_and_no_institution_takes_more_than_a_tenth(rows: list[QueueRow]) -> None:
    most = CAPACITY.most_minutes_one_institution
    chosen = plan(rows, CAPACITY)
    used = [min(row.minutes, most) for row in chosen]
    assert sum(used) <= CAPACITY.minutes_per_day + 1e-9
    for place in {row.main_institution_id for row in chosen}:
        assert sum(min(row.minutes, most) for row in chosen if row.main_institution_id == place) <= most + 1e-9
    assert len({row.case_id for row in chosen}) == len(chosen)
    assert [row.priority for row in chosen] == sorted((row.priority for row in chosen), reverse=True)


@settings(max_examples=60, deadline=None)
@given(queues())
def test_nothing_that_still_fits_is_left_out(rows: list[QueueRow]) -> None:
    most = CAPACITY.most_minutes_one_institution
    chosen = plan(rows, CAPACITY)
    left = CAPACITY.minutes_per_day - sum(min(row.minutes, most) for row in chosen)
    taken = {row.case_id for row in chosen}
    for row in rows:
        used = sum(min(each.minutes, most) for each in chosen if each.main_institution_id == row.main_institution_id)
        assert row.case_id in taken or min(row.minutes, most) > left - 1e-9 or used + min(row.minutes, most) > most


def test_a_kind_cannot_push_another_out_of_its_share() -> None:
    dear = [a_row(number, "patient", 100, 12, f"i{number}") for number in range(400)]
    cheap = [a_row(1000 + number, "doctor", 1, 30, f"j{number}") for number in range(5)]
    chosen = plan(dear + cheap, CAPACITY)
    assert sum(row.subject_kind == "doctor" for row in chosen) == 5


def test_the_random_share_is_kept_for_drawn_cases() -> None:
    dear = [a_row(number, "patient", 100, 12, f"i{number}") for number in range(400)]
    drawn = [a_row(1000 + number, "patient", 0, 12, f"j{number}", is_drawn=True) for number in range(30)]
    chosen = plan(dear + drawn, CAPACITY)
    assert sum(row.is_drawn for row in chosen) == CAPACITY.random_minutes // 12


def test_unused_shares_are_passed_on() -> None:
    only_patients = [a_row(number, "patient", 100, 12, f"i{number}") for number in range(400)]
    assert len(plan(only_patients, CAPACITY)) == CAPACITY.minutes_per_day // 12


@pytest.fixture
def filled(store: Store) -> Store:
    with store.as_owner() as connection:
        for number in range(8):
            add_claim(connection, f"c{number}", patient=f"p{number}", institution=f"P{number}")
            alert = an_alert(f"c{number}", subject=("patient", f"p{number}"), amount_fen=1_000 * (number + 1))
            open_cases(connection, [alert], NOON)
    return store


def test_priority_is_expected_money_per_minute(filled: Store) -> None:
    with filled.as_service() as connection:
        rows = open_queue(connection, NOON)
    assert [row.priority for row in rows] == pytest.approx([0.5 * 1_000 * (8 - place) / 12 for place in range(8)])
    assert rows[0].main_institution_id == "P7"


def test_priority_rises_before_the_deadline_and_not_earlier(filled: Store) -> None:
    def first(day: float) -> float:
        with filled.as_service() as connection:
            return open_queue(connection, NOON + int(day * DAY))[0].priority

    assert first(0) == first(10)
    assert first(10) < first(20) < first(25) <= first(40)
    assert first(40) == pytest.approx(first(0) * CAPACITY.ageing_factor)


def test_pages_follow_each_other_without_gap_or_repeat(filled: Store) -> None:
    seen: list[str] = []
    after = None
    with filled.as_service() as connection:
        while rows := open_queue(connection, NOON, after=after, most=3):
            seen += [row.case_id for row in rows]
            after = (rows[-1].priority, rows[-1].case_id)
        whole = [row.case_id for row in open_queue(connection, NOON)]
    assert seen == whole
    assert len(whole) == 8


def test_filters_choose_from_one_plan(filled: Store) -> None:
    with filled.as_service() as connection:
        assert len(todays_plan(connection, NOON, Filters("patient", "rule"))) == 8
        assert todays_plan(connection, NOON, Filters("doctor")) == []
        small: Capacity = replace(CAPACITY, minutes_per_day=30, most_share_one_institution=1.0)
        assert len(todays_plan(connection, NOON, capacity=small)) == 2
