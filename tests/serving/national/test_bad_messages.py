"""Whatever is wrong with a message, the answer is an envelope that names the field in Chinese and quotes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from serving.service import Service
from tests.serving.bodies import Keys, bearer
from tests.serving.national.sent import NUMBERS, Message, changed, message, places_of, post, send, spelled, without

ENVELOPE = ("infno", "msgid", "mdtrtarea_admvs", "recer_sys_code", "infver", "opter_type", "opter", "opter_name")
ENVELOPE += ("inf_time", "fixmedins_code", "input")

# Field by field as the specification says Y, by the part that it is in.
REQUIRED = {
    "data": (
        *("syscode", "patient_dtos", "warn_type", "warns", "psn_no", "mdtrt_id", "chrg_bchno", "setl_id", "omsgid"),
        *("oinfno", "mdtrt_cert_type", "med_type", "medfee_sumamt", "psn_setlway", "acct_used_flag", "insutype"),
    ),
    "patient_dtos": ("patn_id", "patn_name", "gend", "brdy", "poolarea", "curr_mdtrt_id", "fsi_encounter_dtos"),
    "fsi_encounter_dtos": (
        *("mdtrt_id", "medins_id", "medins_name", "medins_admdvs", "medins_type", "medins_lv", "adm_date"),
        *("dscg_date", "dscg_main_dise_codg", "dscg_main_dise_name", "fsi_diagnose_dtos", "dr_codg"),
        *("adm_dept_codg", "adm_dept_name", "dscg_dept_codg", "dscg_dept_name", "med_mdtrt_type", "med_type"),
        *("fsi_order_dtos", "matn_stas", "medfee_sumamt", "ownpay_amt", "selfpay_amt", "setl_totlnum", "insutype"),
        *("reim_flag", "out_setl_flag"),
    ),
    "fsi_diagnose_dtos": ("inout_dise_type", "maindise_flag", "dias_srt_no", "dise_codg", "dise_name", "dise_date"),
    "fsi_order_dtos": (
        *("rx_id", "rxno", "long_drord_flag", "hilist_type", "chrg_type", "drord_bhvr", "hilist_code", "hilist_name"),
        *("hilist_lv", "hilist_pric", "hosplist_code", "hosplist_name", "cnt", "pric", "sumamt", "ownpay_amt"),
        *("selfpay_amt", "spec", "spec_unt", "drord_begn_date", "drord_dept_codg", "drord_dept_name"),
        *("drord_dr_codg", "drord_dr_name", "drord_dr_profttl", "curr_drord_flag"),
    ),
    "fsi_operation_dtos": ("setl_list_oprn_id", "main_oprn_flag"),
    "warns": ("warn_rslt_id", "dspo_way"),
    "druginfo": ("psn_no", "mdtrt_cert_type", "begntime", "medfee_sumamt", "insutype", "acct_used_flag", "med_type"),
    "drugdetail": (
        *("feedetl_sn", "rx_circ_flag", "fee_ocur_time", "med_list_codg", "medins_list_codg"),
        *("det_item_fee_sumamt", "cnt", "pric"),
    ),
    "selinfo": (
        *("med_list_codg", "fixmedins_hilist_id", "fixmedins_bchno", "mdtrt_sn", "trdn_flag", "rtal_docno"),
        *("sel_retn_cnt", "sel_retn_time"),
    ),
    "setlinfo": ("fund_pay_sumamt", "acct_pay", "psn_cash_pay"),
    "mdtrtinfo": ("mdtrt_id", "psn_no", "med_type", "begntime"),
    "diseinfo": (
        *("diag_type", "diag_srt_no", "diag_code", "diag_name", "diag_dept", "dise_dor_no", "dise_dor_name"),
        "diag_time",
    ),
    "feedetail": (
        *("feedetl_sn", "mdtrt_id", "psn_no", "chrg_bchno", "rx_circ_flag", "fee_ocur_time", "med_list_codg"),
        *("medins_list_codg", "medins_list_name", "det_item_fee_sumamt", "cnt", "pric", "bilg_dept_codg"),
        *("bilg_dept_name", "bilg_dr_codg", "bilg_dr_name"),
    ),
    "input": ("data", "druginfo", "drugdetail", "mdtrtinfo", "diseinfo", "feedetail", "selinfo"),
}
SPARED = {("2301", "chrg_bchno"), ("2301", "rx_circ_flag")}
SPARED |= {(number, "mdtrt_id") for number in ("2103", "2208", "2305")}
"""Fields that one message must have and another need not."""

TOO_LONG, SECRET = "9" * 600, "TEST-SECRET-7"


def required(number: str) -> Iterator[tuple[Any, ...]]:
    """The paths of the required fields of a made-up message."""
    for path in places_of(message(number)):
        part = next((name for name in reversed(path[:-1]) if isinstance(name, str)), "")
        if path[-1] in (REQUIRED.get(part, ()) if part else ENVELOPE) and (number, path[-1]) not in SPARED:
            yield path


def test_the_list_of_required_fields_covers_the_messages() -> None:
    asked = {path[-1] for number in NUMBERS for path in required(number)}
    assert asked >= {name for names in REQUIRED.values() for name in names} | set(ENVELOPE)


def refused(answer: Message, path: tuple[Any, ...], what: str) -> None:
    """The envelope says no and names the field, or the part around it."""
    assert set(answer) == {
        *("infcode", "inf_refmsgid", "msgid", "refmsg_time", "respond_time", "enctype", "signtype", "err_msg"),
        *("warn_msg", "output"),
    }
    assert (answer["infcode"], answer["output"]) == ("-1", None), (what, path, answer)
    assert spelled(path) in answer["err_msg"], (what, path, answer["err_msg"])
    assert SECRET not in str(answer)
    assert TOO_LONG not in str(answer)


@pytest.mark.parametrize("number", [number for number in NUMBERS if number != "3102"])  # of the form of 3101
def test_every_required_field_is_missed_and_bad_ones_are_named(client: TestClient, keys: Keys, number: str) -> None:
    body = message(number)
    for path in required(number):
        made = {"missing": without(body, path), "null": changed(body, path, None)}
        made |= {"wrong type": changed(body, path, {"a": SECRET} if path[-1] not in ("input", "data") else SECRET)}
        if not isinstance(body_at(body, path), list | dict):
            made |= {"too long": changed(body, path, TOO_LONG), "a list": changed(body, path, [SECRET])}
            made |= {"empty": changed(body, path, "")}
        for what, bad in made.items():
            refused(post(client, keys, number, bad).json(), path, what)


def body_at(body: Message, path: tuple[Any, ...]) -> Any:
    inner: Any = body
    for part in path:
        inner = inner[part]
    return inner


@pytest.mark.parametrize(
    ("number", "path", "value"),
    [
        ("3101", ("input", "data", "patient_dtos", 0, "fsi_encounter_dtos", 0, "med_type"), "77"),
        ("3101", ("input", "data", "patient_dtos", 0, "fsi_encounter_dtos", 0, "matn_stas"), "7"),
        ("3101", ("input", "data", "patient_dtos", 0, "curr_mdtrt_id"), "V7"),
        ("3101", ("input", "data", "patient_dtos", 0, "brdy"), "1950-13-01"),
        ("3101", ("input", "data", "trig_scen"), "77"),
        ("3101", ("inf_time",), "yesterday"),
        ("3101", ("infno",), "3102"),
        ("2102", ("input", "druginfo", "med_type"), "77"),
        ("2102", ("input", "druginfo", "medfee_sumamt"), "-1"),
        ("2102", ("input", "druginfo", "medfee_sumamt"), "1.234"),
        ("2102", ("input", "druginfo", "medfee_sumamt"), "NaN"),
        ("2102", ("input", "druginfo", "medfee_sumamt"), True),
        ("2102", ("input", "druginfo", "psn_no"), "a b"),
        ("2102", ("input", "drugdetail", 0, "med_list_codg"), "Q1"),
        ("2102", ("input", "drugdetail", 0, "cnt"), 1e30),
        ("2102", ("input", "drugdetail"), []),
        ("2102", ("input", "setlinfo", "setl_time"), "0202-01-01 00:00:00"),
    ],
)
def test_values_of_no_dictionary_and_impossible_ones_are_named(
    client: TestClient, keys: Keys, number: str, path: tuple[Any, ...], value: Any
) -> None:
    answer = post(client, keys, number, changed(message(number), path, value)).json()
    assert answer["infcode"] == "-1"
    assert str(path[-1]) in answer["err_msg"]


def test_a_rule_that_nobody_has_is_named(client: TestClient, keys: Keys) -> None:
    answer = send(client, keys, changed(message("3101"), ("input", "data", "rule_ids"), ["NO-SUCH"]))
    assert (answer["infcode"], "input.data.rule_ids[0]" in answer["err_msg"]) == ("-3", True)
    neither = without(message("3101"), ("input", "data", "trig_scen"))
    assert "rule_ids" in send(client, keys, neither)["err_msg"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"5", b'"x"', b"null", b"[]", b"\xff", "测试".encode("gbk"), b"{}{}", b"[" * 100_000]
)
def test_a_body_that_is_no_message_is_answered_in_an_envelope(client: TestClient, keys: Keys, body: bytes) -> None:
    answer = post(client, keys, "3101", body)
    assert (answer.status_code, answer.json()["infcode"], answer.json()["msgid"]) == (200, "-1", None)


def test_an_unknown_transaction_is_answered_in_an_envelope(client: TestClient, keys: Keys) -> None:
    answer = post(client, keys, "9999", message("3101")).json()
    assert (answer["infcode"], "2102" in answer["err_msg"]) == ("-3", True)


def test_a_wrong_key_is_answered_in_an_envelope(client: TestClient, keys: Keys) -> None:
    for headers, status in (({}, 401), (bearer("yicha_0_x"), 401), (bearer(keys.reviewer), 403)):
        answer = client.post("/national/3101", json=message("3101"), headers=headers)
        assert (answer.status_code, answer.json()["infcode"]) == (status, "-4")


def test_a_failure_inside_is_answered_in_an_envelope(
    client: TestClient, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError(SECRET)

    monkeypatch.setattr("serving.national.judge_visits.record_reminders", broken)
    answer = send(client, keys, message("3101"))
    assert (answer["infcode"], SECRET in str(answer)) == ("-9", False)


def test_a_database_that_is_down_is_said_in_an_envelope(client: TestClient, keys: Keys, service: Service) -> None:
    service.pool.close()
    answer = send(client, keys, message("3101"))
    assert (answer["infcode"], "稍后" in answer["err_msg"]) == ("-5", True)


json_values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=12),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PLACES = [(number, path) for number in NUMBERS for path in places_of(message(number))]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=some.sampled_from(PLACES), value=json_values)
def test_any_value_anywhere_gets_an_envelope_and_never_a_failure(
    client: TestClient, keys: Keys, place: tuple[str, tuple[Any, ...]], value: Any
) -> None:
    number, path = place
    answer = post(client, keys, number, changed(message(number), path, value))
    assert answer.status_code == 200
    assert answer.json()["infcode"] in {"0", "-1", "-2", "-3"}, answer.json()
