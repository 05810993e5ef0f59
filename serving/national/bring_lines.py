"""2204 and 2301: fee lines wait for the settlement; what rules find in them is said at once."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import cast

import psycopg

from serving.advice import Question, advise_on
from serving.desk import Answer
from serving.national.exchange import Exchange
from serving.national.fee_lines import called, check_upload, net_lines, uploaded
from serving.national.findings import vola_details, warning_of
from serving.national.messages.lines import LinesMessage, OutpatientLine, StayLine, StayLinesMessage
from serving.national.problems import MALFORMED, Problem
from serving.national.settlements import Fields, yuan
from serving.national.uploads import VisitKey, Waiting, add_lines, lock_visit, read_visit, waiting_lines
from serving.national.visit_body import check_person, visit_body
from serving.schemas import SettlementIn

ORDINARY = "11"
"""普通门诊: the care category of lines that came before their visit."""


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
        check_person(now, patient_id)
        check_upload(now, added, "input.feedetail")
        add_lines(connection, key, added)
        found = vola_details(answers[0], key.visit_id, called(judged), exchange.area, skipped) if answers else []
        output = {"result": [_told_of(line) for line in given], "voladetail": found}
        return {"kept": exchange.keep(connection, output, warning=warning_of(answers))}

    return cast(bytes, advise_on(exchange.desk, questions, keep)["kept"])


def _check_one_visit(given: Sequence[OutpatientLine | StayLine]) -> None:
    for place, line in enumerate(given):
        for name in ("mdtrt_id", "psn_no"):
            if getattr(line, name) != getattr(given[0], name):
                raise Problem(MALFORMED, f"input.feedetail[{place}].{name}：一次上传的明细应属于同一就诊、同一人员")


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


def _told_of(line: OutpatientLine | StayLine) -> Fields:
    """One entry of result[]: what came; prices and shares are the platform's to reckon."""
    return {
        "feedetl_sn": line.feedetl_sn,
        "det_item_fee_sumamt": float(line.det_item_fee_sumamt),
        "cnt": float(line.cnt),
        "pric": float(line.pric),
        "memo": line.unchk_memo if line.unchk_flag == "1" else None,
    }
