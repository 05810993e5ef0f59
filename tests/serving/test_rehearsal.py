"""Before it says that it is ready, the service decides once and takes it back."""

from __future__ import annotations

from pathlib import Path

from fastapi.testclient import TestClient

from claims.store.connect import Store
from serving.app import create_app
from serving.service import open_service
from tests.audit.made_claims import add_claim
from tests.conftest import settings_in

TABLES = ("claims", "lines", "diagnoses", "patients", "decisions", "cases", "evidence", "feature_tiles")


def test_a_rehearsed_decision_leaves_nothing(client: TestClient, store: Store) -> None:
    assert client.get("/health/ready").json()["rehearsed"] is True
    with store.as_owner() as connection:
        for table in TABLES:
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
        assert connection.execute("SELECT last_value >= 2 FROM recorded_order").fetchone() == (True,)  # it did decide


def test_a_service_over_unbuilt_features_gets_ready_once_they_are_built(store: Store, tmp_path: Path) -> None:
    with store.as_owner() as connection:
        add_claim(connection, "c1")
        connection.execute("UPDATE claims SET source = 'import'")
    service = open_service(settings_in(tmp_path), store, check_seconds=0)
    with TestClient(create_app(service)) as client:
        answer = client.get("/health/ready")
        assert (answer.status_code, answer.json()["rehearsed"]) == (503, False)
        with store.as_owner() as connection:
            connection.execute("UPDATE claims SET source = 'service'")
        assert client.get("/health/ready").json()["ready"] is True
