"""2102, 2207 and 2304: settlements."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import cast

from serving.national.arrived import confirm_earlier, decided_before
from serving.national.decide import decide, made_id
from serving.national.exchange import Exchange
from serving.national.fee_lines import called, line_fields, net_lines
from serving.national.messages.bills import Bill, BillMessage, DrugsMessage, OutpatientBill, Paid, StayBillMessage
from serving.national.messages.lines import DrugLine
from serving.national.problems import UNKNOWN, Problem
from serving.national.settlements import Fields, care_of, channel_of, yuan
from serving.national.uploads import VisitKey, Waiting, read_visit, waiting_lines
from serving.national.visit_body import check_person, visit_body
from serving.schemas import SettlementIn

STAY_BATCH = ""


def settle_drugs(exchange: Exchange) -> bytes:
    """2102: decide a pharmacy's settlement."""
    message = cast(DrugsMessage, exchange.message)
    drugs, paid = message.input.druginfo, message.input.setlinfo
    if earlier := decided_before(exchange, paid):
        return confirm_earlier(exchange, *earlier)
    lines = [
        {**line_fields(line, f"input.drugdetail[{place}]", exchange.area), "own_item_code": line.medins_list_codg}
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
    return decide(exchange, SettlementIn.model_validate(body), paid, names, None, ())


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
    if earlier := decided_before(exchange, paid):
        return confirm_earlier(exchange, *earlier)
    key = VisitKey(message.fixmedins_code, bill.mdtrt_id)
    batch = bill.chrg_bchno if isinstance(bill, OutpatientBill) else STAY_BATCH
    with exchange.desk.pool.connection() as connection:
        waiting, visit = waiting_lines(connection, key, batch), read_visit(connection, key)
    if not waiting:
        raise Problem(UNKNOWN, "input.data：该就诊（批次）没有待结算的费用明细，应先上传明细（2204、2301）")
    check_person(waiting, exchange.pseudonyms[bill.psn_no])
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
    return decide(exchange, SettlementIn.model_validate(body), paid, called(lines), key, waiting)


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


def _stay_days(body: Fields, lines: Sequence[Waiting], paid: Paid | None) -> Fields:
    """The days of a stay: as they are told, else from its first line to its settlement."""
    first = min(str(line.line["served_at"])[:10] for line in lines)
    return {
        "admitted_on": (paid and paid.begndate) or first,
        "discharged_on": (paid and paid.enddate) or max(str(body["settled_at"])[:10], first),
    }
