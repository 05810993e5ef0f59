"""3103: records what was done about reminders."""

from __future__ import annotations

from typing import cast

import psycopg

from audit.reminders import Disposition, record_dispositions, unknown_reminders
from serving.desk import in_transaction
from serving.national.exchange import Exchange
from serving.national.messages.audit import FeedbackMessage
from serving.national.problems import UNKNOWN, Problem

ASKED_BY = {"1": "3101", "2": "3102"}


def hear_feedback(exchange: Exchange) -> bytes:
    """Record the disposition of each reminder; all of them or none.

    Raises:
        Problem: a reminder is not known to this institution and stage.
    """
    message = cast(FeedbackMessage, exchange.message)
    data = message.input.data
    said = [Disposition(each.warn_rslt_id, each.dspo_way, each.dspo_way_rea) for each in data.warns]

    def record(connection: psycopg.Connection) -> bytes:
        ids = [each.warn_rslt_id for each in data.warns]
        unknown = unknown_reminders(connection, message.fixmedins_code, ASKED_BY[data.warn_type], ids)
        if unknown:
            places = "、".join(f"input.data.warns[{ids.index(each)}]" for each in unknown[:5])
            raise Problem(
                UNKNOWN, f"{places}.warn_rslt_id：本机构在该环节没有该提醒，应为 3101/3102 应答中的 jr_id，未作任何记录"
            )
        record_dispositions(connection, said)
        return exchange.keep(connection, None)

    return in_transaction(exchange.desk.pool, record)
