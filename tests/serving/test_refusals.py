"""Whatever arrives is answered in plain words, and nothing of it is quoted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from psycopg import conninfo

from claims.store.connect import Store
from serving.service import Service
from tests.serving.bodies import Keys, a_settlement, bearer, settle

LINE = a_settlement()["lines"][0]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"total_yuan": "NaN"}, "total_yuan"),
        ({"total_yuan": "-1.00"}, "not negative"),
        ({"total_yuan": 24.6}, "total_yuan"),
        ({"total_yuan": "1.234"}, "two decimals"),
        ({"total_yuan": "٣"}, "total_yuan"),
        ({"settled_at": "2026-01-05T09:30:00"}, "settled_at"),
        ({"settled_at": 5}, "ISO 8601"),
        ({"settled_at": "0202-01-05T09:30:00+08:00"}, "year"),
        ({"settled_at": None}, "settled_at"),
        ({"person_number": "a b"}, "person number"),
        ({"person_number": "\x00"}, "person number"),
        ({"person_number": "\ud800"}, "person_number"),
        ({"institution_id": "x" * 65}, "institution_id"),
        ({"is_emergency": "yes"}, "is_emergency"),
        ({"benefit_kind": "gold"}, "benefit_kind"),
        ({"lines": []}, "lines"),
        ({"lines": [LINE, LINE]}, "line numbers that differ"),
        ({"lines": [{**LINE, "line_number": 2**70}]}, "line_number"),
        ({"lines": [{**LINE, "item_name": "a\x00b"}]}, "control characters"),
        ({"surprise": 1}, "not known"),
        ({"admitted_on": "2026-01-05", "discharged_on": "2026-01-04"}, "discharged_on not before"),
        ({"person": {"long_prescription_until": "2026-01-04"}}, "long_prescription_until not before"),
        (
            {"person": {"long_prescription_from": "2026-01-05", "long_prescription_until": "2026-01-04"}},
            "long_prescription_until not before",
        ),
    ],
)
def test_a_malformed_field_is_named_and_not_quoted(
    client: TestClient, keys: Keys, changes: dict[str, Any], says: str
) -> None:
    text = json.dumps({**a_settlement(), **changes})
    headers = {**bearer(keys.settlement), "Content-Type": "application/json"}
    answer = client.post("/v1/settlements", content=text, headers=headers)
    assert answer.status_code == 422
    assert says in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert "TEST-PERSON" not in answer.text


@pytest.mark.parametrize("text", ["", "{", "5", '"x"', "null", "[]", "[5]", "[[]]", "\xff", "{}" * 3])
def test_a_body_that_is_no_settlement_is_refused(client: TestClient, keys: Keys, text: str) -> None:
    headers = {**bearer(keys.settlement), "Content-Type": "application/json"}
    answer = client.post("/v1/settlements", content=text.encode("latin-1"), headers=headers)
    assert answer.status_code in {400, 422}
    assert answer.json()["detail"].endswith(".")


json_values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=12),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(field=some.sampled_from(sorted(a_settlement())), value=json_values)
def test_any_value_in_any_field_is_taken_or_refused_but_never_breaks_us(
    client: TestClient, keys: Keys, field: str, value: Any
) -> None:
    text = json.dumps({**a_settlement(), field: value})
    headers = {**bearer(keys.settlement), "Content-Type": "application/json"}
    assert client.post("/v1/settlements", content=text, headers=headers).status_code in {200, 409, 422}


def test_a_body_that_is_too_large_is_refused_unread(client: TestClient, keys: Keys) -> None:
    answer = client.post("/v1/settlements", content=b" " * (9 * 1024 * 1024), headers=bearer(keys.settlement))
    assert answer.status_code == 413
    assert "larger than 8 MB" in answer.json()["detail"]


def test_too_many_settlements_in_one_list_are_refused(client: TestClient, keys: Keys) -> None:
    answer = settle(client, keys, [a_settlement(f"S{number}") for number in range(201)])
    assert answer.status_code == 422
    assert "200" in answer.json()["detail"]


ROUTES = [
    ("POST", "/v1/settlements", "settlement"),
    ("POST", "/v1/advice", "settlement"),
    ("POST", "/v1/reversals", "settlement"),
    ("GET", "/v1/queue", "reviewer"),
    ("GET", "/v1/cases/C1", "reviewer"),
    ("POST", "/v1/cases/C1/verdicts", "reviewer"),
    ("POST", "/v1/confirmations", "settlement"),
    ("GET", "/v1/reminders/report", "reviewer"),
]


@pytest.mark.parametrize(("method", "path", "role"), ROUTES)
def test_no_key_a_wrong_key_and_a_wrong_role(client: TestClient, keys: Keys, method: str, path: str, role: str) -> None:
    assert client.request(method, path).status_code == 401
    assert client.request(method, path, headers=bearer("yicha_0_x")).status_code == 401
    other = keys.reviewer if role == "settlement" else keys.settlement
    answer = client.request(method, path, headers=bearer(other), json={})
    assert answer.status_code == 403
    assert "may not do this" in answer.json()["detail"]


def test_a_key_may_also_travel_in_its_own_header(client: TestClient, keys: Keys) -> None:
    assert client.get("/v1/queue", headers={"X-API-Key": keys.supervisor}).status_code == 200


def test_unknown_cases_and_addresses_are_said(client: TestClient, keys: Keys) -> None:
    assert client.get("/v1/cases/C1", headers=bearer(keys.reviewer)).status_code == 404
    assert client.get("/v1/nothing").status_code == 404
    assert client.get("/v1/queue?after=zzz", headers=bearer(keys.reviewer)).status_code == 422


def test_a_database_that_is_down_is_said_in_one_sentence(
    client: TestClient, service: Service, keys: Keys, store: Store, server: Store
) -> None:
    service.pool.close()
    answer = settle(client, keys, a_settlement())
    assert answer.status_code == 503
    assert "database does not answer" in answer.json()["detail"]
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json()["store"]) == (503, False)
    assert client.get("/health/live").json() == {"live": True}


def test_a_connection_that_breaks_is_replaced(client: TestClient, keys: Keys, store: Store, server: Store) -> None:
    settle(client, keys, a_settlement())
    with store.as_service() as connection:
        name = conninfo.conninfo_to_dict(store.owner_url)["dbname"]
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND usename = current_user AND pid <> pg_backend_pid()",
            [name],
        )
    assert settle(client, keys, a_settlement("S2")).status_code == 200


def test_ready_says_what_serves(client: TestClient) -> None:
    said = {"ready": True, "store": True, "features": True, "rehearsed": True, "champion": None}
    assert client.get("/health/ready").json() == said


def test_the_description_has_examples_and_units(client: TestClient) -> None:
    api = client.get("/openapi.json").json()
    schemas = api["components"]["schemas"]
    for body in ("SettlementIn", "ReversalIn", "VerdictIn"):
        assert schemas[body]["examples"]
    assert "yuan" in schemas["SettlementIn"]["properties"]["total_yuan"]["description"]
    assert {"401", "403", "409", "413", "422", "503"} <= set(api["paths"]["/v1/settlements"]["post"]["responses"])
