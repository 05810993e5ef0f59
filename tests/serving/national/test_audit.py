"""3101 and 3102: the current visit is judged, nothing of it becomes history; 3103: what was done is kept."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from claims.store.connect import Store
from rules.catalogue import RULES
from rules.frame import BEFORE
from scoring.judge import Judgement, judge
from serving.app import create_app
from serving.service import Service
from tests.serving.bodies import DRUG, Keys, a_settlement, bearer, settle
from tests.serving.national.sent import Message, changed, message, post, send, taken

RESULT = {
    *("jr_id", "rule_id", "rule_name", "vola_cont", "patn_id", "mdtrt_id", "judge_result_detail_dtos", "vola_amt"),
    *("vola_amt_stas", "sev_deg", "vola_evid", "vola_bhvr_type", "task_id"),
}
DETAIL = {"jrd_id", "patn_id", "mdtrt_id", "rx_id", "vola_item_type", "vola_amt"}
PATIENT = ("input", "data", "patient_dtos", 0)


def rows(store: Store, query: str) -> list[tuple[Any, ...]]:
    with store.as_owner() as connection:
        return connection.execute(query).fetchall()  # type: ignore[call-overload, no-any-return]


@pytest.fixture
def packs(store: Store) -> None:
    """A pack of the drug lasts 28 days, so that what was bought tells for how long."""
    with store.as_owner() as connection:
        connection.execute(
            "INSERT INTO catalogue (item_code, item_kind, units_per_pack_e4, units_per_day_e4, is_resale_prone,"
            " valid_from) VALUES (%s, 'drug', 280000, 10000, false, '2020-01-01')",
            [DRUG],
        )


def codes(output: Message) -> list[str]:
    return [each["rule_id"] for each in output["result"]]


@pytest.mark.parametrize("number", ["3101", "3102"])
def test_every_field_of_a_result_is_there_and_in_its_form(client: TestClient, keys: Keys, number: str) -> None:
    for each in taken(client, keys, number)["result"]:
        assert set(each) == RESULT
        assert (each["patn_id"], each["mdtrt_id"], each["task_id"]) == ("TEST-PERSON-1", "V1", "TASK-1")
        assert each["sev_deg"] in {"1", "2", "3"}
        assert each["vola_bhvr_type"] in {"1", "2"}
        assert isinstance(each["vola_amt"], float | int)
        (detail,) = each["judge_result_detail_dtos"]
        assert set(detail) == DETAIL
        assert (detail["rx_id"], detail["vola_item_type"]) == ("RX-1", "1")


def test_the_severity_is_that_of_the_areas_dictionary(client: TestClient, keys: Keys) -> None:
    found = taken(client, keys, "3101")["result"]
    doctor = next(each for each in found if each["rule_id"] == "YC-DOCTOR")
    assert doctor["sev_deg"] == "3"  # slightly suspicious: the register is not complete
    assert "登记册" in doctor["vola_cont"]


@pytest.mark.usefixtures("packs")
def test_told_visits_are_the_past_of_a_person_that_nobody_knows(client: TestClient, keys: Keys, store: Store) -> None:
    assert "YC-SUPPLY" in codes(taken(client, keys, "3101"))
    for table in ("claims", "lines", "diagnoses", "patients", "decisions", "cases"):
        assert rows(store, f"SELECT count(*) FROM {table}") == [(0,)], table
    alone = changed(message("3101", "M2"), (*PATIENT, "fsi_encounter_dtos"), [])
    alone["input"]["data"]["patient_dtos"][0]["fsi_encounter_dtos"] = [
        message("3101")["input"]["data"]["patient_dtos"][0]["fsi_encounter_dtos"][-1]
    ]
    assert "YC-SUPPLY" not in codes(send(client, keys, alone)["output"])


@pytest.mark.parametrize(("number", "is_asked"), [("3101", False), ("3102", True)])
def test_rules_of_another_stage_are_not_asked(service: Service, keys: Keys, number: str, is_asked: bool) -> None:
    asked: list[str] = []

    def noted(*args: Any, rules: Any, **more: Any) -> Judgement:
        asked.extend(rule.code for rule in rules)
        return judge(*args, rules=rules, **more)

    desk = replace(service.desk, steps=replace(service.desk.steps, judge=noted))
    with TestClient(create_app(replace(service, desk=desk))) as client:
        taken(client, keys, number)
        later = {rule.code for rule in RULES if BEFORE not in rule.stages}
        assert later
        assert (later <= set(asked), not later.isdisjoint(asked)) == (is_asked, is_asked)
        named = message("3101", "M9")
        named["input"]["data"]["rule_ids"] = sorted(later)[:1]
        asked.clear()
        send(client, keys, named)
        assert later <= set(asked), "a rule that is named is asked whatever its stage"


@pytest.mark.usefixtures("packs")
def test_what_the_store_knows_of_a_person_outranks_what_is_told(client: TestClient, keys: Keys) -> None:
    settle(client, keys, a_settlement(at="2025-12-01T09:30:00+08:00"))
    assert "YC-SUPPLY" not in codes(taken(client, keys, "3101"))


def test_a_told_sex_judges_a_person_that_nobody_knows(client: TestClient, keys: Keys, store: Store) -> None:
    with store.as_owner() as connection:
        connection.execute(
            "INSERT INTO catalogue (item_code, item_kind, only_sex, is_resale_prone, valid_from)"
            " VALUES (%s, 'drug', '2', false, '2020-01-01')",
            [DRUG],
        )
    told = codes(taken(client, keys, "3101"))
    woman = codes(send(client, keys, changed(message("3101", "M2"), (*PATIENT, "gend"), "2"))["output"])
    assert set(told) - set(woman)


def test_only_the_current_orders_are_told(client: TestClient, keys: Keys) -> None:
    body = message("3101")
    visit = body["input"]["data"]["patient_dtos"][0]["fsi_encounter_dtos"][-1]
    visit["fsi_order_dtos"].insert(0, {**visit["fsi_order_dtos"][0], "rx_id": "RX-0", "curr_drord_flag": "0"})
    visit["medfee_sumamt"] = visit["hifp_payamt"] = 49.2
    details = [each["judge_result_detail_dtos"] for each in send(client, keys, body)["output"]["result"]]
    assert {line["rx_id"] for lines in details for line in lines} == {"RX-1"}


def test_the_named_rules_alone_are_asked(client: TestClient, keys: Keys) -> None:
    body = changed(message("3101"), ("input", "data", "rule_ids"), ["YC-DEPARTMENT"])
    body["input"]["data"]["trig_scen"] = ""
    assert codes(send(client, keys, body)["output"]) == ["YC-DEPARTMENT"]


def test_a_registration_without_orders_finds_nothing(client: TestClient, keys: Keys, store: Store) -> None:
    body = message("3101")
    body["input"]["data"]["patient_dtos"][0]["fsi_encounter_dtos"][-1]["fsi_order_dtos"] = []
    body["input"]["data"]["trig_scen"] = "1"
    assert send(client, keys, body)["output"] == {"result": []}
    assert rows(store, "SELECT is_violation, scene, rule_code FROM reminders") == [(False, "1", None)]


def test_the_same_message_gets_the_same_answer_and_another_content_none(
    client: TestClient, keys: Keys, store: Store
) -> None:
    first = post(client, keys, "3101", message("3101"))
    again = post(client, keys, "3101", {**message("3101"), "inf_time": "2026-01-05 09:31:00"})
    assert first.content == again.content
    assert b"TEST-PERSON-1" in first.content
    other = send(client, keys, changed(message("3101"), (*PATIENT, "gend"), "2"))
    assert (other["infcode"], "msgid" in other["err_msg"]) == ("-2", True)
    assert rows(store, "SELECT count(*) FROM advice") == [(1,)]


def test_the_same_message_at_once_is_judged_once(client: TestClient, keys: Keys, store: Store) -> None:
    answers: list[bytes] = []
    body = message("3101")
    ask = [threading.Thread(target=lambda: answers.append(post(client, keys, "3101", body).content)) for _ in range(4)]
    for thread in ask:
        thread.start()
    for thread in ask:
        thread.join()
    assert len(answers) == 4
    assert len(set(answers)) == 1
    assert rows(store, "SELECT count(*) FROM advice") == [(1,)]


def test_names_and_numbers_of_persons_are_stored_nowhere(
    client: TestClient, keys: Keys, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in ("3101", "2102", "2203", "2204", "2207", "2103"):
        taken(client, keys, number)
    send(client, keys, message("2208"))
    assert "TEST-PERSON" not in capsys.readouterr().out
    for (table,) in rows(store, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        for secret in ("TEST-PERSON", "TEST-CERT", "测试"):
            assert rows(store, f"SELECT count(*) FROM {table} t WHERE t::text LIKE '%{secret}%'") == [(0,)], table


def test_a_reminder_is_recorded_with_all_that_is_reported(client: TestClient, keys: Keys, store: Store) -> None:
    found = taken(client, keys, "3101")["result"]
    kept = rows(
        store,
        "SELECT reminder_id, transaction_number, scene, care_category, institution_id, visit_id, item_code,"
        " asked_at <= answered_at, latency_microseconds > 0, is_violation, rule_code, rule_name, says_zh, total_fen,"
        " amount_fen FROM reminders ORDER BY rule_code",
    )
    said = [
        (
            *(each["jr_id"], "3101", "2", "140104", "H00000000001", "V1", DRUG, True, True, True, each["rule_id"]),
            *(each["rule_name"], each["vola_cont"], 2460, 2460),
        )
        for each in sorted(found, key=lambda one: one["rule_id"])
    ]
    assert kept == said


def test_a_rule_that_could_not_judge_is_said(service: Service, keys: Keys) -> None:
    def broken(*_: object) -> Any:
        raise ZeroDivisionError

    def judge_with_a_crash(*what: Any, **_: Any) -> Judgement:
        return judge(*what, rules=[replace(RULES[0], check=broken)])

    desk = replace(service.desk, steps=replace(service.desk.steps, judge=judge_with_a_crash))
    with TestClient(create_app(replace(service, desk=desk))) as client:
        answer = send(client, keys, message("3101"))
    assert (answer["infcode"], answer["output"]["result"], RULES[0].code in answer["warn_msg"]) == ("0", [], True)


def feedback(warn: str, way: str, msgid: str, reason: str = "病情需要") -> Message:
    body = message("3103", msgid)
    body["input"]["data"]["warns"] = [{"warn_rslt_id": warn, "dspo_way": way, "dspo_way_rea": reason}]
    return body


def test_feedback_is_kept_and_counts_once(client: TestClient, keys: Keys, store: Store) -> None:
    warn = taken(client, keys, "3101")["result"][0]["jr_id"]
    for _ in range(2):
        assert send(client, keys, feedback(warn, "1", "M1"))["infcode"] == "0"
    assert rows(store, "SELECT reminder_id, way, reason FROM dispositions") == [(warn, "1", "病情需要")]
    assert send(client, keys, feedback(warn, "2", "M2", ""))["infcode"] == "0"


def test_feedback_without_a_reason_or_about_nothing_is_refused(client: TestClient, keys: Keys, store: Store) -> None:
    warn = taken(client, keys, "3101")["result"][0]["jr_id"]
    silent = send(client, keys, feedback(warn, "1", "M1", ""))
    assert (silent["infcode"], "dspo_way_rea" in silent["err_msg"]) == ("-1", True)
    unknown = send(client, keys, feedback("nothing", "2", "M2"))
    assert (unknown["infcode"], "warn_rslt_id" in unknown["err_msg"]) == ("-3", True)
    elsewhere = send(client, keys, {**feedback(warn, "2", "M3"), "fixmedins_code": "H00000000002"})
    assert elsewhere["infcode"] == "-3"
    assert rows(store, "SELECT count(*) FROM dispositions") == [(0,)]


def ask(client: TestClient, keys: Keys, visit: str) -> str:
    """A question about a visit by one rule; the id of its reminder."""
    body = message("3101", f"ASK-{visit}")
    patient = body["input"]["data"]["patient_dtos"][0]
    patient |= {"curr_mdtrt_id": visit, "fsi_encounter_dtos": patient["fsi_encounter_dtos"][-1:]}
    patient["fsi_encounter_dtos"][0]["mdtrt_id"] = visit
    body["input"]["data"]["rule_ids"] = ["YC-DOCTOR"]
    (only,) = send(client, keys, body)["output"]["result"]
    return str(only["jr_id"])


def settle_visit(client: TestClient, keys: Keys, visit: str, item: str) -> None:
    body = a_settlement(f"S-{visit}", visit_id=visit, institution_id="H00000000001")
    body["lines"][0]["item_code"] = item
    assert settle(client, keys, body).status_code == 200


def test_the_follow_rate_counts_what_was_said_and_what_was_silently_done(
    client: TestClient, keys: Keys, store: Store
) -> None:
    continued, changed_one, still_there = (ask(client, keys, visit) for visit in ("V1", "V2", "V3"))
    for visit in ("V4", "V5", "V6", "V7"):
        ask(client, keys, visit)
    send(client, keys, feedback(continued, "1", "M1"))
    send(client, keys, feedback(changed_one, "1", "M2"))
    send(client, keys, feedback(changed_one, "2", "M3"))  # on second thoughts
    send(client, keys, feedback(still_there, "2", "M4"))
    settle_visit(client, keys, "V3", DRUG)
    settle_visit(client, keys, "V4", "XC09AAF002A001010100001")  # another drug instead: followed in silence
    settle_visit(client, keys, "V5", DRUG)
    settle_visit(client, keys, "V6", DRUG)
    undo = changed({**message("2208"), "msgid": "M5"}, ("input", "data", "setl_id"), "S-V6")
    assert send(client, keys, undo)["infcode"] == "0"  # taken back: open again, as V7, which was never settled
    query = "/v1/reminders/report?first=2026-01-01&last=2099-12-31"
    (row,) = client.get(query, headers=bearer(keys.reviewer)).json()["institutions"]
    assert row.pop("median_milliseconds") > 0
    assert row == {
        "institution_id": "H00000000001",
        "questions": 7,
        "reminders": 7,
        "changed": 2,
        "continued": 1,
        "followed_silently": 1,
        "billed_anyway": 1,
        "open": 2,
        "still_billed": 1,
        "rate": 0.6,
    }
    assert client.get(query, headers=bearer(keys.settlement)).status_code == 403
