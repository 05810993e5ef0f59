"""The only place that knows HTTP codes: turns errors into one plain answer, without traces and personal data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests
from starlette.exceptions import HTTPException
from starlette.responses import Response

from claims.errors import (
    BadBundle,
    BadSetting,
    Conflict,
    KeyFileGone,
    NoChampion,
    NotBuilt,
    NotFound,
    OutOfOrder,
    Refused,
    StoreDown,
    YichaError,
)
from serving.fields import PATTERN_WORDS
from serving.web.pages import error_page, is_page

STATUS_OF: tuple[tuple[type[YichaError], int], ...] = (
    (NotFound, 404),
    (Conflict, 409),
    (OutOfOrder, 409),
    (Refused, 403),
    (BadSetting, 422),
    (StoreDown, 503),
    (NotBuilt, 503),
    (NoChampion, 503),
    (BadBundle, 503),
    (KeyFileGone, 503),
)
TITLES = {
    400: "Not understood",
    401: "Who are you?",
    403: "Not allowed",
    404: "Not found",
    405: "Not offered",
    409: "Contradicts what is known",
    413: "Too large",
    422: "Cannot be taken",
    500: "Our fault",
    503: "Not available now",
}
STORE_DOWN = (
    "The database does not answer, so nothing was decided or recorded. Expected a running PostgreSQL. "
    "Send the same request again later; a settlement id is never decided twice."
)
OUR_FAULT = (
    "Something failed inside the service and nothing was recorded. Expected an answer. "
    "Send the same request again; if it fails again, give the request id to the operators."
)
MOST_PLACES = 20
_STORE_ERRORS = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, PoolClosed, TooManyRequests)

log = structlog.get_logger("yicha")


class NotAuthenticated(YichaError):
    """No key, or one that opens nothing."""


def status_of(error: Exception) -> int:
    """The HTTP status of an error."""
    if isinstance(error, NotAuthenticated):
        return 401
    if isinstance(error, _STORE_ERRORS):
        return 503
    for kind, status in STATUS_OF:
        if isinstance(error, kind):
            return status
    return 422 if isinstance(error, YichaError) else 500


def problem(
    request: Request, status: int, detail: str, kind: str, places: Sequence[dict[str, str]] | None = None
) -> Response:
    """The answer that says what happened: a page for people who browse, JSON for the others."""
    request.state.error_kind = kind
    request_id = getattr(request.state, "request_id", None)
    if is_page(request):
        return error_page(request, status, detail)
    body: dict[str, Any] = {
        "type": f"urn:yicha:{kind}",
        "title": TITLES.get(status, "Refused"),
        "status": status,
        "detail": detail,
        "places": list(places) if places else None,
        "request_id": request_id,
    }
    headers = {"WWW-Authenticate": 'Bearer realm="yicha"'} if status == 401 else {}
    if status == 503:
        headers["Retry-After"] = "5"
    return Response(orjson.dumps(body), status, headers, "application/problem+json")


def add_error_answers(app: FastAPI) -> None:
    """Let the app answer every error that was foreseen by `problem`; the others are `unexpected`."""
    app.add_exception_handler(YichaError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for kind in _STORE_ERRORS:
        app.add_exception_handler(kind, _store_down)


def _known(request: Request, error: Exception) -> Response:
    return problem(request, status_of(error), str(error), type(error).__name__)


def _store_down(request: Request, error: Exception) -> Response:
    log.error("store down", error=type(error).__name__)
    return problem(request, 503, STORE_DOWN, "StoreDown")


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    details = {
        404: "There is nothing at this address. Expected one of those in /openapi.json. Correct the address.",
        405: "This address does not take this method. Expected the method that the API description names. Use that.",
        400: "The body cannot be read. Expected JSON as the API description shows, or the form of a page. Correct it.",
    }
    detail = details.get(error.status_code, str(error.detail))
    return problem(request, error.status_code, detail, "Http")


def unexpected(request: Request, error: Exception) -> Response:
    """The answer to an error that nobody foresaw; its place is logged, never its message."""
    log.error("unexpected error", error=type(error).__name__, place=place_of(error))  # its message may quote a body
    return problem(request, 500, OUR_FAULT, "Unexpected")


def place_of(error: Exception) -> str:
    """The file and line that an error came from."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return f"{frame.tb_frame.f_code.co_filename.rsplit('/', 2)[-1]}:{frame.tb_lineno}" if frame else ""


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(each["type"] == "json_invalid" for each in found):
        return problem(request, 422, "The body is not JSON. Expected an object or a list. Correct the body.", "NotJson")
    places = [{"where": _where(each["loc"]), "expected": _expected(each)} for each in found[:MOST_PLACES]]
    first = places[0]
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    detail = (
        f"The field {first['where']}{more} cannot be taken: {first['expected']}. Correct it and send the request again."
    )
    return problem(request, 422, detail, "Malformed", places)


def _where(location: Sequence[object]) -> str:
    """The path of a field; names of unknown fields are the caller's text, so they are cut."""
    parts = [str(part)[:40] for part in location if part not in ("body", "one", "list")]
    return ".".join(parts) or "body"


def _expected(error: dict[str, Any]) -> str:
    """What was expected there; pydantic's own sentence, which never quotes the value."""
    if error["type"] == "extra_forbidden":
        return "this field is not known; leave it out"
    if error["type"] == "missing":
        return "this field is missing"
    if error["type"] == "string_pattern_mismatch":
        return f"expected {PATTERN_WORDS.get(error['ctx']['pattern'], 'another form')}"
    message = str(error["msg"])
    return (
        message.removeprefix("Value error, ")[:200]
        .replace("Input should", "it should")
        .replace("String should", "it should")
    )
