"""Settlements: decided once, durable before the answer, the same answer again."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import numpy as np
from fastapi.testclient import TestClient

from claims.store.connect import Store
from rules.catalogue import RULES
from scoring.judge import Judgement, judge
from serving.answers import DecisionOut, ReversalOut
from serving.app import create_app
from serving.desk import Desk
from serving.schemas import SettlementIn
from serving.service import Service
from tests.serving.bodies import Keys, a_reversal, a_settlement, bearer, hoarded, settle


def count(store: Store, table: str) -> int:
    with store.as_owner() as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # type: ignore[arg-type]
    assert row is not None
    return int(row[0])


def test_a_settlement_is_answered_and_was_recorded_before(client: TestClient, keys: Keys, store: Store) -> None:
    answer = settle(client, keys, a_settlement()).json()
    DecisionOut.model_validate(answer)
    assert (answer["settlement_id"], answer["action"], answer["decided_by"]) == ("S1", "pass", "rules only")
    assert answer["probability"] is None
    with store.as_owner() as connection:
        row = connection.execute("SELECT answer, length(features), body_fingerprint FROM decisions").fetchone()
    assert row is not None
    assert row[0] == answer
    assert row[1] % 8 == 0
    assert row[1] > 0
    assert count(store, "lines") == 1


def test_the_person_number_is_stored_nowhere(client: TestClient, keys: Keys, store: Store) -> None:
    settle(client, keys, a_settlement())
    with store.as_owner() as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            held = connection.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE '%TEST-PERSON%'").fetchone()  # type: ignore[arg-type]
            assert held == (0,), table


def test_a_long_prescription_counts_from_its_first_day_on(client: TestClient, keys: Keys, store: Store) -> None:
    bodies = hoarded(4)  # on days 3 to 9 of January, 84 days bought before the last
    told = {"sex": "1", "long_prescription_from": "2026-01-08", "long_prescription_until": "2026-06-30"}
    for body in bodies:
        body["person"] = told
    answers = [settle(client, keys, body).json() for body in bodies]
    codes = [[hit["code"] for line in answer["lines"] for hit in line["rule_hits"]] for answer in answers]
    assert ["YC-SUPPLY" in found for found in codes] == [False, False, True, False]
    with store.as_owner() as connection:
        row = connection.execute(
            "SELECT long_prescription_from::text, long_prescription_until::text FROM patients WHERE sex = '1'"
        ).fetchone()
    assert row == ("2026-01-08", "2026-06-30")


def test_the_same_settlement_twice_gets_the_same_answer(client: TestClient, keys: Keys, store: Store) -> None:
    first, second = (settle(client, keys, a_settlement()).json() for _ in range(2))
    assert first == second
    assert count(store, "claims") == 1


def test_the_same_content_written_otherwise_is_the_same_settlement(client: TestClient, keys: Keys) -> None:
    first = settle(client, keys, a_settlement()).json()
    other = a_settlement(at="2026-01-05T01:30:00Z", total_yuan="24.6")
    assert settle(client, keys, other).json() == first


def test_another_content_under_a_known_id_is_a_conflict(client: TestClient, keys: Keys, store: Store) -> None:
    settle(client, keys, a_settlement())
    answer = settle(client, keys, a_settlement(fund_yuan="21.00"))
    assert answer.status_code == 409
    assert "another content" in answer.json()["detail"]
    assert count(store, "claims") == 1


def test_a_list_is_decided_in_order_and_a_repeat_inside_it_once(client: TestClient, keys: Keys, store: Store) -> None:
    bodies = hoarded()
    answers = settle(client, keys, [*bodies, bodies[0]]).json()
    assert isinstance(answers, list), answers
    assert [answer["settlement_id"] for answer in answers] == ["S1", "S2", "S3", "S4", "S5", "S6", "S1"]
    assert answers[0] == answers[6]
    orders = [answer["recorded_order"] for answer in answers[:6]]
    assert orders == sorted(set(orders))
    assert count(store, "decisions") == 6


def test_a_list_equals_the_same_settlements_one_by_one(client: TestClient, keys: Keys, store: Store) -> None:
    together = settle(client, keys, hoarded()).json()
    moved = [
        {
            **body,
            "settlement_id": f"T{body['settlement_id']}",
            "person_number": "TEST-PERSON-2",
            "institution_id": "P00000000002",
        }
        for body in hoarded()
    ]
    alone = [settle(client, keys, body).json() for body in moved]
    assert [answer["action"] for answer in alone] == [answer["action"] for answer in together]
    assert len({answer["action"] for answer in together}) > 1
    with store.as_owner() as connection:
        rows = connection.execute("SELECT features FROM decisions ORDER BY recorded_order").fetchall()
    values = [np.frombuffer(row[0], "<f8") for row in rows]
    for first, second in zip(values[:6], values[6:], strict=True):
        np.testing.assert_array_equal(first, second)


def test_one_conflict_in_a_list_records_nothing(client: TestClient, keys: Keys, store: Store) -> None:
    settle(client, keys, a_settlement())
    answer = settle(client, keys, [a_settlement("S9"), a_settlement(fund_yuan="1.00")])
    assert answer.status_code == 409
    assert count(store, "claims") == 1


def test_more_than_can_be_needed_goes_to_a_person_with_reasons(client: TestClient, keys: Keys) -> None:
    last = settle(client, keys, hoarded()).json()[-1]
    assert last["action"] == "review"
    assert last["reasons"][0]["kind"] == "rule"
    assert last["lines"][0]["rule_hits"]
    queue = client.get("/v1/queue", headers=bearer(keys.reviewer)).json()["cases"]
    assert [row["case_id"] for row in queue] == [last["case_id"]]
    assert queue[0]["main_reason_zh"].startswith("累计供药天数超限")


def test_many_threads_sending_the_same_settlement_decide_it_once(service: Service, store: Store) -> None:
    body = SettlementIn.model_validate(a_settlement())
    answers: list[dict[str, Any]] = []
    threads = [threading.Thread(target=lambda: answers.extend(service.desk.decide([body]))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 6
    assert all(answer == answers[0] for answer in answers)
    assert count(store, "decisions") == 1


def _with_judge(service: Service, judged: Any) -> Service:
    desk: Desk = replace(service.desk, steps=replace(service.desk.steps, judge=judged))
    return replace(service, desk=desk)


def test_a_rule_that_crashes_sends_the_claim_to_a_person(service: Service, keys: Keys) -> None:
    def broken(*_: object) -> Any:
        raise ZeroDivisionError

    rules = [replace(RULES[0], check=broken), *RULES[1:]]

    def judge_with_a_crash(*what: Any, **_: Any) -> Judgement:
        return judge(*what, rules=rules)

    with TestClient(create_app(_with_judge(service, judge_with_a_crash))) as client:
        answer = settle(client, keys, a_settlement()).json()
        assert answer["action"] == "review"
        assert answer["case_id"]
        assert f'yicha_rule_crashes_total{{rule="{RULES[0].code}"}} 1.0' in client.get("/metrics").text


def test_a_crash_inside_records_nothing_and_says_no_more_than_it_should(
    service: Service, keys: Keys, store: Store
) -> None:
    def broken(*_: Any, **__: Any) -> Judgement:
        raise RuntimeError("TEST-PERSON-1 had I10")

    # The error must not go on to the server: that would log its message, which quotes a person.
    with TestClient(create_app(_with_judge(service, broken)), raise_server_exceptions=True) as client:
        answer = settle(client, keys, a_settlement())
    assert answer.status_code == 500
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "TEST-PERSON" not in answer.text
    assert "Traceback" not in answer.text
    assert count(store, "claims") == count(store, "decisions") == count(store, "cases") == 0


def test_advice_never_enters_history(client: TestClient, keys: Keys, store: Store) -> None:
    settle(client, keys, hoarded(5))
    before = [count(store, table) for table in ("claims", "decisions", "cases", "evidence", "feature_tiles")]
    question = {**hoarded()[-1], "system_code": "HIS01", "stage": "before", "request_id": "Q1"}
    first = client.post("/v1/advice", json=question, headers=bearer(keys.settlement)).json()
    DecisionOut.model_validate(first)
    assert (first["action"], first["recorded_order"], first["case_id"]) == ("review", None, None)
    assert client.post("/v1/advice", json=question, headers=bearer(keys.settlement)).json() == first
    changed = {**question, "fund_yuan": "1.00"}
    assert client.post("/v1/advice", json=changed, headers=bearer(keys.settlement)).status_code == 409
    assert [count(store, table) for table in ("claims", "decisions", "cases", "evidence", "feature_tiles")] == before


def test_a_reversal_is_a_new_fact_and_known_again(client: TestClient, keys: Keys, store: Store) -> None:
    settle(client, keys, a_settlement())
    send = lambda body: client.post("/v1/reversals", json=body, headers=bearer(keys.settlement))  # noqa: E731
    answer = send(a_reversal()).json()
    ReversalOut.model_validate(answer)
    assert answer["original_known"] is True
    assert send(a_reversal()).json() == answer
    assert send(a_reversal(yuan="-11.00")).status_code == 409
    assert "more than was billed" in send(a_reversal("R2", yuan="-20.00")).json()["detail"]
    other = {**a_reversal("R3"), "person_number": "TEST-PERSON-9"}
    assert "another person" in send(other).json()["detail"]
    assert count(store, "claims") == 2


def test_a_reversal_that_overtakes_its_original_is_kept_and_known_again(client: TestClient, keys: Keys) -> None:
    send = lambda: client.post("/v1/reversals", json=a_reversal(), headers=bearer(keys.settlement))  # noqa: E731
    first = send().json()
    assert first["original_known"] is False
    settle(client, keys, a_settlement())
    assert send().json() == first


def test_a_settlement_of_the_future_is_refused(client: TestClient, keys: Keys) -> None:
    answer = settle(client, keys, a_settlement(at="2150-01-01T00:00:00+08:00"))
    assert answer.status_code == 422
    assert "ahead of our clock" in answer.json()["detail"]


def test_known_settlements_are_counted_apart(client: TestClient, keys: Keys) -> None:
    settle(client, keys, a_settlement())
    settle(client, keys, a_settlement())
    figures = client.get("/metrics").text
    assert 'yicha_decisions_total{action="pass"} 1.0' in figures
    assert "yicha_known_settlements_total 1.0" in figures
    assert "TEST-PERSON" not in figures


def test_one_id_with_two_contents_in_a_list_is_a_conflict(client: TestClient, keys: Keys, store: Store) -> None:
    answer = settle(client, keys, [a_settlement(), a_settlement(fund_yuan="1.00")])
    assert answer.status_code == 409
    assert count(store, "claims") == 0
