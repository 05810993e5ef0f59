"""The arrival of a settlement that an earlier message had decided: the platform made it, and gave it its own id."""

from __future__ import annotations

import orjson
import psycopg

from audit.confirmations import confirm_as
from serving.desk import in_transaction
from serving.national.exchange import Exchange
from serving.national.messages.bills import Paid
from serving.national.problems import UNKNOWN, Problem


def decided_before(exchange: Exchange, paid: Paid | None) -> tuple[str, str] | None:
    """The message that this settlement was decided by, and its setl_id; None where this message asks for a decision."""
    if paid is None or not paid.setl_id or paid.medins_setl_id in {None, exchange.message.msgid}:
        return None
    return str(paid.medins_setl_id), paid.setl_id


def confirm_earlier(exchange: Exchange, earlier: str, setl_id: str) -> bytes:
    """The settlement has arrived: what an earlier message decided was really made, and the platform calls it `setl_id`.

    Raises:
        Problem: the earlier message is not known.
    """

    def confirmed(connection: psycopg.Connection) -> bytes:
        row = connection.execute(
            "SELECT claim_id, answer FROM national_messages"
            " WHERE sender = %s AND message_id = %s AND transaction_number = %s",
            [exchange.message.sender, earlier, exchange.message.infno],
        ).fetchone()
        if row is None:
            raise Problem(UNKNOWN, "input.setlinfo.medins_setl_id：没有收到该结算报文，应先以其发起结算")
        confirm_as(connection, row[0], setl_id, exchange.holder)
        return exchange.keep(connection, orjson.loads(row[1])["output"], row[0])

    return in_transaction(exchange.desk.pool, confirmed)
