"""Supervisors change registers by the API, and the next settlement is decided by what is then there."""

from __future__ import annotations

import json
from typing import Any

import httpx
from fastapi.testclient import TestClient

from serving.register_schemas import EntriesOut, RegisterChangeOut
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
    done = post(client, keys.supervisor, path, {"is_complete": False, "why": "a till is missing"})
    assert (done.status_code, done.json()["new_row"]["register_is_complete"]) == (201, False)
    assert post(client, keys.supervisor, "institutions/P9/confirmations", {"why": "x"}).status_code == 404
    found = EntriesOut.model_validate(get(client, keys.reviewer, "institutions?name=示例&most=1&skip=1").json())
    assert [row["institution_id"] for row in found.entries] == ["P00000000002"]


def test_only_supervisors_change_registers(client: TestClient, keys: Keys) -> None:
    bodies = {
        "staff/entries": {"entry": TILL, "why": "x"},
        "staff/corrections": {"key": TILL, "changes": {"department_id": "A"}, "why": "x"},
        "staff/ends": {"key": TILL, "on": "2026-01-01", "why": "x"},
        f"institutions/{PLACE}/confirmations": {"why": "x"},
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
