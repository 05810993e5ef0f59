"""Decides a settlement in national shape on the path of our own, in one go with all else that its message does."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import psycopg

from audit.confirmations import confirm_as
from serving.desk import Answer
from serving.national.exchange import Exchange
from serving.national.findings import vola_details, warning_of
from serving.national.messages.bills import Paid
from serving.national.settlements import Fields
from serving.national.uploads import VisitKey, Waiting, end_lines, lock_visit
from serving.schemas import SettlementIn


def made_id(exchange: Exchange) -> str:
    """The id of what a message makes, where the platform has not named it: the same for the same message.

    It has the 30 characters that a setl_id may have.
    """
    text = f"{exchange.message.sender} {exchange.message.msgid}".encode()
    return "YC" + hashlib.blake2b(text, digest_size=14).hexdigest()


def decide(
    exchange: Exchange,
    body: SettlementIn,
    paid: Paid | None,
    names: Sequence[Fields],
    key: VisitKey | None,
    waiting: Sequence[Waiting],
) -> bytes:
    """Decide, end the waiting of the lines, confirm what the platform has settled, and keep the answer: all or none."""
    kept: list[bytes] = []

    def also(connection: psycopg.Connection, answers: list[Answer]) -> None:
        if key is not None:
            lock_visit(connection, key)
            end_lines(connection, [line.upload_id for line in waiting], body.settlement_id)
        if paid is not None and paid.setl_id:
            confirm_as(connection, body.settlement_id, paid.setl_id, exchange.holder)
        output = _output(exchange, body, answers[0], names)
        kept.append(exchange.keep(connection, output, body.settlement_id, warning_of(answers)))

    exchange.desk.decide([body], also)
    return kept[-1]


def _output(exchange: Exchange, body: SettlementIn, answer: Answer, names: Sequence[Fields]) -> Fields:
    """What we know of setlinfo, and what the rules found."""
    message = exchange.message
    return {
        "setlinfo": {
            "setl_id": body.settlement_id,
            "mdtrt_id": body.visit_id,
            "psn_no": exchange.pseudonyms[body.person_number],
            "insutype": body.insurance_type,
            "med_type": body.care_category,
            "setl_time": f"{body.settled_at:%Y-%m-%d %H:%M:%S}",
            "medfee_sumamt": float(body.total_yuan),
            "inscp_scp_amt": None if body.in_scope_yuan is None else float(body.in_scope_yuan),
            "fund_pay_sumamt": float(body.fund_yuan),
            "acct_pay": float(body.account_yuan),
            "psn_cash_pay": float(body.cash_yuan),
            "balc": None if body.account_balance_yuan is None else float(body.account_balance_yuan),
            "medins_setl_id": message.msgid,
        },
        "setldetail": [],
        "action": answer["action"],
        "voladetail": vola_details(answer, body.visit_id or "", names, exchange.area),
    }
