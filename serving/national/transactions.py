"""All transactions by their number. To add one: its message, its function, and one line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from serving.national.bring_lines import bring_lines
from serving.national.bring_visit import bring_visit
from serving.national.cancel_lines import cancel_lines, cancel_stay_lines
from serving.national.envelope import Envelope
from serving.national.exchange import Exchange
from serving.national.hear_feedback import hear_feedback
from serving.national.judge_visits import judge_visits
from serving.national.messages.audit import AuditMessage, FeedbackMessage
from serving.national.messages.bills import BillMessage, DrugsMessage, StayBillMessage
from serving.national.messages.lines import CancelMessage, CancelStayMessage, LinesMessage, StayLinesMessage
from serving.national.messages.sales import SaleMessage
from serving.national.messages.undo import UndoMessage, UndoMessageMessage
from serving.national.messages.visits import VisitMessage
from serving.national.report_sale import report_sale
from serving.national.settle import settle_drugs, settle_visit
from serving.national.take_back import take_back, take_back_message


@dataclass(frozen=True)
class Transaction:
    """One transaction: its national name, the form of its message, and what is done."""

    number: str
    name: str
    message: type[Envelope]
    act: Callable[[Exchange], bytes]


TRANSACTIONS = {
    each.number: each
    for each in (
        Transaction("2102", "药店结算", DrugsMessage, settle_drugs),
        Transaction("2103", "药店结算撤销", UndoMessage, take_back),
        Transaction("2203", "门诊就诊信息上传", VisitMessage, bring_visit),
        Transaction("2204", "门诊费用明细信息上传", LinesMessage, bring_lines),
        Transaction("2205", "门诊费用明细信息撤销", CancelMessage, cancel_lines),
        Transaction("2207", "门诊结算", BillMessage, settle_visit),
        Transaction("2208", "门诊结算撤销", UndoMessage, take_back),
        Transaction("2301", "住院费用明细上传", StayLinesMessage, bring_lines),
        Transaction("2302", "住院费用明细撤销", CancelStayMessage, cancel_stay_lines),
        Transaction("2304", "住院结算", StayBillMessage, settle_visit),
        Transaction("2305", "住院结算撤销", UndoMessage, take_back),
        Transaction("2601", "冲正交易", UndoMessageMessage, take_back_message),
        Transaction("3101", "明细审核事前分析服务", AuditMessage, judge_visits),
        Transaction("3102", "明细审核事中分析服务", AuditMessage, judge_visits),
        Transaction("3103", "明细审核反馈服务", FeedbackMessage, hear_feedback),
        Transaction("3505", "商品销售", SaleMessage, report_sale),
        Transaction("3506", "商品销售退货", SaleMessage, report_sale),
    )
}
