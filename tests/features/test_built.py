"""What the service refuses, and what the comparison of served and recomputed columns finds."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import psycopg
import pytest

from claims.errors import NotBuilt
from claims.store.columns import append_batch
from claims.store.connect import Store
from features.batch import build
from features.catalogue import FEATURES, feature_set
from features.context import read_context
from features.matrix import newest_build, read_matrix
from features.online import serve
from features.skew import check_skew
from tests.conftest import settings_in
from tests.features.made import Line, Made, batch_of
from tests.features.reference import store_reference

START, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def settle(connection: psycopg.Connection, made: Made, change: float = 0.0) -> None:
    batch = batch_of([made])
    matrix = serve(connection, batch, read_context(connection, batch))
    append_batch(connection, batch)
    matrix[0, 0] += change
    connection.execute(
        "INSERT INTO decisions VALUES (%s, %s, 'f', 'pass', 0, 0, 0, %s, %s, '[]', '[]', '{}', "
        "NULL, NULL, false, now(), 1)",
        (made.order, made.id, feature_set(), matrix[0].astype("<f8").tobytes()),
    )
    connection.commit()


def test_imported_claims_that_no_build_has_seen_are_refused(store: Store, tmp_path: Path) -> None:
    made = [Made("a", "2025-03-01T10:00", 1, source="import 1"), Made("b", "2025-03-02T10:00", 2)]
    with store.as_owner() as connection:
        append_batch(connection, batch_of(made[:1]))
        connection.commit()
        later = batch_of(made[1:])
        with pytest.raises(NotBuilt, match="yicha features build"):
            serve(connection, later, read_context(connection, later))
        connection.rollback()
        build(connection, settings_in(tmp_path))
        serve(connection, later, read_context(connection, later))


def test_claims_imported_after_the_build_are_refused(store: Store, tmp_path: Path) -> None:
    with store.as_owner() as connection:
        append_batch(connection, batch_of([Made("a", "2025-03-01T10:00", 1, source="import 1")]))
        build(connection, settings_in(tmp_path))
        settle(connection, Made("b", "2025-03-02T10:00", 2))
        append_batch(connection, batch_of([Made("c", "2025-03-03T10:00", 3, source="import 2")]))
        connection.commit()
        with pytest.raises(NotBuilt, match="1 imported claims"):
            settle(connection, Made("d", "2025-03-04T10:00", 4))


def test_tiles_of_another_version_are_refused(store: Store) -> None:
    with store.as_owner() as connection:
        settle(connection, Made("a", "2025-03-01T10:00", 1))
        connection.execute("UPDATE feature_tiles SET packed = set_byte(packed, 2, 250)")
        connection.commit()
        with pytest.raises(NotBuilt, match="another feature set"):
            settle(connection, Made("b", "2025-03-02T10:00", 2))


def test_an_empty_store_cannot_be_built_and_has_no_columns(store: Store, tmp_path: Path) -> None:
    with store.as_owner() as connection:
        with pytest.raises(NotBuilt, match="holds no claims"):
            build(connection, settings_in(tmp_path))
        with pytest.raises(NotBuilt, match="was not built"):
            newest_build(connection, settings_in(tmp_path))
    with pytest.raises(NotBuilt, match="no feature file"):
        read_matrix(tmp_path / "features-none.parquet")


def test_built_columns_read_back_in_recorded_order(store: Store, tmp_path: Path) -> None:
    made = [Made(f"c{order}", f"2025-03-{order:02d}T10:00", order) for order in (1, 2, 3)]
    with store.as_owner() as connection:
        store_reference(connection)
        append_batch(connection, batch_of(made))
        path = build(connection, settings_in(tmp_path))
        assert newest_build(connection, settings_in(tmp_path)) == path.resolve()
    names, claim_ids, orders, settled_at, matrix = read_matrix(path)
    assert names == tuple(feature.name for feature in FEATURES)
    assert (claim_ids.tolist(), orders.tolist()) == (["c1", "c2", "c3"], [1, 2, 3])
    assert settled_at.tolist() == [claim.seconds for claim in made]
    assert matrix[:, names.index("patient_claims_count_30d")].tolist() == [0, 1, 2]


def test_what_was_served_is_found_equal(store: Store) -> None:
    with store.as_owner() as connection:
        for order in (1, 2, 3):
            settle(connection, Made(f"c{order}", f"2025-03-{order:02d}T10:00", order))
        found = check_skew(connection, START, END)
    assert (found.matched, found.mismatched, found.missing, found.extra) == (3, 0, 0, 0)
    assert found.is_clean


def test_a_long_prescription_that_begins_later_changes_nothing_of_what_was_served(store: Store) -> None:
    with store.as_owner() as connection:
        store_reference(connection)
        for order, at in enumerate(("2025-03-01T10:00", "2025-03-03T10:00"), 1):
            settle(connection, Made(f"c{order}", at, order, patient="p4", lines=[Line(days=84)]))
        connection.execute("UPDATE patients SET long_prescription_from = '2025-03-04' WHERE patient_id = 'p4'")
        found = check_skew(connection, START, END)
        assert (found.matched, found.mismatched, found.missing, found.extra) == (2, 0, 0, 0)
        connection.execute("UPDATE patients SET long_prescription_from = '2025-03-03' WHERE patient_id = 'p4'")
        backdated = check_skew(connection, START, END)
    assert {(one.claim_id, "over_supply" in one.feature) for one in backdated.mismatches} == {("c2", True)}


def test_a_reversal_has_no_values_and_is_not_missing(store: Store) -> None:
    with store.as_owner() as connection:
        settle(connection, Made("a", "2025-03-01T10:00", 1))
        settle(connection, Made("r", "2025-03-02T10:00", 2, reverses="a"))
        connection.execute("UPDATE decisions SET features = '' WHERE claim_id = 'r'")
        found = check_skew(connection, START, END)
    assert (found.matched, found.missing, found.extra) == (1, 0, 0)


def test_a_changed_value_a_foreign_set_and_a_lost_decision_are_found(store: Store) -> None:
    with store.as_owner() as connection:
        settle(connection, Made("a", "2025-03-01T10:00", 1))
        settle(connection, Made("b", "2025-03-02T10:00", 2), change=1.0)
        settle(connection, Made("c", "2025-03-03T10:00", 3))
        connection.execute("UPDATE decisions SET feature_set = 'another' WHERE claim_id = 'c'")
        append_batch(connection, batch_of([Made("d", "2025-03-04T10:00", 4)]))
        found = check_skew(connection, START, END)
    assert (found.matched, found.mismatched, found.missing, found.extra) == (1, 1, 1, 1)
    assert not found.is_clean
    (one,) = found.mismatches
    assert (one.claim_id, one.feature, one.served - one.recomputed) == ("b", FEATURES[0].name, 1.0)


def test_a_period_without_decisions_is_clean(store: Store) -> None:
    with store.as_owner() as connection:
        found = check_skew(connection, START, END)
    assert found.is_clean
    assert not np.any([found.matched, found.mismatched, found.missing, found.extra])
