"""2103, 2208, 2305 and 2601: whole settlements are taken back, by their own id or by that of the message."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import cast

import numpy as np
import psycopg

from audit.answers import yuan
from audit.confirmations import claim_called
from claims.store.columns import read_few
from claims.tables import CLAIMS, LINES, SETTLEMENT, Columns
from serving.desk import Answer
from serving.national.decide import made_id
from serving.national.exchange import Exchange
from serving.national.messages.undo import UndoMessage, UndoMessageMessage
from serving.national.problems import CONFLICT, MALFORMED, UNKNOWN, Problem
from serving.reversals import reverse
from serving.schemas import ReversalIn, ReversalLineIn

SETTLES = ("2102", "2207", "2304")
"""Transactions that 2601 can take back; a reversal is never reversed, the settlement is sent again."""


def take_back(exchange: Exchange) -> bytes:
    """2103, 2208, 2305: record that a settlement was taken back as a whole, however it had come in."""
    data = cast(UndoMessage, exchange.message).input.data
    return _reverse(exchange, data.setl_id, data.psn_no, "input.data.setl_id")


def take_back_message(exchange: Exchange) -> bytes:
    """2601: take back the settlement that a message of the same sender made.

    Raises:
        Problem: the message is not known, or it settled nothing.
    """
    message = cast(UndoMessageMessage, exchange.message)
    data = message.input.data
    if data.oinfno not in SETTLES:
        raise Problem(
            MALFORMED, f"input.data.oinfno：可冲正的交易为 {'、'.join(SETTLES)}；撤销不能冲正，应重新发送结算"
        )
    with exchange.desk.pool.connection() as connection:
        row = connection.execute(
            "SELECT claim_id FROM national_messages WHERE sender = %s AND message_id = %s AND transaction_number = %s",
            [message.sender, data.omsgid, data.oinfno],
        ).fetchone()
    if row is None or row[0] is None:
        raise Problem(UNKNOWN, "input.data.omsgid：没有收到该原报文，或其未成功结算")
    return _reverse(exchange, str(row[0]), data.psn_no, "input.data.omsgid")


def _reverse(exchange: Exchange, claim_id: str, person: str, where: str) -> bytes:
    with exchange.desk.pool.connection() as connection:
        claim_id = claim_called(connection, claim_id)
        claim = read_few(connection, CLAIMS, "WHERE t.claim_id = %s AND t.kind = %s", [claim_id, SETTLEMENT])
        if not len(claim["claim_id"]):
            raise Problem(UNKNOWN, f"{where}：没有该结算")
        lines, undone = _lines(connection, claim_id), _undone(connection, claim_id)
    if claim["patient_id"][0] != exchange.pseudonyms[person]:
        raise Problem(CONFLICT, "input.data.psn_no：与该结算的人员不一致")
    if claim["institution_id"][0] != exchange.message.fixmedins_code:
        raise Problem(CONFLICT, "fixmedins_code：与该结算的定点医药机构不一致")
    body = rest_of(claim, lines, undone, made_id(exchange), person, exchange.message.inf_time)
    kept: list[bytes] = []

    def also(connection: psycopg.Connection, _: list[Answer]) -> None:
        kept.append(exchange.keep(connection, _output(exchange, body), body.reversal_id))

    reverse(exchange.desk, body, also)
    return kept[-1]


def _lines(connection: psycopg.Connection, claim_id: str) -> Columns:
    return read_few(connection, LINES, "WHERE t.claim_id = %s ORDER BY t.line_number", [claim_id])


def _undone(connection: psycopg.Connection, claim_id: str) -> tuple[Columns, Columns]:
    """What was taken back of a settlement before: the reversals and their lines."""
    claims = read_few(connection, CLAIMS, "WHERE t.reverses_claim_id = %s", [claim_id])
    join = "JOIN claims c USING (claim_id) WHERE c.reverses_claim_id = %s"
    return claims, read_few(connection, LINES, join, [claim_id])


def rest_of(
    claim: Columns, lines: Columns, undone: tuple[Columns, Columns], reversal_id: str, person: str, settled_at: str
) -> ReversalIn:
    """A reversal of what is left of a settlement, its lines made from the stored ones.

    It is not validated again: it holds stored values, and what an import brought may be wider than what callers may
    send.

    Raises:
        Problem: nothing is left.
    """
    total, fund, account, cash = (
        int(claim[name][0]) + int(undone[0][name].sum())
        for name in ("total_fen", "fund_fen", "account_fen", "cash_fen")
    )
    left = _lines_left(lines, undone[1])
    if total <= 0 or not left:
        raise Problem(CONFLICT, "该结算已全部撤销")
    return ReversalIn.model_construct(
        reversal_id=reversal_id,
        reverses_settlement_id=claim["claim_id"][0],
        person_number=person,
        institution_id=claim["institution_id"][0],
        settled_at=datetime.fromisoformat(settled_at),
        total_yuan=yuan(-total),
        fund_yuan=yuan(-fund),
        account_yuan=yuan(-account),
        cash_yuan=yuan(-cash),
        lines=left,
    )


def _lines_left(lines: Columns, undone: Columns) -> list[ReversalLineIn]:
    """What is left of each line; earlier reversals name the line that they take back."""
    left: list[ReversalLineIn] = []
    for row in range(len(lines["line_id"])):
        taken = undone["reverses_line_id"] == lines["line_id"][row] if lines["line_id"][row] else np.zeros(0, int)
        quantity = int(lines["quantity_e4"][row]) + int(undone["quantity_e4"][taken].sum())
        amount = int(lines["amount_fen"][row]) + int(undone["amount_fen"][taken].sum())
        if quantity <= 0 and amount <= 0:
            continue
        left.append(
            ReversalLineIn.model_construct(
                line_number=len(left) + 1,
                reverses_line_id=lines["line_id"][row],
                item_code=lines["item_code"][row],
                item_kind=lines["item_kind"][row],
                quantity=str(Decimal(-quantity).scaleb(-4)),
                unit_price_yuan=str(Decimal(int(lines["unit_price_micro_yuan"][row])).scaleb(-6)),
                amount_yuan=yuan(-amount),
            )
        )
    return left


def _output(exchange: Exchange, body: ReversalIn) -> dict[str, object]:
    return {
        "setlinfo": {
            "setl_id": body.reversal_id,
            "init_setl_id": body.reverses_settlement_id,
            "psn_no": exchange.pseudonyms[body.person_number],
            "setl_time": f"{body.settled_at:%Y-%m-%d %H:%M:%S}",
            "medfee_sumamt": float(body.total_yuan),
            "fund_pay_sumamt": float(body.fund_yuan),
            "acct_pay": float(body.account_yuan),
            "psn_cash_pay": float(body.cash_yuan),
            "medins_setl_id": exchange.message.msgid,
        },
        "setldetail": [],
    }
