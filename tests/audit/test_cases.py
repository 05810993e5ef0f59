"""Alerts become cases: one open case per subject, each evidence line in one of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as some

from audit.capacity import add_working_days, capacity_on
from audit.cases import open_cases
from audit.verdicts import Finding, file_verdicts
from claims.errors import BadSetting
from claims.store.connect import Store
from tests.audit.made_claims import NOON, add_claim, an_alert


@pytest.fixture
def connection(store: Store) -> Iterator[psycopg.Connection]:
    with store.as_owner() as owner:
        for claim_id in ("c1", "c2", "c3"):
            add_claim(owner, claim_id)
    service = store.as_service()
    yield service
    service.close()


def cases(connection: psycopg.Connection) -> list[tuple[object, ...]]:
    return connection.execute(
        "SELECT subject_kind, subject_id, money_at_stake_fen, minutes, probability, source FROM cases ORDER BY 1, 2"
    ).fetchall()


def test_a_dear_claim_drawn_at_random_does_not_borrow_the_certainty_of_a_cheap_one(
    connection: psycopg.Connection,
) -> None:
    sure = an_alert("c1", probability=0.9, amount_fen=1_000)
    drawn = an_alert("c2", probability=0.01, amount_fen=99_000, source="random")
    open_cases(connection, [sure, drawn], NOON)
    ((_, _, money, _, probability, _),) = cases(connection)
    assert money == 100_000
    assert probability == pytest.approx((0.9 * 1_000 + 0.01 * 99_000) / 100_000)


def test_alerts_on_one_subject_make_one_case(connection: psycopg.Connection) -> None:
    counts = open_cases(connection, [an_alert("c1"), an_alert("c2", probability=0.7, source="model")], NOON)
    assert (counts.opened, counts.extended, counts.evidence, counts.links) == (1, 0, 2, 0)
    assert set(counts.case_of_claim) == {"c1", "c2"}
    assert cases(connection) == [("patient", "patient-a", 10_000, 14.0, 0.6, "model")]


def test_a_later_alert_adds_evidence_to_the_open_case(connection: psycopg.Connection) -> None:
    first = open_cases(connection, [an_alert("c1")], NOON).case_of_claim["c1"]
    counts = open_cases(connection, [an_alert("c3")], NOON + 60)
    assert (counts.opened, counts.extended, counts.case_of_claim["c3"]) == (0, 1, first)


def test_the_same_alert_twice_changes_nothing(connection: psycopg.Connection) -> None:
    open_cases(connection, [an_alert("c1")], NOON)
    before = cases(connection)
    counts = open_cases(connection, [an_alert("c1")], NOON)
    assert (counts.evidence, counts.links) == (0, 0)
    assert cases(connection) == before


def test_evidence_of_one_case_is_linked_by_another_and_its_money_counts_once(connection: psycopg.Connection) -> None:
    both = [an_alert("c1"), an_alert("c1", subject=("institution", "P1"))]
    counts = open_cases(connection, both, NOON)
    assert (counts.evidence, counts.links) == (1, 1)
    assert sum(row[2] for row in cases(connection)) == 5_000  # type: ignore[misc]


def test_lines_and_their_whole_claim_count_once(connection: psycopg.Connection) -> None:
    open_cases(connection, [an_alert("c1", 0, amount_fen=9_000), an_alert("c1", 1, amount_fen=4_000)], NOON)
    assert cases(connection)[0][2] == 9_000


def test_what_was_judged_opens_no_case_again(connection: psycopg.Connection) -> None:
    case_id = open_cases(connection, [an_alert("c1")], NOON).case_of_claim["c1"]
    file_verdicts(connection, case_id, [Finding("c1", 0, "in_order")], "R1")
    counts = open_cases(connection, [an_alert("c1"), an_alert("c1", 1)], NOON)
    assert (counts.opened, counts.already_judged) == (0, 2)


def test_numbers_that_json_does_not_know_are_kept_as_null(connection: psycopg.Connection) -> None:
    open_cases(connection, [an_alert("c1")], NOON)
    row = connection.execute("SELECT reasons->0->>'share' FROM cases").fetchone()
    assert row == (None,)


def test_the_deadline_is_twenty_working_days_later(connection: psycopg.Connection) -> None:
    open_cases(connection, [an_alert("c1")], NOON)
    row = connection.execute("SELECT (deadline_at AT TIME ZONE INTERVAL '8 hours')::date FROM cases").fetchone()
    assert add_working_days(date(2026, 1, 5), 20) == date(2026, 2, 2)
    assert row is not None


@given(some.dates(date(2020, 1, 1), date(2030, 1, 1)), some.integers(1, 60))
def test_working_days_end_on_a_working_day(day: date, count: int) -> None:
    end = add_working_days(day, count)
    assert end.weekday() < 5
    assert (end - day).days >= count


def test_a_day_before_the_first_policy_is_said() -> None:
    with pytest.raises(BadSetting, match="no reviewer capacity for 1999-01-01"):
        capacity_on(date(1999, 1, 1))
