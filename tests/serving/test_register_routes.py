"""Supervisors change registers by the API, and the next settlement is decided by what is then there."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from audit.keys import make_key, revoke_key
from claims.store.connect import Store
from serving.register_schemas import EntriesOut, RegisterChangeOut
from serving.service import Service
from tests.serving.bodies import Keys, a_settlement, bearer, settle

PLACE = "P00000000001"
TILL = {"institution_id": PLACE, "staff_id": "T2", "role": "till", "valid_from": "2020-01-01"}
AGREEMENT = {"institution_id": PLACE, "covers": "all", "valid_from": "2020-01-01"}


def post(client: TestClient, key: str, path: str, body: Any) -> httpx.Response:
    return client.post(f"/v1/registers/{path}", json=body, headers=bearer(key))


def get(client: TestClient, key: str, path: str) -> httpx.Response:
    return client.get(f"/v1/registers/{path}", headers=bearer(key))


def codes(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 200
    body = answer.json()
    lines = [hit for line in body["lines"] for hit in line["rule_hits"]]
    return {hit["code"] for hit in [*lines, *body.get("rule_hits", [])]}


def test_an_edit_changes_the_answer_of_the_next_settlement(client: TestClient, keys: Keys) -> None:
    def settled(number: int) -> set[str]:
        at = f"2026-{number:02}-05T09:30:00+08:00"
        return codes(settle(client, keys, a_settlement(f"S{number}", at, till_id="T2")))

    assert "YC-DOCTOR" in settled(1)
    added = post(client, keys.supervisor, "staff/entries", {"entry": TILL, "why": "letter"})
    assert (added.status_code, RegisterChangeOut.model_validate(added.json()).old_row) == (201, None)
    assert "YC-DOCTOR" not in settled(3)
    ended = post(client, keys.supervisor, "staff/ends", {"key": TILL, "on": "2026-04-30", "why": "left"})
    assert ended.json()["new_row"]["valid_until"] == "2026-04-30"
    assert "YC-DOCTOR" in settled(5)
    rows = post(client, keys.reviewer, "staff/history", {"key": {"staff_id": "T2"}}).json()
    assert [(row["changed_by"], row["why"]) for row in rows] == [("T-supervisor", "left"), ("T-supervisor", "letter")]


def test_an_agreement_that_ends_sends_the_next_settlement_to_a_person(client: TestClient, keys: Keys) -> None:
    assert "YC-AGREEMENT" not in codes(settle(client, keys, a_settlement("S1")))
    entry = {**AGREEMENT, "valid_until": "2026-01-31", "source": "2020 年协议"}
    assert post(client, keys.supervisor, "agreements/entries", {"entry": entry, "why": "x"}).status_code == 201
    late = settle(client, keys, a_settlement("S2", "2026-02-01T09:30:00+08:00"))
    assert ("YC-AGREEMENT" in codes(late), late.json()["action"]) == (True, "review")
    body = {"key": AGREEMENT, "changes": {"valid_until": None}, "why": "renewed"}
    assert post(client, keys.supervisor, "agreements/corrections", body).status_code == 201
    assert "YC-AGREEMENT" not in codes(settle(client, keys, a_settlement("S3", "2026-03-05T09:30:00+08:00")))


def test_an_institution_is_confirmed(client: TestClient, keys: Keys) -> None:
    path = f"institutions/{PLACE}/confirmations"
    done = post(client, keys.supervisor, path, {"registers": ["tills"], "is_complete": False, "why": "one is missing"})
    (change,) = (RegisterChangeOut.model_validate(row) for row in done.json())
    assert (done.status_code, change.key, change.new_row["is_complete"]) == (
        201,
        {"institution_id": PLACE, "register": "tills"},
        False,
    )
    assert post(client, keys.supervisor, "institutions/P9/confirmations", {"why": "x"}).status_code == 404
    found = EntriesOut.model_validate(get(client, keys.reviewer, "institutions?name=示例&most=1&skip=1").json())
    assert [row["institution_id"] for row in found.entries] == ["P00000000002"]


def test_a_register_decides_only_what_rests_on_it(client: TestClient, keys: Keys) -> None:
    def action(number: int) -> str:
        body = a_settlement(
            f"S{number}", f"{datetime.now(UTC) + timedelta(seconds=2):%Y-%m-%dT%H:%M:%SZ}", till_id="T9"
        )
        answer = settle(client, keys, body)
        assert answer.status_code == 200
        return str(answer.json()["action"])

    def declared(*registers: str, is_complete: bool = True) -> None:
        body = {"registers": registers, "is_complete": is_complete, "why": "x"}
        assert post(client, keys.supervisor, f"institutions/{PLACE}/confirmations", body).status_code == 201

    declared("tills", "pharmacists")
    declared("doctors", is_complete=False)
    assert action(1) == "refuse"
    declared("pharmacists", is_complete=False)
    assert action(2) != "refuse"


@pytest.fixture
def own_key(store: Store, service: Service) -> str:  # it makes the institution
    with store.as_owner() as connection:
        return make_key(connection, "HIS of the shop", "institution", PLACE)


def test_an_institution_confirms_its_own_registers(client: TestClient, keys: Keys, own_key: str) -> None:
    path = f"institutions/{PLACE}/confirmations"
    done = post(client, own_key, path, {"registers": ["tills", "pharmacists"], "is_complete": True, "why": "daily"})
    assert (done.status_code, [row["new_row"]["is_complete"] for row in done.json()]) == (201, [True, True])
    key_id = own_key.split("_")[1]
    assert {row["changed_by"] for row in done.json()} == {f"{PLACE}, key {key_id}"}
    assert post(client, own_key, path, {"why": "as before"}).status_code == 201
    assert len(post(client, keys.reviewer, "declarations/history", {"key": {"register": "tills"}}).json()) == 2


OTHERS_PATHS = (
    "institutions/P00000000002/confirmations",
    "institutions/P00000000001%2F..%2FP00000000002/confirmations",
    "institutions/p00000000001/confirmations",
    "institutions/P9/confirmations",
)


def test_an_institutions_key_does_nothing_else(client: TestClient, keys: Keys, own_key: str) -> None:
    body = {"registers": ["tills"], "is_complete": True, "why": "x"}
    for path in OTHERS_PATHS:
        assert post(client, own_key, path, body).status_code in (403, 404, 422), path
    own = f"institutions/{PLACE}/confirmations"
    for more in ({"registers": ["staff"]}, {"registers": ["tills"] * 6}, {"registers": ["tills", "tills"]},
                 {"by": "S1"}, {"institution_id": "P00000000002"}, {"is_complete": "true"}, {"why": ""}):  # fmt: skip
        assert post(client, own_key, own, {**body, **more}).status_code == 422, more
    for path in ("staff/entries", "declarations/entries"):
        entry = {"institution_id": PLACE, "register": "doctors"} if path[0] == "d" else TILL
        assert post(client, own_key, path, {"entry": entry, "why": "x"}).status_code == 403
    assert post(client, own_key, "staff/history", {}).status_code == 403
    assert post(client, own_key, "staff/ends", {"key": TILL, "on": "2026-01-01", "why": "x"}).status_code == 403
    for path in ("staff", "imports", "declarations"):
        assert get(client, own_key, path).status_code == 403
    assert settle(client, replace(keys, settlement=own_key), a_settlement("S1")).status_code == 403
    for path in ("/v1/rules", "/v1/queue"):
        assert client.get(path, headers=bearer(own_key)).status_code in (403, 404), path
    assert post(client, keys.supervisor, "declarations/history", {}).json() == []


def test_a_revoked_key_of_an_institution_is_useless(client: TestClient, store: Store, own_key: str) -> None:
    with store.as_owner() as connection:
        revoke_key(connection, own_key.split("_")[1])
    path = f"institutions/{PLACE}/confirmations"
    assert post(client, own_key, path, {"registers": ["tills"], "why": "x"}).status_code == 401
    assert post(client, own_key[:-1], path, {"registers": ["tills"], "why": "x"}).status_code == 401


def test_only_supervisors_change_registers(client: TestClient, keys: Keys) -> None:
    bodies = {
        "staff/entries": {"entry": TILL, "why": "x"},
        "staff/corrections": {"key": TILL, "changes": {"department_id": "A"}, "why": "x"},
        "staff/ends": {"key": TILL, "on": "2026-01-01", "why": "x"},
        f"institutions/{PLACE}/confirmations": {"registers": ["tills"], "why": "x"},
    }
    for path, body in bodies.items():
        for key in (keys.settlement, keys.reviewer):
            assert post(client, key, path, body).status_code == 403
        assert client.post(f"/v1/registers/{path}", json=body).status_code == 401
    assert get(client, keys.settlement, "staff").status_code == 403
    assert post(client, keys.settlement, "staff/history", {}).status_code == 403
    assert post(client, keys.supervisor, "staff/history", {}).json() == []


REFUSED: tuple[tuple[str, Any, int], ...] = (
    ("claims/entries", {"entry": TILL, "why": "x"}, 404),
    ("api_keys/entries", {"entry": TILL, "why": "x"}, 404),
    ("staff/entries", {"entry": TILL, "why": ""}, 422),
    ("staff/entries", {"entry": TILL, "why": "a\x00"}, 422),
    ("staff/entries", {"entry": TILL, "why": "x", "by": "S2"}, 422),
    ("staff/entries", {"entry": [], "why": "x"}, 422),
    ("staff/entries", {"entry": {**TILL, "role": {"a": 1}}, "why": "x"}, 422),
    ("staff/entries", {"entry": {**TILL, "staff_id": "x" * 201}, "why": "x"}, 422),
    ("staff/entries", {"entry": {**TILL, "x" * 61: "1"}, "why": "x"}, 422),
    ("staff/entries", {"entry": {f"c{n}": 1 for n in range(31)}, "why": "x"}, 422),
    ("staff/entries", {"entry": {**TILL, "valid_from = now(); --": "1"}, "why": "x"}, 422),
    ("staff/entries", {"entry": {**TILL, "antibiotic_level": 1.5}, "why": "x"}, 422),
    ("staff/entries", {"entry": {**TILL, "department_id": "\ud800"}, "why": "x"}, 422),
    ("staff/entries", {"entry": {**TILL, "institution_id": "P9"}, "why": "x"}, 404),
    ("staff/entries", {"entry": {**TILL, "staff_id": "T1"}, "why": "x"}, 409),
    ("staff/ends", {"key": TILL, "on": "2026-13-01", "why": "x"}, 422),
    ("staff/ends", {"key": TILL, "on": "2026-01-01", "why": "x"}, 404),
    ("staff/corrections", {"key": {}, "changes": {"department_id": "A"}, "why": "x"}, 422),
    ("staff/history", {"key": {"department_id": "A"}}, 422),
    ("staff/history", {"most": 501}, 422),
    ("staff/history", {"before": 1 << 63}, 422),
)


def test_what_cannot_be_taken_is_refused_in_words(client: TestClient, keys: Keys) -> None:
    for path, body, status in REFUSED:
        headers = {**bearer(keys.supervisor), "Content-Type": "application/json"}
        answer = client.post(f"/v1/registers/{path}", content=json.dumps(body), headers=headers)
        assert (answer.status_code, path, body) == (status, path, body)
        assert answer.json()["detail"].endswith(".")
    assert post(client, keys.supervisor, "staff/history", {}).json() == []


SEARCHES = (
    ("imports?register=claims", 404),
    ("imports?institution=a%20b", 422),
    ("imports?most=0", 422),
    (f"imports?institution={'x' * 201}", 422),
    ("claims", 404),
    ("staff?name=x", 422),
    ("staff?id=a%00", 422),
    ("institutions?name=%ff", 200),
    (f"staff?id={'x' * 201}", 422),
    ("staff?most=501", 422),
    ("staff?skip=-1", 422),
    ("staff?on=yesterday", 422),
    ("institutions?on=2026-01-01", 422),
    ("staff?id='+OR+true+--", 200),
)


def test_a_search_is_bounded(client: TestClient, keys: Keys) -> None:
    for query, status in SEARCHES:
        answer = get(client, keys.supervisor, query)
        assert (answer.status_code, query) == (status, query)
        assert status != 200 or answer.json()["entries"] == []
