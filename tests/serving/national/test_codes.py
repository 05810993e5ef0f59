"""Own codes and trace codes of national messages reach the lines, and findings name the box."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from claims.store.connect import Store
from tests.serving.bodies import Keys
from tests.serving.national.sent import Message, changed, message, send

ONE, TWO = "81000010000000000017", "81000010000000000024"
LISTED = {"drugtracinfo": [{"drug_trac_codg": ONE}, {"drug_trac_codg": TWO}], "trdn_flag": "1"}
SINGLE = {"drug_trac_codg": ONE, "trdn_flag": ""}


def lines(store: Store) -> list[tuple[Any, ...]]:
    with store.as_owner() as connection:
        return connection.execute(
            "SELECT own_item_code, trace_codes, is_split_pack FROM lines JOIN claims USING (claim_id) "
            "WHERE kind = 'settlement' ORDER BY recorded_order, line_number"
        ).fetchall()


def with_codes(number: str, name: str, codes: Message, msgid: str | None = None) -> Message:
    body = message(number, msgid)
    body["input"][name][0] |= codes
    return body


@pytest.mark.parametrize(("codes", "kept"), [(LISTED, (f"{ONE},{TWO}", True)), (SINGLE, (ONE, False))])
def test_a_pharmacys_line_has_its_boxes(
    client: TestClient, keys: Keys, store: Store, codes: Message, kept: tuple[Any, ...]
) -> None:
    assert send(client, keys, with_codes("2102", "drugdetail", codes))["infcode"] == "0"
    assert lines(store) == [("H-DRUG-1", *kept)]


@pytest.mark.parametrize(("upload", "bill"), [("2204", "2207"), ("2301", "2304")])
def test_an_uploaded_line_keeps_its_boxes_until_it_is_settled(
    client: TestClient, keys: Keys, store: Store, upload: str, bill: str
) -> None:
    sent = with_codes(upload, "feedetail", LISTED)
    for line in sent["input"]["feedetail"][1:]:
        line.pop("drugtracinfo", None)
    assert send(client, keys, sent)["infcode"] == "0"
    answer = send(client, keys, message(bill))
    assert answer["infcode"] == "0", answer["err_msg"]
    assert lines(store)[0] == ("H-DRUG-1", f"{ONE},{TWO}", True)


def test_a_box_that_was_sold_before_is_told(client: TestClient, keys: Keys) -> None:
    send(client, keys, with_codes("2102", "drugdetail", SINGLE))
    again = changed(with_codes("2102", "drugdetail", SINGLE, "M2"), ("input", "setlinfo", "setl_id"), "SETL-2")
    answer = send(client, keys, again)
    assert answer["infcode"] == "0", answer["err_msg"]
    told = [each for each in answer["output"]["voladetail"] if ONE in each["vola_dscr"]]
    assert [each["medins_list_codg"] for each in told] == ["H-DRUG-1"]
    send(client, keys, message("2103"))
    third = changed(with_codes("2102", "drugdetail", SINGLE, "M3"), ("input", "setlinfo", "setl_id"), "SETL-3")
    assert send(client, keys, third)["infcode"] == "0"


def test_a_reported_return_frees_the_box(client: TestClient, keys: Keys, store: Store) -> None:
    send(client, keys, with_codes("2102", "drugdetail", SINGLE))
    for number in ("3505", "3505", "3506"):  # the same message again changes nothing
        answer = send(client, keys, message(number))
        assert answer["infcode"] == "0", answer["err_msg"]
    with store.as_owner() as connection:
        kept = "SELECT movement, claim_id, trace_codes, quantity_e4, is_split_pack FROM stock ORDER BY record_id"
        rows = connection.execute(kept).fetchall()
    assert rows == [("sale", "SETL-1", ONE, 10_000, False), ("sale_return", "SETL-1", ONE, 10_000, False)]
    later = with_codes("2102", "drugdetail", SINGLE, "M2")
    later["inf_time"] = later["input"]["setlinfo"]["setl_time"] = "2026-01-06 11:00:00"
    later["input"]["setlinfo"]["setl_id"] = "SETL-2"
    told = send(client, keys, later)["output"]["voladetail"]
    assert not any(ONE in each["vola_dscr"] for each in told)


@pytest.mark.parametrize(
    "codes",
    [
        {"drug_trac_codg": "9" * 31},
        {"drug_trac_codg": 7},
        {"drugtracinfo": [{}]},
        {"drugtracinfo": [{"drug_trac_codg": ONE}] * 501},
        {"drugtracinfo": ONE},
        {"trdn_flag": "2"},
    ],
)
def test_a_bad_code_is_named(client: TestClient, keys: Keys, codes: Message) -> None:
    answer = send(client, keys, with_codes("2102", "drugdetail", codes))
    assert answer["infcode"] == "-1"
    assert next(iter(codes)) in answer["err_msg"]
