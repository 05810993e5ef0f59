"""3101 and 3102: judges visits before and during care. Advice, never history."""

from __future__ import annotations

import secrets
import time
from typing import cast

import psycopg

from audit.reminders import Asked, Reminder, record_reminders
from rules.catalogue import RULES
from rules.frame import BEFORE, DURING
from serving.advice import Question, advise_on
from serving.desk import Answer
from serving.national.area import Area
from serving.national.envelope import Envelope
from serving.national.exchange import Exchange
from serving.national.findings import Fields, Judged, findings_of, result_of, warning_of
from serving.national.messages.audit import AuditMessage, Patient
from serving.national.messages.audit import Question as Data
from serving.national.problems import MALFORMED, UNKNOWN, Problem
from serving.national.settlements import asked_settlement, earlier_settlements
from serving.parse import fen

STAGE_OF = {"3101": BEFORE, "3102": DURING}
CURRENT = "1"

_STAGES = {rule.code: rule.stages for rule in RULES}


def judge_visits(exchange: Exchange) -> bytes:
    """Judge the current visit of each patient by the rules that are asked for.

    All lines of the visit are judged together; only findings on those with curr_drord_flag 1, and on the visit as a
    whole, are told. Visits of before serve as the past of a person whom the store does not know, and are never kept.

    Raises:
        Problem: the scene or a rule is not known.
    """
    message = cast(AuditMessage, exchange.message)
    data, area, stage = message.input.data, exchange.area, STAGE_OF[message.infno]
    chosen = _chosen_rules(data, area, stage)
    billed = [(place, each) for place, each in enumerate(data.patient_dtos) if each.current.fsi_order_dtos]
    questions = [_question(message, data, stage, patient, place, area) for place, patient in billed]

    def told(connection: psycopg.Connection, answers: list[Answer]) -> Answer:
        results: list[Fields] = []
        answer_to = {place: answer for (place, _), answer in zip(billed, answers, strict=True)}
        for place, patient in enumerate(data.patient_dtos):
            judged = _judged(patient, exchange.pseudonyms[patient.patn_id])
            findings = findings_of(answer_to[place]) if place in answer_to else []
            kept = [
                result_of(finding, judged, area, data.task_id)
                for finding in findings
                if finding.hit["code"] in chosen
                and (finding.line_number is None or finding.line_number in judged.judged_lines)
            ]
            results += [entry for entry, _ in kept]
            _record(connection, exchange, patient, [reminder for _, reminder in kept])
        return {"kept": exchange.keep(connection, {"result": results}, warning=warning_of(answers))}

    return cast(bytes, advise_on(exchange.desk, questions, told)["kept"])


def _chosen_rules(data: Data, area: Area, stage: str) -> frozenset[str]:
    """Codes of the rules that are asked: the named ones, else all of the stage."""
    if data.trig_scen and data.trig_scen not in area.trigger_scenes:
        known = "、".join(area.trigger_scenes)
        raise Problem(MALFORMED, f"input.data.trig_scen：应为触发场景字典中的值：{known}")
    for place, code in enumerate(data.rule_ids or ()):
        if code not in _STAGES:
            raise Problem(UNKNOWN, f"input.data.rule_ids[{place}]：没有该编码的规则，请核对规则清单")
    named = data.rule_ids or [code for code, stages in _STAGES.items() if stage in stages]
    return frozenset(named)


def _question(envelope: Envelope, data: Data, stage: str, patient: Patient, place: int, area: Area) -> Question:
    key = (data.syscode, stage, f"{envelope.sender}.{envelope.msgid}.{place}")
    body = asked_settlement(envelope, patient, place, area)
    return Question(key, body, earlier_settlements(envelope, patient, place, area), at_any_stage=bool(data.rule_ids))


def _judged(patient: Patient, patient_id: str) -> Judged:
    orders = patient.current.fsi_order_dtos
    return Judged(
        patient_id,
        patient.curr_mdtrt_id,
        [order.rx_id for order in orders],
        [order.hilist_code for order in orders],
        {number for number, order in enumerate(orders, 1) if order.curr_drord_flag == CURRENT},
    )


def _record(connection: psycopg.Connection, exchange: Exchange, patient: Patient, reminders: list[Reminder]) -> None:
    message, visit = cast(AuditMessage, exchange.message), patient.current
    asked = Asked(
        transaction_number=message.infno,
        message_id=message.msgid,
        scene=message.input.data.trig_scen,
        care_category=visit.med_type,
        institution_id=message.fixmedins_code,  # as 3103 and the settlement will name it
        patient_id=exchange.pseudonyms[patient.patn_id],
        visit_id=visit.mdtrt_id,
        total_fen=fen(str(visit.medfee_sumamt)) or 0,
        asked_at=exchange.received,
        answered_at=time.time(),
        latency=exchange.microseconds,
    )
    record_reminders(connection, asked, reminders, secrets.token_hex(16))
