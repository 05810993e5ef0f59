"""The service follows the promotions ledger and never stops for a broken bundle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog
from psycopg_pool import ConnectionPool

from audit.promotions import promote
from claims.errors import BadBundle
from claims.store.connect import Store
from features.catalogue import feature_set
from scoring.bundle import Bundle, save_bundle
from serving.bundle_watch import BundleWatch
from serving.observe import Figures
from tests.conftest import settings_in
from tests.scoring.small_bundle import small_bundle

SETTINGS = settings_in(Path("/no-such-folder"))  # the bundles here lie elsewhere


@pytest.fixture
def pool(store: Store) -> Iterator[ConnectionPool[psycopg.Connection]]:
    made: ConnectionPool[psycopg.Connection] = ConnectionPool(store.owner_url, min_size=1, max_size=2, open=True)
    yield made
    made.close()


def load(path: Path, fingerprint: str) -> Any:
    """Loads anything but what is called broken."""
    if path.name == "broken":
        raise BadBundle("altered")
    return path.name


def promoted(store: Store, name: str) -> None:
    with store.as_owner() as connection:
        promote(
            connection, SETTINGS, "claim", Path(f"/bundles/{name}"), f"fingerprint-{name}", "run", "1", "lead", "why"
        )


def test_the_newest_promotion_serves_and_a_broken_one_changes_nothing(
    store: Store, pool: ConnectionPool[psycopg.Connection]
) -> None:
    watch = BundleWatch(pool, SETTINGS, Figures(), load, check_seconds=0)
    assert watch.current().bundle is None
    for name, serving in (("first", "first"), ("second", "second"), ("broken", "second"), ("third", "third")):
        promoted(store, name)
        assert str(watch.current().bundle) == serving


def test_the_ledger_is_asked_at_most_once_in_the_given_time(
    store: Store, pool: ConnectionPool[psycopg.Connection]
) -> None:
    watch = BundleWatch(pool, SETTINGS, Figures(), load, check_seconds=3_600)
    watch.current()
    promoted(store, "later")
    assert watch.current().bundle is None


def test_a_worker_that_starts_after_a_broken_promotion_serves_what_served_before(
    store: Store, pool: ConnectionPool[psycopg.Connection]
) -> None:
    promoted(store, "good")
    promoted(store, "broken")
    assert str(BundleWatch(pool, SETTINGS, Figures(), load, check_seconds=0).current().bundle) == "good"


def test_a_champion_of_other_features_is_refused_in_one_line(
    store: Store, pool: ConnectionPool[psycopg.Connection], tmp_path: Path
) -> None:
    fits, other = small_bundle(feature_set=feature_set()), small_bundle(feature_set="another")
    watch = BundleWatch(pool, SETTINGS, Figures(), check_seconds=0)
    with structlog.testing.capture_logs() as logged:
        _promote_saved(store, other, tmp_path / "other")
        assert watch.current().bundle is None  # rules only
        _promote_saved(store, fits, tmp_path / "fits")
        fingerprint = watch.current().fingerprint
        _promote_saved(store, other, tmp_path / "other again", review_anomaly=0.5)
        assert watch.current().fingerprint == watch.current().fingerprint == fingerprint
    refused = [line for line in logged if line["event"] == "bundle refused"]
    assert [line["serving"] for line in refused] == ["rules only", str(fingerprint)[:12]]
    assert "reads feature set another" in refused[0]["why"]


def _promote_saved(store: Store, bundle: Bundle, folder: Path, **changes: Any) -> None:
    fingerprint = save_bundle(replace(bundle, **changes), folder)
    with store.as_owner() as connection:
        promote(connection, SETTINGS, "claim", folder, fingerprint, "run", "1", "lead", "why")
