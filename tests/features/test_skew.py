"""What the comparison of served and recomputed columns finds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import psycopg
import pytest

from claims.clock import AREA_ZONE
from claims.store.columns import append_batch
from claims.store.connect import Store
from features.catalogue import FEATURES
from features.skew import Mismatch, Skew, check_skew
from tests.features.made import Line, Made, batch_of
from tests.features.recorded import record
from tests.features.reference import store_reference

START, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def counts(found: Skew) -> tuple[int, int, int, int]:
    return found.matched, found.mismatched, found.missing, found.extra


def test_what_was_served_is_found_equal(store: Store) -> None:
    with store.as_owner() as connection:
        for order in (1, 2, 3):
            record(connection, Made(f"c{order}", f"2025-03-{order:02d}T10:00", order))
        found = check_skew(connection, START, END)
    assert (found.matched, found.mismatched, found.missing, found.extra) == (3, 0, 0, 0)
    assert found.is_clean


def test_a_long_prescription_that_begins_later_changes_nothing_of_what_was_served(store: Store) -> None:
    with store.as_owner() as connection:
        store_reference(connection)
        for order, at in enumerate(("2025-03-01T10:00", "2025-03-03T10:00"), 1):
            record(connection, Made(f"c{order}", at, order, patient="p4", lines=[Line(days=84)]))
        connection.execute("UPDATE patients SET long_prescription_from = '2025-03-04' WHERE patient_id = 'p4'")
        found = check_skew(connection, START, END)
        assert (found.matched, found.mismatched, found.missing, found.extra) == (2, 0, 0, 0)
        connection.execute("UPDATE patients SET long_prescription_from = '2025-03-03' WHERE patient_id = 'p4'")
        backdated = check_skew(connection, START, END)
    assert {one.claim_id for one in backdated.mismatches} == {"c2"}


def test_a_reversal_has_no_values_and_is_not_missing(store: Store) -> None:
    with store.as_owner() as connection:
        record(connection, Made("a", "2025-03-01T10:00", 1))
        record(connection, Made("r", "2025-03-02T10:00", 2, reverses="a"))
        connection.execute("UPDATE decisions SET features = '' WHERE claim_id = 'r'")
        found = check_skew(connection, START, END)
    assert (found.matched, found.missing, found.extra) == (1, 0, 0)


@pytest.fixture
def four(store: Store) -> Iterator[psycopg.Connection]:
    """A store with four settlements a, b, c, d of four days, served and decided."""
    with store.as_owner() as connection:
        for order, name in enumerate("abcd", 1):
            record(connection, Made(name, f"2025-03-{order:02d}T10:00", order))
        yield connection


def test_one_changed_value_is_a_mismatch_of_that_claim_and_feature(four: psycopg.Connection) -> None:
    place = [feature.name for feature in FEATURES].index("patient_claims_count_30d")
    (packed,) = four.execute("SELECT features FROM decisions WHERE claim_id = 'c'").fetchone() or (b"",)
    values = np.frombuffer(packed, "<f8").copy()
    values[place] += 1.0
    four.execute("UPDATE decisions SET features = %s WHERE claim_id = 'c'", (values.tobytes(),))
    found = check_skew(four, START, END)
    assert found.mismatches == (Mismatch("c", "patient_claims_count_30d", 3.0, 2.0),)
    assert counts(found) == (3, 1, 0, 0)


def test_a_decision_whose_claim_is_gone_is_missing_and_shows_in_what_came_after(four: psycopg.Connection) -> None:
    four.execute("DELETE FROM claims WHERE claim_id = 'd'")
    found = check_skew(four, START, END)
    assert (counts(found), found.missing_claims) == ((3, 0, 1, 0), ("d",))
    four.execute("DELETE FROM claims WHERE claim_id = 'c'")
    four.execute("DELETE FROM decisions WHERE claim_id = 'd'")
    assert counts(check_skew(four, START, END)) == (2, 0, 1, 0)


def test_a_claim_that_went_missing_is_a_mismatch_of_those_that_had_seen_it(four: psycopg.Connection) -> None:
    four.execute("DELETE FROM claims WHERE claim_id = 'a'")
    found = check_skew(four, START, END)
    assert (counts(found), found.missing_claims) == ((0, 3, 1, 0), ("a",))
    assert "patient_claims_count_30d" in {one.feature for one in found.mismatches if one.claim_id == "b"}


def test_a_decision_of_another_feature_set_is_missing(four: psycopg.Connection) -> None:
    four.execute("UPDATE decisions SET feature_set = 'another' WHERE claim_id = 'c'")
    found = check_skew(four, START, END)
    assert (counts(found), found.missing_claims) == ((3, 0, 1, 0), ("c",))


def test_a_settlement_without_a_decision_is_extra_and_an_imported_one_is_not(four: psycopg.Connection) -> None:
    append_batch(four, batch_of([Made("e", "2025-03-05T10:00", 5), Made("f", "2025-03-06T10:00", 6, source="import")]))
    found = check_skew(four, START, END)
    assert (counts(found), found.extra_claims) == ((4, 0, 0, 1), ("e",))


def test_a_claim_slipped_in_among_the_served_ones_is_found_by_those_after_it(four: psycopg.Connection) -> None:
    four.execute("UPDATE claims SET recorded_order = recorded_order * 10")
    four.execute("UPDATE decisions SET recorded_order = recorded_order * 10")
    append_batch(four, batch_of([Made("x", "2025-03-02T12:00", 25)]))
    found = check_skew(four, START, END)
    assert (counts(found), found.extra_claims) == ((2, 2, 0, 1), ("x",))


def test_only_decisions_of_the_period_are_compared_with_all_that_was_known_before(four: psycopg.Connection) -> None:
    four.execute("UPDATE decisions SET features = '\\x00' WHERE claim_id = 'a'")
    found = check_skew(four, datetime(2025, 3, 2, tzinfo=AREA_ZONE), datetime(2025, 3, 4, tzinfo=AREA_ZONE))
    assert counts(found) == (2, 0, 0, 0)
    assert counts(check_skew(four, START, END)) == (3, 1, 0, 0)


def test_a_period_without_decisions_is_clean(store: Store) -> None:
    with store.as_owner() as connection:
        found = check_skew(connection, START, END)
    assert found.is_clean
    assert not np.any([found.matched, found.mismatched, found.missing, found.extra])
