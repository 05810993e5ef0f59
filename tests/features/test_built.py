"""What the service refuses, and what a build leaves behind."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from claims.errors import NotBuilt
from claims.store.columns import append_batch
from claims.store.connect import Store
from features.batch import build
from features.catalogue import FEATURES
from features.context import read_context
from features.matrix import newest_build, read_matrix
from features.online import serve
from tests.conftest import settings_in
from tests.features.made import Made, batch_of
from tests.features.recorded import record
from tests.features.reference import store_reference

START, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


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
        record(connection, Made("b", "2025-03-02T10:00", 2))
        append_batch(connection, batch_of([Made("c", "2025-03-03T10:00", 3, source="import 2")]))
        connection.commit()
        with pytest.raises(NotBuilt, match="1 imported claims"):
            record(connection, Made("d", "2025-03-04T10:00", 4))


def test_tiles_of_another_version_are_refused(store: Store) -> None:
    with store.as_owner() as connection:
        record(connection, Made("a", "2025-03-01T10:00", 1))
        connection.execute("UPDATE feature_tiles SET packed = set_byte(packed, 2, 250)")
        connection.commit()
        with pytest.raises(NotBuilt, match="another feature set"):
            record(connection, Made("b", "2025-03-02T10:00", 2))


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
