"""The addresses of the pages."""

from __future__ import annotations

import time
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from audit.capacity import SUBJECT_KINDS
from audit.case_file import CaseFile, read_case_file
from audit.keys import Holder, holder_of
from audit.queue import Filters
from audit.violations import VIOLATION_TYPES
from claims.errors import BadSetting, Refused
from serving.auth import COOKIE, REVIEWING, SESSION_SECONDS, form_token, session_cookie, session_holder, sign
from serving.fields import CaseId
from serving.review import View, file_findings, read_queue
from serving.schemas import FindingIn
from serving.service import Service, service_of
from serving.web.meetings import draw_meetings
from serving.web.pages import language_of, page
from serving.web.picture import MOST_LANES, MOST_MEMBERS, draw_picture
from serving.web.reasons import grouped
from serving.web.words import word

web = APIRouter(include_in_schema=False)

SOURCES = ("rule", "model", "anomaly", "ring", "random")
SECONDS_A_DAY = 86_400


def _to_sign_in() -> Response:
    return RedirectResponse("/login", 303)


@web.get("/")
def home() -> Response:
    """The queue is home."""
    return RedirectResponse("/queue", 303)


@web.get("/login")
def sign_in_page(request: Request) -> Response:
    """Asks for the reviewer's key."""
    return page(request, "login.html", wrong=False)


@web.post("/login")
async def sign_in(request: Request) -> Response:
    """Open a session with a reviewer's key."""
    service = service_of(request)
    key = str((await request.form(max_fields=5)).get("key", ""))[:200].strip()
    holder = await run_in_threadpool(_holder, service, key)
    if holder is None or holder.role not in REVIEWING:
        return page(request, "login.html", 401, wrong=True)
    response = RedirectResponse("/queue", 303)
    cookie = session_cookie(service.secret, holder.key_id, time.time())
    is_secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, cookie, SESSION_SECONDS, httponly=True, samesite="strict", secure=is_secure)
    return response


def _holder(service: Service, key: str) -> Holder | None:
    with service.pool.connection() as connection:
        return holder_of(connection, key)


@web.post("/logout")
async def sign_out(request: Request) -> Response:
    """End the session in this browser."""
    _check_token(request, await request.form(max_fields=5))
    response = _to_sign_in()
    response.delete_cookie(COOKIE)
    return response


def _check_token(request: Request, form: FormData) -> None:
    expected = form_token(service_of(request).secret, request.cookies.get(COOKIE, ""))
    secret = service_of(request).secret
    if sign(secret, str(form.get("token", ""))) != sign(secret, expected):
        raise Refused(
            "The form belongs to another session. Expected one of this session. Reload the page and send it again."
        )


@web.get("/queue")
def queue_page(
    request: Request,
    view: View = "today",
    kind: Annotated[str, Query(pattern="^(|patient|doctor|institution|ring)$")] = "",
    source: Annotated[str, Query(pattern="^(|rule|model|anomaly|ring|random)$")] = "",
    after: Annotated[str | None, Query(max_length=120)] = None,
) -> Response:
    """Today's plan, or all open cases."""
    holder = session_holder(request)
    if holder is None:
        return _to_sign_in()
    found = read_queue(service_of(request).desk, view, Filters(kind or None, source or None), after)
    chosen: dict[str, Any] = {"view": view, "kind": kind, "source": source}
    return page(
        request,
        "queue.html",
        **_signed_in(request, holder),
        found=found,
        **chosen,
        kinds=SUBJECT_KINDS,
        sources=SOURCES,
        is_first=after is None,
        next_address=f"/queue?{urlencode({**chosen, 'after': found.next})}" if found.next else None,
        days_left=lambda row: _days_left(row.deadline_at, found.at),
    )


def _signed_in(request: Request, holder: Holder) -> dict[str, Any]:
    service = service_of(request)
    return {"holder": holder, "token": form_token(service.secret, request.cookies.get(COOKIE, ""))}


def _days_left(deadline: Any, at: int) -> int:
    return int((deadline.timestamp() - at) // SECONDS_A_DAY)


@web.get("/cases/{case_id}")
def case_page(request: Request, case_id: CaseId, filed: int = 0) -> Response:
    """One case."""
    holder = session_holder(request)
    if holder is None:
        return _to_sign_in()
    service = service_of(request)
    with service.pool.connection() as connection:
        file = read_case_file(connection, case_id)
    return page(
        request, "case.html", **_signed_in(request, holder), **_case_values(request, file, service), filed=filed
    )


def _case_values(request: Request, file: CaseFile, service: Service) -> dict[str, Any]:
    language = language_of(request)
    lanes = MOST_MEMBERS if file.case.subject_kind == "ring" else MOST_LANES
    return {
        "file": file,
        "case": file.case,
        "picture": draw_picture(file.swipes, word("others", language), lanes),
        "reasons": grouped(file.case.reasons),
        "meetings": draw_meetings(file.ring_swipes),
        "types": VIOLATION_TYPES,
        "open_rows": [row for row in file.evidence if row.finding is None],
        "judged_rows": [row for row in file.evidence if row.finding is not None],
        "days_left": _days_left(file.case.deadline_at, int(service.desk.clock())),
        "widest": max((abs(reason.get("share") or 0) for reason in file.case.reasons), default=0),
    }


@web.post("/cases/{case_id}/verdicts")
async def file_verdict(request: Request, case_id: CaseId) -> Response:
    """File the findings of the form."""
    holder = await run_in_threadpool(session_holder, request)
    if holder is None:
        return _to_sign_in()
    form = await request.form(max_fields=10_000, max_files=0)
    _check_token(request, form)
    findings = findings_of(form)
    desk = service_of(request).desk
    filed = await run_in_threadpool(file_findings, desk, case_id, findings, holder, form.get("appeal") == "1")
    state = 2 if case_id in filed.closed_cases else 1
    return RedirectResponse(f"/cases/{case_id}?filed={state}", 303)


def findings_of(form: FormData) -> list[FindingIn]:
    """The findings that a form marks; lines without a mark are left for later.

    Raises:
        BadSetting: nothing is marked, or a field cannot be read; names the line, not the value.
    """
    findings = []
    for name in form:
        number = name.removeprefix("finding-")
        if number == name:
            continue
        fields = {
            part: str(form.get(f"{part}-{number}", "")).strip()
            for part in ("claim", "line", "amount", "type", "item", "detail")
        }
        is_violating = form[name] == "violating"
        try:
            findings.append(
                FindingIn(
                    claim_id=fields["claim"],
                    line_number=int(fields["line"]),
                    finding=str(form[name]),  # type: ignore[arg-type]  # checked by the model
                    amount_yuan=(fields["amount"].replace(",", "") or "0") if is_violating else "0",
                    violation_type=(fields["type"] or None) if is_violating else None,
                    violation_item=(fields["item"] or None) if is_violating else None,
                    violation_detail=(fields["detail"] or None) if is_violating else None,
                )
            )
        except (ValidationError, ValueError):
            raise BadSetting(
                f"Line {len(findings) + 1} of the form cannot be read. Expected a finding and an amount in yuan with "
                "at most two decimals. Go back and correct it."
            ) from None
    if not findings:
        raise BadSetting("No line of the evidence is marked. Expected at least one finding. Go back and mark one.")
    return findings
