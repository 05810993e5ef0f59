"""Routes about what became of things: settlements that nobody confirmed, and reminders that were followed or not."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from audit.answers import yuan
from audit.confirmations import confirm, unconfirmed
from audit.follow_rate import follow_rates
from audit.keys import Holder
from claims.clock import AREA_ZONE
from serving.answers import ConfirmedOut, FollowedOut, FollowReportOut, UnconfirmedListOut, UnconfirmedOut
from serving.api import PROBLEMS
from serving.auth import REVIEWING, ReviewerKey, SettlementKey, holder_with
from serving.desk import in_transaction
from serving.fields import Day
from serving.schemas import ConfirmationIn
from serving.service import DeskOf

PAGE = 100

operations = APIRouter(prefix="/v1", responses=PROBLEMS)

AnyKey = Annotated[Holder, Depends(holder_with("settlement", *REVIEWING))]


@operations.post("/confirmations", tags=["settlement"])
def confirm_settlements(body: ConfirmationIn, desk: DeskOf, holder: SettlementKey) -> ConfirmedOut:
    """Say which decided settlements were really made; a reversal says the contrary. Twice is as once."""
    ids = body.settlement_ids
    return ConfirmedOut(confirmed=in_transaction(desk.pool, lambda it: confirm(it, ids, holder.name)))


@operations.get("/unconfirmed", tags=["operation"])
def list_unconfirmed(
    desk: DeskOf,
    _: AnyKey,
    after: Annotated[int, Query(ge=0, lt=2**62, description="`next` of the page before")] = 0,
) -> UnconfirmedListOut:
    """Settlements of the last 31 days, decided more than 24 hours ago and neither confirmed nor cancelled."""
    with desk.pool.connection() as connection:
        found = unconfirmed(connection, int(desk.clock()), after, PAGE + 1)
    page = [
        UnconfirmedOut(
            settlement_id=each.claim_id,
            recorded_order=each.recorded_order,
            institution_id=each.institution_id,
            visit_id=each.visit_id,
            action=each.action,
            total_yuan=yuan(each.total_fen),
            decided_at=each.decided_at.astimezone(AREA_ZONE).isoformat(),
        )
        for each in found[:PAGE]
    ]
    return UnconfirmedListOut(settlements=page, next=page[-1].recorded_order if len(found) > PAGE else None)


@operations.get("/reminders/report", tags=["review"])
def report_reminders(
    desk: DeskOf,
    _: ReviewerKey,
    first: Annotated[Day, Query(description="first day on which a reminder was given")],
    last: Annotated[Day, Query(description="last day")],
) -> FollowReportOut:
    """How the reminders given in a period ended, and the follow rate (提醒遵从率), by institution."""
    with desk.pool.connection() as connection:
        rows = follow_rates(connection, first, last)
    return FollowReportOut(institutions=[FollowedOut(**asdict(row), rate=row.rate) for row in rows])
