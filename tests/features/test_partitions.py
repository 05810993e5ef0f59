"""A build in parts, on one process, on several or on Dask, is the build in one piece."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from claims.city.make import make_city
from claims.city.plan import CityPlan
from claims.city.write import write_city
from claims.errors import BadSetting
from claims.intake.read_mapping import read_mapping
from claims.intake.run import run_import
from claims.store.columns import append_batch
from claims.store.connect import Store
from features.batch import build, read_rows
from features.catalogue import FEATURES
from features.closed.build import build_closed
from features.compute import compute_rows
from features.declare import Feature, ShareOf
from features.grown import grown_tiles
from features.matrix import newest_build, read_matrix
from features.partitions import KEYS, key_of, part_numbers
from features.places import fingerprint_of, layout_of
from features.rows import TILE_ENTITIES
from features.tiles import pack
from graphs.build import build as build_graphs
from graphs.columns import NODE_KINDS, read_changes
from tests.conftest import settings_in
from tests.features.made import Made, batch_of
from tests.features.reference import store_reference
from tests.features.served import NAMES

Tiles = list[tuple[str, str, bytes]]


@pytest.fixture
def city(store: Store, tmp_path: Path) -> Store:
    """A store with a small city, its links and rings; of every other item nobody knows what is in a pack."""
    write_city(make_city(CityPlan(500, 6, "dense", 5, date(2025, 12, 31))), tmp_path / "city")
    run_import(store, settings_in(tmp_path), read_mapping("national"), sorted((tmp_path / "city").glob("*.csv")))
    with store.as_owner() as connection:
        connection.execute("UPDATE catalogue SET units_per_pack_e4 = NULL WHERE hashtext(item_code) % 2 = 0")
        build_graphs(connection)
        connection.commit()
    return store


def whole(connection: psycopg.Connection) -> tuple[np.ndarray, Tiles]:
    """Columns and tiles of all claims in one frame."""
    rows = read_rows(connection)
    nodes = {kind: read_changes(connection, kind, None) for kind in NODE_KINDS}
    matrix = compute_rows(FEATURES, rows, None, nodes)
    tiles = [
        (entity, name, pack(tile, fingerprint_of(layout_of(FEATURES, entity))))
        for entity in TILE_ENTITIES
        for name, tile in grown_tiles(rows, entity, layout_of(FEATURES, entity)).items()
    ]
    return matrix[np.flatnonzero(rows.is_settlement)], sorted(tiles)


def tiles_in(connection: psycopg.Connection) -> Tiles:
    rows = connection.execute("SELECT entity_kind, entity_id, packed FROM feature_tiles").fetchall()
    return sorted((kind, name, bytes(packed)) for kind, name, packed in rows)


def test_every_feature_has_a_key() -> None:
    assert {key_of(feature) for feature in FEATURES} == set(KEYS)


def test_a_feature_whose_claims_lie_in_no_part_together_is_refused() -> None:
    with pytest.raises(ValueError, match="no part together"):
        key_of(Feature("doctor_patient", ShareOf("institution"), "why", over="90d"))


def test_the_part_of_an_id_is_the_same_everywhere() -> None:
    ids = pa.chunked_array([["a", "b"], ["a", None]], type=pa.string())
    assert part_numbers(ids, np.array([5, 6, 7, 8]), 5).tolist() == [0xE8B7BE43 % 5, 0x71BEEFF9 % 5, 0xE8B7BE43 % 5, 3]


@pytest.mark.slow
@pytest.mark.parametrize("on", ["one part", "processes", "local:2"])
def test_parts_give_what_the_whole_gives(city: Store, tmp_path: Path, on: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with city.as_owner() as connection:
        build_closed(connection)
        matrix, tiles = whole(connection)
        assert matrix[:, NAMES == "claim_learned_supply_lines"].any()
        assert matrix[:, NAMES == "till_ring_mates_distinct_15m"].any()
        claims = len(matrix) if on == "one part" else len(matrix) // 3
        path = build(
            connection,
            settings_in(tmp_path),
            on_cluster=on if on.startswith("local") else None,
            claims_in_a_part=2 * claims if on == "one part" else claims,
        )
        assert tiles_in(connection) == tiles
    assert len(list(path.iterdir())) == (1 if on == "one part" else 4)
    built = read_matrix(path)
    assert np.array_equal(built.values, matrix)
    assert (np.diff(built.recorded_order) > 0).all()


@pytest.mark.slow
@pytest.mark.parametrize("share", [2.0, 0.3])
def test_claims_that_arrive_during_a_build_are_in_the_tiles(city: Store, tmp_path: Path, share: float) -> None:
    with city.as_owner() as connection, city.as_owner() as other:
        count, newest, start = connection.execute(
            "SELECT count(*), max(recorded_order), max(extract(epoch FROM settled_at))::bigint FROM claims"
        ).fetchone() or (0, 0, 0)
        doctor, place = connection.execute(
            "SELECT doctor_id, institution_id FROM claims WHERE doctor_id IS NOT NULL LIMIT 1"
        ).fetchone() or ("", "")
        late = [Made("late", start + 60, newest + 1, patient="p1", institution=place, doctor=doctor)]
        late.append(Made("back", start + 90, newest + 2, patient="p1", institution=place, reverses="late"))

        def arrive(step: str) -> None:
            if step == "writing columns":
                append_batch(other, batch_of(late))
                other.commit()

        path = build(connection, settings_in(tmp_path), None, arrive, claims_in_a_part=int(share * count))
        built_until = connection.execute("SELECT built_until_order FROM feature_builds").fetchone()
        assert built_until == (newest + 2,)
        assert tiles_in(connection) == whole(connection)[1]
    assert "late" not in read_matrix(path).claim_ids


def test_columns_and_rows_can_be_chosen(store: Store, tmp_path: Path) -> None:
    made = [Made(f"c{order}", f"2025-03-{order:02d}T10:00", order) for order in range(1, 10)]
    with store.as_owner() as connection:
        store_reference(connection)
        append_batch(connection, batch_of(made))
        path = build(connection, settings_in(tmp_path), claims_in_a_part=4)
    name = "patient_claims_count_30d"
    chosen = read_matrix(path, (name,), pc.field("settled_at") >= made[6].seconds)
    assert (chosen.names, chosen.claim_ids.tolist()) == ((name,), ["c7", "c8", "c9"])
    assert chosen.values.tolist() == [[6], [7], [8]]


def test_an_earlier_build_is_removed_by_the_next(store: Store, tmp_path: Path) -> None:
    with store.as_owner() as connection:
        append_batch(connection, batch_of([Made("a", "2025-03-01T10:00", 1)]))
        first = build(connection, settings_in(tmp_path))
        second = build(connection, settings_in(tmp_path))
        assert newest_build(connection, settings_in(tmp_path)) == second
    assert [path.name for path in first.parent.iterdir()] == [second.name]


def test_a_cluster_that_is_not_there_is_said(store: Store, tmp_path: Path) -> None:
    with store.as_owner() as connection:
        append_batch(connection, batch_of([Made("a", "2025-03-01T10:00", 1)]))
        with pytest.raises(BadSetting, match="names no cluster"):
            build(connection, settings_in(tmp_path), on_cluster="local:two")
