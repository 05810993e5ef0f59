"""Own codes and trace codes through the settlement API: kept, judged at the next settlement, and freed by a return."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from claims.store.connect import Store
from tests.serving.bodies import Keys, a_reversal, a_settlement, bearer, settle

ONE, TWO = "81000010000000000017", "81000010000000000024"


def with_codes(name: str, codes: list[str], **line: Any) -> dict[str, Any]:
    body = a_settlement(name)
    body["lines"][0] |= {"line_id": f"{name}-1", "trace_codes": codes, **line}
    return body


def hits_of(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(hit["code"], hit["says_en"]) for line in answer["lines"] for hit in line["rule_hits"]]


def traced(answer: dict[str, Any]) -> list[str]:
    return [says for code, says in hits_of(answer) if code == "YC-TRACE"]


def test_what_a_line_says_is_kept(client: TestClient, keys: Keys, store: Store) -> None:
    settle(client, keys, with_codes("S1", [ONE, TWO], own_item_code="院内 01", is_split_pack=True))
    with store.as_owner() as connection:
        rows = connection.execute("SELECT own_item_code, trace_codes, is_split_pack FROM lines").fetchall()
    assert rows == [("院内 01", f"{ONE},{TWO}", True)]


def test_a_box_that_was_settled_is_found_until_it_comes_back(client: TestClient, keys: Keys) -> None:
    settle(client, keys, with_codes("S1", [ONE, TWO]))
    (says,) = traced(settle(client, keys, with_codes("S2", [ONE])).json())
    assert f"Trace code {ONE} was settled on 2026-01-05 by this institution" in says
    for name, number, code in (("R1", "S1", ONE), ("R2", "S2", ONE)):
        back = a_reversal(name, number)
        back["lines"][0] |= {"reverses_line_id": f"{number}-1", "trace_codes": [code]}
        answer = client.post("/v1/reversals", json=back, headers=bearer(keys.settlement))
        assert answer.status_code in (200, 201), answer.json()
    assert traced(settle(client, keys, with_codes("S3", [ONE])).json()) == []
    assert len(traced(settle(client, keys, with_codes("S4", [TWO])).json())) == 1


def test_other_codes_are_another_content(client: TestClient, keys: Keys) -> None:
    assert settle(client, keys, with_codes("S1", [ONE])).status_code == 200
    assert settle(client, keys, with_codes("S1", [ONE])).status_code == 200
    assert settle(client, keys, with_codes("S1", [TWO])).status_code == 409


def test_a_register_is_used_at_the_next_settlement(client: TestClient, keys: Keys) -> None:
    own = {"own_item_code": "OWN-1"}
    assert hits_of(settle(client, keys, with_codes("S1", [], **own)).json()) == []
    body = a_settlement("S2")
    entry = {"institution_id": body["institution_id"], "own_item_code": "OWN-1", "valid_from": "2026-01-01"}
    add = {"entry": {**entry, "item_code": "XA99OTHER"}, "why": "list of the year"}
    path = "/v1/registers/item_mappings/entries"
    answer = client.post(path, json=add, headers=bearer(keys.supervisor))
    if answer.status_code == 404:  # the institution itself is not registered yet
        place = {"institution_id": body["institution_id"], "kind": "pharmacy"}
        made = {"entry": place, "why": "new"}
        client.post("/v1/registers/institutions/entries", json=made, headers=bearer(keys.supervisor))
        answer = client.post(path, json=add, headers=bearer(keys.supervisor))
    assert answer.status_code == 201, answer.json()
    assert "YC-MAPPING" in {code for code, _ in hits_of(settle(client, keys, with_codes("S2", [], **own)).json())}
    other = settle(client, keys, with_codes("S3", [], own_item_code="OWN-2")).json()
    assert "YC-UNMAPPED" in {hit["code"] for hit in other["rule_hits"]}


@pytest.mark.parametrize(
    "line",
    [
        {"trace_codes": ["8" * 31]},
        {"trace_codes": ["1,2"]},
        {"trace_codes": [ONE] * 501},
        {"trace_codes": ONE},
        {"trace_codes": [1]},
        {"own_item_code": ""},
        {"own_item_code": "x" * 151},
        {"own_item_code": "a\0b"},
        {"is_split_pack": "1"},
    ],
)
def test_what_is_no_code_is_refused(client: TestClient, keys: Keys, line: dict[str, Any]) -> None:
    body = a_settlement()
    body["lines"][0] |= line
    assert settle(client, keys, body).status_code == 422
