"""A settlement that is decided, and then neither confirmed nor cancelled for a day, is listed."""

from __future__ import annotations

import time
from typing import Any

from fastapi.testclient import TestClient

from audit.confirmations import unconfirmed
from claims.store.connect import Store
from tests.serving.bodies import Keys, a_reversal, bearer, hoarded, settle


def waiting(client: TestClient, keys: Keys) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/v1/unconfirmed", headers=bearer(keys.reviewer)).json()["settlements"]
    return found


def a_day_passes(store: Store) -> None:
    with store.as_owner() as connection:
        connection.execute("UPDATE decisions SET decided_at = decided_at - interval '25 hours'")


def test_it_is_listed_after_a_day_until_it_is_confirmed_or_cancelled(
    client: TestClient, keys: Keys, store: Store
) -> None:
    settle(client, keys, hoarded(3))
    assert waiting(client, keys) == []
    a_day_passes(store)
    assert [(each["settlement_id"], each["total_yuan"]) for each in waiting(client, keys)] == [
        (name, "24.60") for name in ("S1", "S2", "S3")
    ]
    assert "yicha_unconfirmed_settlements 3.0" in client.get("/metrics").text
    headers = bearer(keys.settlement)
    for confirmed in (1, 0):  # twice is as once
        answer = client.post("/v1/confirmations", json={"settlement_ids": ["S1"]}, headers=headers)
        assert answer.json() == {"confirmed": confirmed}
    client.post("/v1/reversals", json=a_reversal(of="S2"), headers=headers)
    assert [each["settlement_id"] for each in waiting(client, keys)] == ["S3"]


def test_nothing_is_confirmed_where_one_was_never_decided(client: TestClient, keys: Keys, store: Store) -> None:
    settle(client, keys, hoarded(1))
    a_day_passes(store)
    body = {"settlement_ids": ["S1", "S9"]}
    answer = client.post("/v1/confirmations", json=body, headers=bearer(keys.settlement))
    assert (answer.status_code, "S9" in answer.json()["detail"]) == (404, True)
    assert len(waiting(client, keys)) == 1
    assert client.post("/v1/confirmations", json=body, headers=bearer(keys.reviewer)).status_code == 403


def test_pages_follow_each_other(client: TestClient, keys: Keys, store: Store) -> None:
    settle(client, keys, hoarded(3))
    a_day_passes(store)
    now = int(time.time())
    with store.as_service() as connection:
        first = unconfirmed(connection, now, limit=2)
        second = unconfirmed(connection, now, after=first[-1].recorded_order, limit=2)
    assert [each.claim_id for each in [*first, *second]] == ["S1", "S2", "S3"]
