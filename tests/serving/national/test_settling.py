"""Settlements in national shapes take the path of our own, in one go with what else the message does."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from fastapi.testclient import TestClient

from claims.store.connect import Store
from serving.national import settle as settle_module
from tests.serving.bodies import Keys, a_settlement, settle
from tests.serving.national.sent import changed, message, post, send, taken


def rows(store: Store, query: str) -> list[tuple[Any, ...]]:
    with store.as_owner() as connection:
        return connection.execute(query).fetchall()  # type: ignore[call-overload, no-any-return]


def test_a_pharmacys_settlement_is_decided_and_confirmed(client: TestClient, keys: Keys, store: Store) -> None:
    output = taken(client, keys, "2102")
    assert output["setlinfo"]["setl_id"] == "SETL-1"
    assert output["setlinfo"]["psn_no"] == "TEST-PERSON-1"
    claim = (
        "SELECT claim_id, institution_id, till_id, channel, benefit_kind, total_fen, fund_fen, account_fen FROM claims"
    )
    assert rows(store, claim) == [("SETL-1", "P00000000001", "T1", "networked", "chronic", 2460, 2000, 460)]
    line = "SELECT line_id, prescription_id, item_kind, quantity_e4, unit_price_micro_yuan, days_of_supply FROM lines"
    assert rows(store, line) == [("F1", "RX1", "drug", 20000, 12300000, 28)]
    assert rows(store, "SELECT claim_id, said_by FROM confirmations") == [("SETL-1", "T-settlement")]


def test_it_is_the_same_claim_as_through_our_own_route(client: TestClient, keys: Keys, store: Store) -> None:
    taken(client, keys, "2102")
    ours = a_settlement("SETL-1", account_yuan="4.60", cash_yuan="0.00", account_balance_yuan="100.00")
    ours |= {"doctor_id": "D000000000001", "care_category": "140104", "insurance_type": "310", "diagnoses": []}
    ours |= {"served_at": "2026-01-05T09:25:00+08:00"}
    more = {"line_id": "F1", "prescription_id": "RX1", "doctor_id": "D000000000001", "own_item_code": "H-DRUG-1"}
    ours["lines"][0] |= {**more, "served_at": "2026-01-05T09:20:00+08:00"}
    answer = settle(client, keys, ours)
    assert answer.status_code == 200, answer.json()
    assert rows(store, "SELECT count(*) FROM claims") == [(1,)]


def test_without_what_the_fund_pays_it_may_pay_all_that_is_covered(
    client: TestClient, keys: Keys, store: Store
) -> None:
    body = changed(message("2102"), ("input", "setlinfo"), None)
    body["input"]["druginfo"]["inscp_scp_amt"] = "22.00"
    output = send(client, keys, body)["output"]["setlinfo"]
    assert (output["fund_pay_sumamt"], output["psn_cash_pay"]) == (22.0, 2.6)
    assert len(output["setl_id"]) == 30
    assert rows(store, "SELECT count(*) FROM confirmations") == [(0,)]


def test_the_settlement_arrives_after_it_was_decided(client: TestClient, keys: Keys, store: Store) -> None:
    asked = changed(message("2102"), ("input", "setlinfo"), None)
    decided = send(client, keys, asked)["output"]
    arrived = message("2102", "M2")
    arrived["input"]["setlinfo"]["medins_setl_id"] = asked["msgid"]
    assert send(client, keys, arrived)["output"] == decided
    ours = decided["setlinfo"]["setl_id"]
    assert rows(store, "SELECT claim_id, platform_id FROM confirmations") == [(ours, "SETL-1")]
    assert rows(store, "SELECT count(*) FROM claims") == [(1,)]
    other = changed({**arrived, "msgid": "M3"}, ("input", "setlinfo", "setl_id"), "SETL-2")
    assert send(client, keys, other)["infcode"] == "-2"
    unknown = changed({**arrived, "msgid": "M4"}, ("input", "setlinfo", "medins_setl_id"), "M9")
    assert "medins_setl_id" in send(client, keys, unknown)["err_msg"]
    assert send(client, keys, message("2103"))["infcode"] == "0"  # by the platform's own id
    assert rows(store, "SELECT reverses_claim_id FROM claims WHERE kind = 'reversal'") == [(ours,)]


def test_another_pooling_area_is_not_local(client: TestClient, keys: Keys, store: Store) -> None:
    send(client, keys, {**message("2102"), "insuplc_admdvs": "990100"})
    assert rows(store, "SELECT channel FROM claims") == [("non_local",)]


def test_uploaded_lines_are_settled_with_their_visit(client: TestClient, keys: Keys, store: Store) -> None:
    taken(client, keys, "2203")
    uploaded = taken(client, keys, "2204")
    assert [line["feedetl_sn"] for line in uploaded["result"]] == ["F1", "F2"]
    assert {each["mdtrt_id"] for each in uploaded["voladetail"]} == {"V1"}
    assert uploaded["voladetail"][0].keys() == {
        *("mdtrt_id", "medins_list_codg", "medins_list_name", "med_list_codg", "vola_type", "vola_dscr")
    }
    assert rows(store, "SELECT count(*) FROM claims") == [(0,)]
    output = taken(client, keys, "2207")
    claim = "SELECT claim_id, visit_id, doctor_id, department_id, total_fen, in_scope_fen, fund_fen FROM claims"
    setl_id = output["setlinfo"]["setl_id"]
    assert rows(store, claim) == [(setl_id, "V1", "D000000000001", "A03", 4920, 4428, 4428)]
    assert rows(store, "SELECT code, is_main FROM diagnoses") == [("I10.x00", True)]
    assert rows(store, "SELECT line_number, line_id FROM lines ORDER BY 1") == [(1, "F1"), (2, "F2")]
    again = send(client, keys, message("2207", "M2"))
    assert (again["infcode"], "没有待结算" in again["err_msg"]) == ("-3", True)


def test_lines_of_other_batches_wait_on(client: TestClient, keys: Keys, store: Store) -> None:
    taken(client, keys, "2204")
    other = changed(message("2204", "M2"), ("input", "feedetail"), message("2204")["input"]["feedetail"][:1])
    other["input"]["feedetail"][0] |= {"feedetl_sn": "F3", "chrg_bchno": "B2"}
    assert send(client, keys, other)["infcode"] == "0"
    taken(client, keys, "2207")
    ended = "SELECT l.line_id FROM national_lines l LEFT JOIN national_lines_ended e USING (upload_id) WHERE e IS NULL"
    assert rows(store, ended) == [("F3",)]


def test_cancelled_lines_are_not_settled_and_may_come_again(client: TestClient, keys: Keys, store: Store) -> None:
    taken(client, keys, "2204")
    twice = send(client, keys, message("2204", "M2"))
    assert (twice["infcode"], "feedetl_sn" in twice["err_msg"]) == ("-2", True)
    taken(client, keys, "2205")
    assert send(client, keys, message("2207"))["infcode"] == "-3"
    taken(client, keys, "2204", "M3")
    taken(client, keys, "2207", "M4")
    assert rows(store, "SELECT count(*) FROM lines") == [(2,)]
    named = changed(message("2205", "M5"), ("input", "data", "chrg_bchno"), "B9")
    assert send(client, keys, named)["infcode"] == "-3"


def test_a_line_may_be_kept_from_the_audit_with_a_reason(client: TestClient, keys: Keys, store: Store) -> None:
    body = message("2204")
    for line in body["input"]["feedetail"]:
        line |= {"unchk_flag": "1", "unchk_memo": "抢救"}
    found = send(client, keys, body)["output"]
    assert found["voladetail"] == []
    assert [line["memo"] for line in found["result"]] == ["抢救", "抢救"]
    assert rows(store, "SELECT unchecked_because FROM national_lines") == [("抢救",), ("抢救",)]
    silent = message("2204", "M2")
    silent["input"]["feedetail"][0]["unchk_flag"] = "1"
    answer = send(client, keys, silent)
    assert (answer["infcode"], "unchk_memo" in answer["err_msg"]) == ("-1", True)
    assert taken(client, keys, "2207", "M3")["voladetail"]  # the settlement itself is judged all the same


def test_a_stays_returns_are_taken_off(client: TestClient, keys: Keys, store: Store) -> None:
    taken(client, keys, "2301")
    taken(client, keys, "2304")
    assert rows(store, "SELECT line_id, quantity_e4, amount_fen FROM lines ORDER BY line_number") == [
        ("F1", 20000, 2460),
        ("F2", 10000, 1230),
    ]
    stay = "SELECT benefit_kind, admitted_on::text, discharged_on::text FROM claims"
    assert rows(store, stay) == [("inpatient", "2026-01-01", "2026-01-05")]


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"cnt": "-3", "det_item_fee_sumamt": "-36.90"}, "超过原明细"), ({"init_feedetl_sn": "F9"}, "init_feedetl_sn")],
)
def test_nothing_is_returned_that_is_not_there(
    client: TestClient, keys: Keys, changes: dict[str, str], says: str
) -> None:
    body = message("2301")
    body["input"]["feedetail"][2] |= changes
    answer = send(client, keys, body)
    assert (answer["infcode"], says in answer["err_msg"]) == ("-2", True)


def test_anothers_lines_are_not_settled(client: TestClient, keys: Keys) -> None:
    taken(client, keys, "2204")
    answer = send(client, keys, changed(message("2207"), ("input", "data", "psn_no"), "TEST-PERSON-2"))
    assert (answer["infcode"], "psn_no" in answer["err_msg"]) == ("-2", True)


@pytest.mark.parametrize("number", ["2103", "2208", "2305"])
def test_a_settlement_is_taken_back_as_a_whole(client: TestClient, keys: Keys, store: Store, number: str) -> None:
    taken(client, keys, "2102")
    body = {**message(number), "fixmedins_code": "P00000000001"}
    undone = send(client, keys, body)
    assert undone["infcode"] == "0", undone["err_msg"]
    assert undone["output"]["setlinfo"]["medfee_sumamt"] == -24.6
    reversal = "SELECT reverses_claim_id, total_fen, fund_fen, benefit_kind FROM claims WHERE kind = 'reversal'"
    assert rows(store, reversal) == [("SETL-1", -2460, -2000, "chronic")]
    line = "SELECT reverses_line_id, quantity_e4, amount_fen FROM lines WHERE reverses_line_id IS NOT NULL"
    assert rows(store, line) == [("F1", -20000, -2460)]
    assert send(client, keys, body) == undone
    again = send(client, keys, {**body, "msgid": "M2"})
    assert (again["infcode"], "已全部撤销" in again["err_msg"]) == ("-2", True)


def test_what_an_import_calls_in_its_own_way_is_taken_back_too(client: TestClient, keys: Keys, store: Store) -> None:
    settle(client, keys, a_settlement("SETL-1"))
    with store.as_owner() as connection:
        connection.execute("UPDATE lines SET line_id = '明细 1', item_code = '(none)'")
    assert send(client, keys, {**message("2305"), "fixmedins_code": "P00000000001"})["infcode"] == "0"


def test_a_message_is_taken_back_by_its_id(client: TestClient, keys: Keys, store: Store) -> None:
    unknown = send(client, keys, message("2601"))
    assert (unknown["infcode"], "omsgid" in unknown["err_msg"]) == ("-3", True)
    taken(client, keys, "2102")
    taken(client, keys, "2601", "M2")
    assert rows(store, "SELECT reverses_claim_id FROM claims WHERE kind = 'reversal'") == [("SETL-1",)]
    wrong = changed(message("2601", "M3"), ("input", "data", "oinfno"), "2103")
    assert "oinfno" in send(client, keys, wrong)["err_msg"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"psn_no": "TEST-PERSON-2"}, "psn_no"),
        ({"setl_id": "SETL-9"}, "setl_id"),
    ],
)
def test_what_is_not_the_callers_is_not_taken_back(
    client: TestClient, keys: Keys, changes: dict[str, str], says: str
) -> None:
    taken(client, keys, "2102")
    body = message("2103")
    body["input"]["data"] |= changes
    assert says in send(client, keys, body)["err_msg"]
    elsewhere = {**message("2103"), "fixmedins_code": "P00000000002"}
    assert "fixmedins_code" in send(client, keys, elsewhere)["err_msg"]


def test_lines_that_are_cancelled_while_they_are_settled_are_not_settled(
    client: TestClient, keys: Keys, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken(client, keys, "2204")
    read = settle_module.read_visit

    def read_and_cancel(connection: Any, key: Any) -> Any:
        taken(client, keys, "2205")
        return read(connection, key)

    monkeypatch.setattr(settle_module, "read_visit", read_and_cancel)
    assert send(client, keys, message("2207"))["infcode"] == "-2"
    for table in ("claims", "decisions"):
        assert rows(store, f"SELECT count(*) FROM {table}") == [(0,)]


def test_the_same_settlement_at_once_is_decided_once(client: TestClient, keys: Keys, store: Store) -> None:
    taken(client, keys, "2204")
    answers: list[bytes] = []
    body = message("2207")
    ask = [threading.Thread(target=lambda: answers.append(post(client, keys, "2207", body).content)) for _ in range(4)]
    for thread in ask:
        thread.start()
    for thread in ask:
        thread.join()
    assert len(set(answers)) == 1, answers
    assert b'"infcode":"0"' in answers[0]
    assert rows(store, "SELECT count(*) FROM claims") == [(1,)]
