"""The address of each transaction. Whatever arrives, the answer is an envelope."""

from __future__ import annotations

import time
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials
from starlette.responses import Response

from audit.keys import Holder
from claims.errors import Refused, YichaError
from serving.auth import bearer_key, header_key, key_holder
from serving.errors import place_of, status_of
from serving.national.envelope import answer_of, check_number, told
from serving.national.exchange import Exchange
from serving.national.problems import NOT_ALLOWED, OUR_FAULT, UNKNOWN, Problem, problem_of
from serving.national.transactions import TRANSACTIONS, Transaction
from serving.service import Service, ServiceOf

log = structlog.get_logger("yicha")

national = APIRouter(prefix="/national", tags=["national"])


async def _body(request: Request) -> bytes:
    """The body as it came: one reader makes the message of it, in one go."""
    return await request.body()


def _answered(problem: Problem, request: Request, error: Exception, body: bytes, received: float) -> Response:
    request.state.error_kind = type(error).__name__
    status = status_of(error) if problem.code == NOT_ALLOWED else 200
    if problem.code == OUR_FAULT:  # the message itself may quote a body
        log.error("unexpected error", error=type(error).__name__, place=place_of(error))
    answer = answer_of(None, problem, *told(body), received)
    return Response(answer, status, media_type="application/json")


@national.post(
    "/{number}",
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
def converse(
    number: Annotated[str, Path(description="number of the transaction (infno): " + ", ".join(TRANSACTIONS))],
    request: Request,
    service: ServiceOf,
    body: Annotated[bytes, Depends(_body)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer_key)],
    header: Annotated[str | None, Depends(header_key)],
) -> Response:
    """Answer a message of the national platform in its envelope; docs/national.md lists the transactions.

    The same message (msgid) sent again gets the same answer. infcode 0 is success; every other one says that nothing
    was recorded.
    """
    received, start = service.desk.clock(), time.perf_counter()
    try:
        holder = key_holder(request, bearer, header)
        if holder.role != "settlement":
            raise Refused("The key's role may not do this. Expected one of role settlement. Use such a key.")
        answer = _answer(service, holder, number, body, received, start)
    except Exception as error:  # also what nobody foresaw: the caller's system reads envelopes only
        return _answered(problem_of(error), request, error, body, received)
    return Response(answer, media_type="application/json")


def _answer(service: Service, holder: Holder, number: str, body: bytes, received: float, start: float) -> bytes:
    transaction = TRANSACTIONS.get(number)
    if transaction is None:
        raise Problem(UNKNOWN, f"本服务不提供该交易，可用的交易：{'、'.join(TRANSACTIONS)}")
    message = transaction.message.model_validate_json(body)
    check_number(message.infno, number)
    exchange = Exchange(service.desk, service.area, message, holder.name, received, start)
    return exchange.with_numbers(exchange.known() or _acted(transaction, exchange))


def _acted(transaction: Transaction, exchange: Exchange) -> bytes:
    try:
        return transaction.act(exchange)
    except YichaError:  # the same message may have been answered meanwhile, and what it needed is used up
        known = exchange.known()
        if known is None:
            raise
        return known
