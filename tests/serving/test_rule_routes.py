"""Supervisors move rules through their life by the API, and data scientists study them."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from audit.keys import make_key
from audit.life import background
from claims.store.connect import Store
from rules.catalogue import RULES
from rules.conduct.supply_days import too_much_in_hand
from serving.rule_schemas import BacktestOut, ChangeOut, MovedOut, RulesOut
from tests.serving.bodies import Keys, bearer, hoarded, settle

CODE = too_much_in_hand.code


@pytest.fixture
def second(store: Store) -> str:
    with store.as_owner() as connection:
        return make_key(connection, "T-second", "supervisor")


@pytest.fixture
def analyst(store: Store) -> str:
    with store.as_owner() as connection:
        return make_key(connection, "T-analyst", "analyst")


def post(client: TestClient, key: str, path: str, body: Any) -> httpx.Response:
    return client.post(f"/v1/rules/{path}", json=body, headers=bearer(key))


def get(client: TestClient, key: str, path: str = "") -> httpx.Response:
    return client.get(f"/v1/rules{path}", headers=bearer(key))


def test_a_rule_is_stopped_by_one_and_let_act_by_two(client: TestClient, keys: Keys, second: str) -> None:
    stopped = post(client, keys.supervisor, f"{CODE}/proposals", {"to": "shadow", "why": "too many findings"})
    assert stopped.status_code == 201
    assert MovedOut.model_validate(stopped.json()).change is not None
    settle(client, keys, hoarded())
    shown = RulesOut.model_validate(get(client, keys.reviewer).json())
    (rule,) = [each for each in shown.rules if each.code == CODE]
    assert (rule.state, rule.hits_30d > 0, len(shown.rules)) == ("shadow", True, len(RULES))
    asked = post(client, keys.supervisor, f"{CODE}/proposals", {"to": "active", "why": "corrected"}).json()
    path = f"proposals/{asked['proposal']['proposal_id']}/approval"
    refused = post(client, keys.supervisor, path, {})
    assert (refused.status_code, "second person" in refused.json()["detail"]) == (403, True)
    assert ChangeOut.model_validate(post(client, second, path, {}).json()).new_state == "active"
    assert post(client, second, path, {}).status_code == 409
    states = [row["new_state"] for row in get(client, keys.reviewer, f"/{CODE}/history").json()]
    assert states == ["active", "shadow", "active"]


def test_a_proposal_can_be_refused(client: TestClient, keys: Keys, second: str) -> None:
    post(client, keys.supervisor, f"{CODE}/proposals", {"to": "retired", "why": "wrong"})
    asked = post(client, keys.supervisor, f"{CODE}/proposals", {"to": "active", "why": "corrected"}).json()
    answer = post(client, second, f"proposals/{asked['proposal']['proposal_id']}/refusal", {"why": "not yet"})
    assert (answer.status_code, answer.json()["what"]) == (201, "declined")
    assert get(client, keys.reviewer).json()["proposals"] == []


def test_only_supervisors_move_rules(client: TestClient, keys: Keys, analyst: str) -> None:
    body = {"to": "shadow", "why": "x"}
    for key in (keys.settlement, keys.reviewer, analyst):
        assert post(client, key, f"{CODE}/proposals", body).status_code == 403
        assert post(client, key, "proposals/1/approval", {}).status_code == 403
    assert get(client, keys.settlement).status_code == 403
    assert get(client, analyst).status_code == 200
    assert client.get("/v1/rules").status_code == 401


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("NOBODY/proposals", {"to": "shadow", "why": "x"}, 404),
        (f"{CODE}/proposals", {"to": "king", "why": "x"}, 422),
        (f"{CODE}/proposals", {"to": "draft", "why": "x"}, 409),
        (f"{CODE}/proposals", {"to": "shadow", "why": ""}, 422),
        (f"{CODE}/proposals", {"to": "shadow", "why": "a\x00"}, 422),
        (f"{CODE}/proposals", {"to": "shadow", "why": "x", "by": "S2"}, 422),
        ("proposals/7/approval", {}, 404),
        ("proposals/99999999999999999999/approval", {}, 422),
        (f"{CODE}/backtests", {"first_day": "2025-02-01", "last_day": "2025-01-01"}, 422),
        (f"{CODE}/backtests", {"first_day": "2020-01-01", "last_day": "2025-01-01"}, 422),
        (f"{CODE}/backtests", {"first_day": "2025-01-01", "last_day": "2025-01-31"}, 422),
        (f"{CODE}/backtests", {"first_day": "2025-01-01", "last_day": "2025-01-02", "numbers": {"x": 1}}, 422),
        ("NOBODY/backtests", {"first_day": "2025-01-01", "last_day": "2025-01-02"}, 404),
    ],
)
def test_what_cannot_be_taken_is_refused_in_words(
    client: TestClient, keys: Keys, path: str, body: Any, status: int
) -> None:
    answer = post(client, keys.supervisor, path, body)
    assert answer.status_code == status
    assert answer.json()["detail"].endswith(".")


def test_a_back_test_runs_beside_the_service(client: TestClient, keys: Keys, analyst: str) -> None:
    settle(client, keys, hoarded())
    body = {"first_day": "2026-01-01", "last_day": "2026-01-31", "numbers": {"review_from_days": 200}}
    begun = post(client, analyst, f"{CODE}/backtests", body)
    assert begun.status_code == 202
    assert post(client, analyst, f"{CODE}/backtests", body).status_code == 409
    for _ in range(600):
        seen = BacktestOut.model_validate(get(client, analyst, f"/backtests/{begun.json()['backtest_id']}").json())
        if seen.status != "running":
            break
        time.sleep(0.1)
    assert (seen.status, seen.done, seen.claims) == ("done", 6, 6)
    assert seen.result is not None
    now, tried = (seen.result["columns"][name] for name in ("now", "tried"))
    assert 0 < now["hits"] == tried["hits"]
    assert tried["actions"].get("review", 0) < now["actions"]["review"]


def test_a_period_too_large_for_the_service_is_refused(
    client: TestClient, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(client, keys, hoarded())
    monkeypatch.setattr(background, "MOST_CLAIMS", 5)
    answer = post(client, keys.supervisor, f"{CODE}/backtests", {"first_day": "2026-01-01", "last_day": "2026-01-31"})
    assert answer.status_code == 422
    assert "yicha rules backtest" in answer.json()["detail"]


def test_a_back_test_whose_process_is_gone_is_called_lost(client: TestClient, keys: Keys, store: Store) -> None:
    with store.as_owner() as connection:
        connection.execute(
            "INSERT INTO rule_backtests (backtest_id, rule_code, first_day, last_day, changed_numbers, status, claims,"
            " asked_by, heard_at) VALUES ('0123456789abcdef', 'X', '2025-01-01', '2025-01-02', '{}', 'running', 1, 'S',"
            " now() - interval '1 hour')"
        )
    assert get(client, keys.supervisor, "/backtests/0123456789abcdef").json()["status"] == "lost"
    assert get(client, keys.supervisor, "/backtests/0000000000000000").status_code == 404


def test_the_self_check_has_five_answers(client: TestClient, keys: Keys) -> None:
    answers = get(client, keys.supervisor, "/self-check").json()
    assert [bool(answer["evidence"]) for answer in answers] == [True] * 5
    assert get(client, keys.reviewer, "/self-check").status_code == 403
