"""A data folder that was moved still has its features and its champion."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg_pool import ConnectionPool

from audit.promotions import champion, promote
from claims.settings import Settings
from claims.store.columns import append_batch
from claims.store.connect import Store
from features.batch import build
from features.catalogue import feature_set
from features.matrix import newest_build, read_matrix
from scoring.bundle import save_bundle
from serving.bundle_watch import BundleWatch
from serving.observe import Figures
from tests.conftest import settings_in
from tests.features.made import Made, batch_of
from tests.scoring.small_bundle import small_bundle
from training.champions import open_champion


def test_what_lies_in_the_data_folder_is_found_after_a_move(store: Store, tmp_path: Path) -> None:
    before, after = settings_in(tmp_path / "before"), settings_in(tmp_path / "after")
    bundle = small_bundle(feature_set=feature_set())
    folder = before.data_folder / "bundles" / "one"
    with store.as_owner() as connection:
        append_batch(connection, batch_of([Made("a", "2025-03-01T10:00", 1)]))
        build(connection, before)
        fingerprint = save_bundle(bundle, folder)
        promoted = promote(connection, before, "claim", folder, fingerprint, "run", "1", "lead", "why")
        assert promoted.bundle_path == folder
        connection.commit()
        before.data_folder.parent.rename(after.data_folder.parent)
        assert read_matrix(newest_build(connection, after))[1].tolist() == ["a"]
        promotion, opened = open_champion(connection, after, "claim")
    assert promotion.bundle_path == after.data_folder / "bundles" / "one"
    assert opened.feature_set == bundle.feature_set
    with ConnectionPool(store.owner_url, min_size=1, max_size=1, open=True) as pool:
        assert BundleWatch(pool, after, Figures(), check_seconds=0).current().fingerprint == fingerprint


def test_what_lies_elsewhere_stays_where_it_is(store: Store, tmp_path: Path) -> None:
    before, after = settings_in(tmp_path / "before"), settings_in(tmp_path / "after")
    with store.as_owner() as connection:
        append_batch(connection, batch_of([Made("a", "2025-03-01T10:00", 1)]))
        path = build(connection, before, tmp_path / "elsewhere")
        promote(connection, before, "claim", tmp_path / "elsewhere", "f", "run", "1", "lead", "why")
        assert newest_build(connection, after) == path.resolve()
        found = champion(connection, after)
    assert found is not None
    assert found.bundle_path == (tmp_path / "elsewhere").resolve()


@pytest.mark.parametrize("name", ["data-other/x", "../x", "x"])
def test_only_what_lies_inside_is_kept_relative(tmp_path: Path, name: str) -> None:
    settings: Settings = settings_in(tmp_path)
    inside, outside = settings.data_folder / "x", tmp_path / name
    assert settings.stored_path(inside) == "x"
    assert settings.stored_path(outside) == str(outside.resolve())
    assert settings.path_of(settings.stored_path(inside)) == inside
