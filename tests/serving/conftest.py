"""A running service over a small made-up history."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from audit.keys import make_key
from claims.store.connect import Store
from serving.app import create_app
from serving.service import Service, open_service
from tests.conftest import settings_in
from tests.serving.bodies import Keys


@pytest.fixture
def service(store: Store, tmp_path: Path) -> Iterator[Service]:
    with store.as_owner() as connection:
        for place in ("P00000000001", "P00000000002"):
            connection.execute("INSERT INTO institutions VALUES (%s, '示例药店', 'pharmacy', NULL, '000000')", [place])
            connection.execute("INSERT INTO staff VALUES (%s, 'T1', 'till', NULL, '2020-01-01')", [place])
    made = open_service(settings_in(tmp_path), store, check_seconds=0)
    yield made
    made.close()


@pytest.fixture
def keys(store: Store) -> Keys:
    with store.as_owner() as connection:
        return Keys(*(make_key(connection, f"T-{role}", role) for role in ("settlement", "reviewer", "supervisor")))


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    with TestClient(create_app(service), raise_server_exceptions=False, follow_redirects=False) as made:
        yield made
