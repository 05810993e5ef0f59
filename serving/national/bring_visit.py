"""2203: a visit and its diagnoses wait for the settlement."""

from __future__ import annotations

from typing import cast

import psycopg

from serving.desk import in_transaction
from serving.national.exchange import Exchange
from serving.national.messages.visits import VisitMessage
from serving.national.settlements import care_of
from serving.national.uploads import VisitKey, add_visit

MAIN = "1"


def bring_visit(exchange: Exchange) -> bytes:
    """2203: keep the visit and its diagnoses for the settlement."""
    message = cast(VisitMessage, exchange.message)
    visit = message.input.mdtrtinfo
    care_of(visit.med_type, "input.mdtrtinfo")
    has_main = any(each.maindiag_flag == MAIN for each in message.input.diseinfo)
    diagnoses: dict[str, bool] = {}
    for each in sorted(message.input.diseinfo, key=lambda one: one.diag_srt_no):
        is_main = each.maindiag_flag == MAIN if has_main else not diagnoses
        diagnoses[each.diag_code] = diagnoses.get(each.diag_code, False) or is_main
    first = min(message.input.diseinfo, key=lambda one: one.diag_srt_no)
    kept = {
        "med_type": visit.med_type,
        "served_at": visit.begntime,
        "doctor_id": first.dise_dor_no,
        "diagnoses": [{"code": code, "is_main": is_main} for code, is_main in diagnoses.items()],
    }

    def keep(connection: psycopg.Connection) -> bytes:
        key = VisitKey(message.fixmedins_code, visit.mdtrt_id)
        add_visit(connection, key, exchange.pseudonyms[visit.psn_no], kept)
        return exchange.keep(connection, None)

    return in_transaction(exchange.desk.pool, keep)
