"""3505 and 3506: a sale or a return is kept, so that a box that is settled again is known."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import psycopg

from audit.confirmations import claim_called
from claims.trace_codes import SEPARATOR
from serving.desk import in_transaction
from serving.national.exchange import Exchange
from serving.national.messages.sales import SaleMessage

MOVEMENT_OF = {"3505": "sale", "3506": "sale_return"}


def report_sale(exchange: Exchange) -> bytes:
    """Keep what the message reports under the message's own id; a settlement that is not known yet may be named."""
    message = cast(SaleMessage, exchange.message)
    sale = message.input.selinfo

    def keep(connection: psycopg.Connection) -> bytes:
        answer = exchange.keep(connection, None)
        connection.execute(
            "INSERT INTO stock (institution_id, record_id, item_code, movement, quantity_e4, moved_at, claim_id,"
            " trace_codes, is_split_pack) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                message.fixmedins_code,
                f"{message.infno}.{message.msgid}",
                sale.med_list_codg,
                MOVEMENT_OF[message.infno],
                int(sale.sel_retn_cnt * 10_000),
                datetime.fromisoformat(sale.sel_retn_time),
                claim_called(connection, sale.setl_id) if sale.setl_id else None,
                SEPARATOR.join(sale.trace_codes) or None,
                sale.trdn_flag == "1",
            ],
        )
        return answer

    return in_transaction(exchange.desk.pool, keep)
