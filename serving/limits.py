"""Refuses bodies that are too large before anybody reads them, and sets the headers that protect the pages."""

from __future__ import annotations

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY_BYTES = 8 * 1024 * 1024
"""200 settlements of 100 lines at 400 bytes a line; a single one is a few kilobytes."""

TOO_LARGE = (
    f"The body is larger than {MOST_BODY_BYTES // 1024 // 1024} MB. Expected at most 200 settlements in one request. "
    "Send them in several requests."
)
HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    ),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


class Guarded:
    """ASGI layer around the whole app."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on unless its body is too large."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name for name, _ in HEADERS}
                kept = [pair for pair in message["headers"] if pair[0].lower() not in own]
                message["headers"] = [*kept, *HEADERS]
                if not scope["path"].startswith("/static"):
                    message["headers"].append((b"cache-control", b"no-store"))
            await send(message)

        body = await _read(scope, receive)
        if body is None:
            await _refuse(guarded)
            return
        await self.app(scope, _replay(body, receive), guarded)


async def _read(scope: Scope, receive: Receive) -> bytes | None:
    """The body, or None when it is longer than allowed, whatever its length header says."""
    length = dict(scope["headers"]).get(b"content-length", b"0")
    if not length.isdigit() or int(length) > MOST_BODY_BYTES:
        return None
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MOST_BODY_BYTES:
            return None
        if not message.get("more_body", False):
            break
    return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    is_given = False

    async def again() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _refuse(send: Send) -> None:
    body = {
        "type": "urn:yicha:TooLarge",
        "title": "Too large",
        "status": 413,
        "detail": TOO_LARGE,
        "places": None,
        "request_id": None,
    }
    headers = [(b"content-type", b"application/problem+json")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": orjson.dumps(body)})
