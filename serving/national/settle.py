"""2102, 2207 and 2304: settlements, decided on the same path as those of our own API."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import cast

import psycopg

from audit.confirmations import confirm
from serving.desk import Answer
from serving.national.exchange import Exchange
from serving.national.fee_lines import called, line_fields, net_lines
from serving.national.findings import vola_details
from serving.national.messages.fees import (
    Bill,
    BillMessage,
    DrugLine,
    DrugsMessage,
    OutpatientBill,
    Paid,
    StayBillMessage,
)
from serving.national.problems import CONFLICT, UNKNOWN, Problem
from serving.national.settlements import Fields, care_of, channel_of, yuan
from serving.national.upload import visit_body
from serving.national.uploads import VisitKey, Waiting, end_lines, lock_visit, read_visit, waiting_lines
from serving.schemas import SettlementIn

STAY_BATCH = ""


def made_id(exchange: Exchange) -> str:
    """The id of what a message makes, where the platform has not named it: the same for the same message.

    It has the 30 characters that a setl_id may have.
    """
    text = f"{exchange.message.sender} {exchange.message.msgid}".encode()
    return "YC" + hashlib.blake2b(text, digest_size=14).hexdigest()


def settle_drugs(exchange: Exchange) -> bytes:
    """2102: decide a pharmacy's settlement."""
    message = cast(DrugsMessage, exchange.message)
    drugs, paid = message.input.druginfo, message.input.setlinfo
    lines = [
        line_fields(line, f"input.drugdetail[{place}]", exchange.area)
        for place, line in enumerate(message.input.drugdetail)
    ]
    body = {
        "person_number": drugs.psn_no,
        "institution_id": message.fixmedins_code,
        "doctor_id": lines[0]["doctor_id"],
        "till_id": message.opter,
        "channel": channel_of(message, exchange.area),
        **care_of(drugs.med_type, "input.druginfo"),
        "insurance_type": drugs.insutype,
        "served_at": drugs.begntime,
        "lines": [{"line_number": number, **line} for number, line in enumerate(lines, 1)],
        **_settled(exchange, drugs.medfee_sumamt, drugs.inscp_scp_amt, drugs.insutype, paid),
    }
    names = [_named(line) for line in message.input.drugdetail]
    return _decide(exchange, SettlementIn.model_validate(body), paid, names, None, ())


def _named(line: DrugLine) -> Fields:
    return {
        "medins_list_codg": line.medins_list_codg,
        "medins_list_name": None,
        "med_list_codg": line.med_list_codg,
    }


def settle_visit(exchange: Exchange) -> bytes:
    """2207 and 2304: decide the settlement of the lines that wait, of one charge batch or of a stay.

    Raises:
        Problem: nothing waits, or it is another person's.
    """
    message = cast(BillMessage | StayBillMessage, exchange.message)
    bill, paid = message.input.data, message.input.setlinfo
    key = VisitKey(message.fixmedins_code, bill.mdtrt_id)
    batch = bill.chrg_bchno if isinstance(bill, OutpatientBill) else STAY_BATCH
    with exchange.desk.pool.connection() as connection:
        waiting, visit = waiting_lines(connection, key, batch), read_visit(connection, key)
    _check(waiting, exchange.pseudonyms[bill.psn_no])
    lines = net_lines(waiting)
    if not lines:
        raise Problem(UNKNOWN, "input.data：待结算明细已全部退费，没有可结算的内容")
    body = {
        **visit_body(exchange, key, bill.psn_no, lines, visit, bill.med_type),
        "insurance_type": bill.insutype,
        **_settled(exchange, bill.medfee_sumamt, _in_scope(bill), bill.insutype, paid),
    }
    if isinstance(message, StayBillMessage):
        body |= _stay_days(body, lines, paid)
    return _decide(exchange, SettlementIn.model_validate(body), paid, called(lines), key, waiting)


def _check(waiting: list[Waiting], patient_id: str) -> None:
    if not waiting:
        raise Problem(UNKNOWN, "input.data：该就诊（批次）没有待结算的费用明细，应先上传明细（2204、2301）")
    if any(line.patient_id != patient_id for line in waiting):
        raise Problem(CONFLICT, "input.data.psn_no：与已上传明细的人员不一致")


def _in_scope(bill: Bill) -> Decimal | None:
    """What the policy covers: as it is told, else the fee without what the person pays alone."""
    if bill.inscp_scp_amt is not None:
        return bill.inscp_scp_amt
    own = (bill.fulamt_ownpay_amt, bill.overlmt_selfpay, bill.preselfpay_amt)
    if all(each is None for each in own):
        return None
    return max(bill.medfee_sumamt - sum((each or Decimal(0) for each in own), Decimal(0)), Decimal(0))


def _settled(exchange: Exchange, total: Decimal, in_scope: Decimal | None, insutype: str, paid: Paid | None) -> Fields:
    """Id, moment and money. Until somebody says what the fund pays, it is taken to pay all that the policy covers."""
    message = exchange.message
    covered = total if in_scope is None else min(in_scope, total)
    fund, account = (covered, Decimal(0)) if paid is None else (paid.fund_pay_sumamt, paid.acct_pay)
    return {
        "settlement_id": (paid and paid.setl_id) or made_id(exchange),
        "settled_at": (paid and paid.setl_time) or message.inf_time,
        "total_yuan": yuan(total),
        "in_scope_yuan": None if in_scope is None else yuan(in_scope),
        "fund_yuan": yuan(fund),
        "account_yuan": yuan(account),
        "cash_yuan": yuan(total - fund if paid is None else paid.psn_cash_pay),
        "account_balance_yuan": None if paid is None or paid.balc is None else yuan(paid.balc),
        "person": {"insurance_type": insutype, "area": message.insuplc_admdvs},
    }


def _stay_days(body: Fields, lines: list[Waiting], paid: Paid | None) -> Fields:
    """The days of a stay: as they are told, else from its first line to its settlement."""
    first = min(str(line.line["served_at"])[:10] for line in lines)
    return {
        "admitted_on": (paid and paid.begndate) or first,
        "discharged_on": (paid and paid.enddate) or max(str(body["settled_at"])[:10], first),
    }


def _decide(
    exchange: Exchange,
    body: SettlementIn,
    paid: Paid | None,
    names: list[Fields],
    key: VisitKey | None,
    waiting: list[Waiting] | tuple[()],
) -> bytes:
    """Decide, end the waiting of the lines, confirm what the platform has settled, and keep the answer: all or none."""
    kept: list[bytes] = []

    def also(connection: psycopg.Connection, answers: list[Answer]) -> None:
        if key is not None:
            lock_visit(connection, key)
            end_lines(connection, [line.upload_id for line in waiting], body.settlement_id)
        if paid is not None and paid.setl_id:
            confirm(connection, [body.settlement_id], exchange.holder)
        output = _output(exchange, body, answers[0], names)
        kept.append(exchange.keep(connection, output, body.settlement_id))

    exchange.desk.decide([body], also)
    return kept[-1]


def _output(exchange: Exchange, body: SettlementIn, answer: Answer, names: list[Fields]) -> Fields:
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
