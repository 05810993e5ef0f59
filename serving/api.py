"""The routes of the API: each says its verb and types and calls one thing."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Query
from pydantic import Discriminator, Tag
from starlette.responses import Response

from audit.case_file import read_case_file
from audit.queue import Filters
from serving.advice import advise
from serving.answers import CaseOut, DecisionOut, Problem, QueueOut, ReversalOut, VerdictOut
from serving.auth import ReviewerKey, SettlementKey
from serving.fields import CaseId
from serving.reversals import reverse
from serving.review import View, case_answer, file_findings, queue_row, read_queue
from serving.schemas import MOST_SETTLEMENTS, AdviceIn, ReversalIn, SettlementIn, VerdictIn
from serving.service import DeskOf

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": text}
    for status, text in {
        401: "No standing API key",
        403: "The key's role may not do this",
        404: "Not there",
        409: "A known id with another content",
        413: "The body is too large",
        422: "The body cannot be taken; says which field and what was expected",
        503: "The database does not answer; nothing was recorded",
    }.items()
}

api = APIRouter(prefix="/v1", responses=PROBLEMS)


def _one_or_list(body: Any) -> str:
    return "list" if isinstance(body, list) else "one"


Settlements = Annotated[
    Annotated[SettlementIn, Tag("one")]
    | Annotated[list[SettlementIn], Tag("list"), Body(min_length=1, max_length=MOST_SETTLEMENTS)],
    Discriminator(_one_or_list),
]


def as_json(answer: object) -> Response:
    """The answer as it is stored; the declared model documents it and the tests hold answers against it."""
    return Response(orjson.dumps(answer), media_type="application/json")


@api.post("/settlements", response_model=DecisionOut | list[DecisionOut], tags=["settlement"])
def settle(body: Settlements, desk: DeskOf, _: SettlementKey) -> Response:
    """Decide one settlement or a list; decisions and queue entries are durable before the answer.

    The same settlement sent again gets the same answer; another content under a known id is a conflict (409).
    """
    if isinstance(body, list):
        return as_json(desk.decide(body))
    return as_json(desk.decide([body])[0])


@api.post("/advice", response_model=DecisionOut, tags=["settlement"])
def ask(body: AdviceIn, desk: DeskOf, _: SettlementKey) -> Response:
    """Judge a claim before care or before settlement; it never enters any history."""
    return as_json(advise(desk, body))


@api.post("/reversals", response_model=ReversalOut, tags=["settlement"])
def take_back(body: ReversalIn, desk: DeskOf, _: SettlementKey) -> Response:
    """Record a refund of a settlement, whole or in part, as a new fact."""
    return as_json(reverse(desk, body))


@api.get("/queue", response_model=QueueOut, tags=["review"])
def queue(
    desk: DeskOf,
    _: ReviewerKey,
    view: Annotated[View, Query(description="today: the day's plan within capacity; all: every open case")] = "today",
    kind: Annotated[str | None, Query(pattern="^(patient|doctor|institution|ring)$")] = None,
    source: Annotated[str | None, Query(pattern="^(rule|model|anomaly|ring|random)$")] = None,
    after: Annotated[str | None, Query(max_length=120, description="`next` of the page before")] = None,
) -> Response:
    """Open cases by expected recoverable money per reviewer minute."""
    page = read_queue(desk, view, Filters(kind, source), after)
    return as_json({"cases": [queue_row(row) for row in page.rows], "next": page.next})


@api.get("/cases/{case_id}", response_model=CaseOut, tags=["review"])
def case(case_id: CaseId, desk: DeskOf, _: ReviewerKey) -> Response:
    """One case with its reasons, evidence and verdicts."""
    with desk.pool.connection() as connection:
        return as_json(case_answer(read_case_file(connection, case_id)))


@api.post("/cases/{case_id}/verdicts", response_model=VerdictOut, status_code=201, tags=["review"])
def verdict(case_id: CaseId, body: VerdictIn, desk: DeskOf, holder: ReviewerKey) -> VerdictOut:
    """File findings on lines of the evidence; closes every case whose evidence is all judged."""
    filed = file_findings(desk, case_id, body.findings, holder, body.is_appeal)
    return VerdictOut(verdict_ids=list(filed.verdict_ids), closed_cases=list(filed.closed_cases))
