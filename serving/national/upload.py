"""2203, 2204 and 2301 bring a visit, 2205 and 2302 take lines back: stages that wait for the settlement."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import cast

import psycopg

from serving.advice import Question, advise_on
from serving.desk import Answer, in_transaction
from serving.national.exchange import Exchange
from serving.national.fee_lines import called, check_upload, net_lines, numbered, uploaded
from serving.national.findings import vola_details
from serving.national.messages.fees import (
    CancelMessage,
    CancelStayMessage,
    LinesMessage,
    OutpatientLine,
    StayLine,
    StayLinesMessage,
    VisitMessage,
)
from serving.national.problems import CONFLICT, MALFORMED, UNKNOWN, Problem
from serving.national.settlements import Fields, care_of, channel_of, yuan
from serving.national.uploads import (
    EVERYTHING,
    VisitKey,
    Waiting,
    add_lines,
    add_visit,
    end_lines,
    lock_visit,
    read_visit,
    waiting_lines,
)
from serving.schemas import SettlementIn

ORDINARY = "11"
"""普通门诊: the care category of lines that came before their visit."""
MAIN = "1"


def bring_visit(exchange: Exchange) -> bytes:
    """2203: keep the visit and its diagnoses for the settlement."""
    message = cast(VisitMessage, exchange.message)
    visit = message.input.mdtrtinfo
    care_of(visit.med_type, "input.mdtrtinfo")
    has_main = any(each.maindiag_flag == MAIN for each in message.input.diseinfo)
    diagnoses: dict[str, bool] = {}
    for each in sorted(message.input.diseinfo, key=lambda one: one.diag_srt_no):
        is_main = each.maindiag_flag == MAIN if has_main else not diagnoses
        diagnoses[each.diag_code] = diagnoses.get(each.diag_code, False) or is_main
    first = min(message.input.diseinfo, key=lambda one: one.diag_srt_no)
    kept = {
        "med_type": visit.med_type,
        "served_at": visit.begntime,
        "doctor_id": first.dise_dor_no,
        "diagnoses": [{"code": code, "is_main": is_main} for code, is_main in diagnoses.items()],
    }

    def keep(connection: psycopg.Connection) -> bytes:
        key = VisitKey(message.fixmedins_code, visit.mdtrt_id)
        add_visit(connection, key, exchange.pseudonyms[visit.psn_no], kept)
        return exchange.keep(connection, None)

    return in_transaction(exchange.desk.pool, keep)


def bring_lines(exchange: Exchange) -> bytes:
    """2204 and 2301: keep the lines for the settlement, and say at once what rules find in them.

    Raises:
        Problem: lines of several visits or persons, a number that waits already, or a return of nothing.
    """
    message = cast(LinesMessage | StayLinesMessage, exchange.message)
    given: Sequence[OutpatientLine | StayLine] = message.input.feedetail
    key = VisitKey(message.fixmedins_code, given[0].mdtrt_id)
    _check_one_visit(given)
    patient_id = exchange.pseudonyms[given[0].psn_no]
    added = [uploaded(line, patient_id, f"input.feedetail[{place}]", exchange.area) for place, line in enumerate(given)]
    with exchange.desk.pool.connection() as connection:
        before, visit = waiting_lines(connection, key), read_visit(connection, key)
    batches = {line.charge_batch for line in added}
    check_upload(before, added, "input.feedetail")
    judged = net_lines([line for line in [*before, *added] if line.charge_batch in batches])
    is_asked = {line.line_id for line in added if line.unchecked_because is None}
    skipped = {number for number, line in enumerate(judged, 1) if line.line_id not in is_asked}
    questions = [_question(exchange, key, given[0].psn_no, judged, visit)] if len(skipped) < len(judged) else []

    def keep(connection: psycopg.Connection, answers: list[Answer]) -> Answer:
        lock_visit(connection, key)
        now = waiting_lines(connection, key)
        _check_person(now, patient_id)
        check_upload(now, added, "input.feedetail")
        add_lines(connection, key, added)
        found = vola_details(answers[0], key.visit_id, called(judged), exchange.area, skipped) if answers else []
        output = {"result": [_told_of(line) for line in given], "voladetail": found}
        return {"kept": exchange.keep(connection, output)}

    return cast(bytes, advise_on(exchange.desk, questions, keep)["kept"])


def _check_one_visit(given: Sequence[OutpatientLine | StayLine]) -> None:
    for place, line in enumerate(given):
        for name in ("mdtrt_id", "psn_no"):
            if getattr(line, name) != getattr(given[0], name):
                raise Problem(MALFORMED, f"input.feedetail[{place}].{name}：一次上传的明细应属于同一就诊、同一人员")


def _check_person(waiting: Sequence[Waiting], patient_id: str) -> None:
    if any(line.patient_id != patient_id for line in waiting):
        raise Problem(CONFLICT, "psn_no：与该就诊已上传明细的人员不一致")


def _question(
    exchange: Exchange, key: VisitKey, person: str, lines: Sequence[Waiting], visit: tuple[str, Fields] | None
) -> Question:
    """The lines as if they were settled now; what the fund pays is not known yet, so all of it might be the fund's."""
    message = exchange.message
    body = visit_body(exchange, key, person, lines, visit, visit[1]["med_type"] if visit else ORDINARY)
    total = yuan(sum((Decimal(line.line["amount_yuan"]) for line in lines), Decimal(0)))
    money = {"total_yuan": total, "fund_yuan": total, "account_yuan": "0.00", "cash_yuan": "0.00"}
    claim_id = f"{message.sender}.{message.msgid}"
    settled = {"settlement_id": claim_id, "settled_at": message.inf_time}
    return Question(("national", "uploaded", claim_id), SettlementIn.model_validate({**body, **money, **settled}), ())


def visit_body(
    exchange: Exchange,
    key: VisitKey,
    person: str,
    lines: Sequence[Waiting],
    visit: tuple[str, Fields] | None,
    med_type: str,
) -> Fields:
    """What a settlement's body says about a visit: all but its id, its moment and its money."""
    message, told = exchange.message, visit[1] if visit else {}
    first = lines[0].line
    return {
        "visit_id": key.visit_id,
        "person_number": person,
        "institution_id": key.institution_id,
        "doctor_id": told.get("doctor_id") or first["doctor_id"],
        "department_id": first["department_id"],
        "till_id": message.opter,
        "channel": channel_of(message, exchange.area),
        **care_of(med_type, "input.data"),
        "served_at": told.get("served_at") or first["served_at"],
        "diagnoses": told.get("diagnoses", []),
        "lines": numbered(lines),
    }


def _told_of(line: OutpatientLine | StayLine) -> Fields:
    """One entry of result[]: what came; prices and shares are the platform's to reckon."""
    return {
        "feedetl_sn": line.feedetl_sn,
        "det_item_fee_sumamt": float(line.det_item_fee_sumamt),
        "cnt": float(line.cnt),
        "pric": float(line.pric),
        "memo": line.unchk_memo if line.unchk_flag == "1" else None,
    }


def cancel_lines(exchange: Exchange) -> bytes:
    """2205: the lines of a charge batch, or all that wait, are settled no more.

    Raises:
        Problem: none of the batch waits, or they are another person's.
    """
    message = cast(CancelMessage, exchange.message)
    data = message.input.data

    def cancel(connection: psycopg.Connection) -> bytes:
        key = VisitKey(message.fixmedins_code, data.mdtrt_id)
        lock_visit(connection, key)
        batch = None if data.chrg_bchno == EVERYTHING else data.chrg_bchno
        waiting = waiting_lines(connection, key, batch)
        if batch and not waiting:
            raise Problem(UNKNOWN, "input.data.chrg_bchno：该就诊没有此批次的待结算明细")
        _check_person(waiting, exchange.pseudonyms[data.psn_no])
        end_lines(connection, [line.upload_id for line in waiting], None)
        return exchange.keep(connection, None)

    return in_transaction(exchange.desk.pool, cancel)


def cancel_stay_lines(exchange: Exchange) -> bytes:
    """2302: lines of a stay, or all that wait, are settled no more; returns go with the line that they take back.

    Raises:
        Problem: one of them does not wait, or they are another person's or of several stays.
    """
    message = cast(CancelStayMessage, exchange.message)
    data = message.input.data
    if len({(line.mdtrt_id, line.psn_no) for line in data}) > 1:
        raise Problem(MALFORMED, "input.data：一次撤销的明细应属于同一就诊、同一人员")

    def cancel(connection: psycopg.Connection) -> bytes:
        key = VisitKey(message.fixmedins_code, data[0].mdtrt_id)
        lock_visit(connection, key)
        waiting = waiting_lines(connection, key)
        _check_person(waiting, exchange.pseudonyms[data[0].psn_no])
        named = {line.feedetl_sn for line in data}
        unknown = named - {line.line_id for line in waiting} - {EVERYTHING}
        if unknown:
            raise Problem(UNKNOWN, "input.data：其中有明细未上传、已结算或已撤销")
        ended = [
            line.upload_id
            for line in waiting
            if EVERYTHING in named or line.line_id in named or line.line.get("takes_back") in named
        ]
        end_lines(connection, ended, None)
        return exchange.keep(connection, None)

    return in_transaction(exchange.desk.pool, cancel)
