"""2205 and 2302: uploaded lines are settled no more."""

from __future__ import annotations

from typing import cast

import psycopg

from serving.desk import in_transaction
from serving.national.exchange import Exchange
from serving.national.messages.lines import CancelMessage, CancelStayMessage
from serving.national.problems import MALFORMED, UNKNOWN, Problem
from serving.national.uploads import EVERYTHING, VisitKey, end_lines, lock_visit, waiting_lines
from serving.national.visit_body import check_person


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
        check_person(waiting, exchange.pseudonyms[data.psn_no])
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
        check_person(waiting, exchange.pseudonyms[data[0].psn_no])
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
