"""Who calls and what they may do: API keys for machines, a signed session cookie for people."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from audit.keys import Holder, holder_of, standing_holder
from claims.errors import Refused
from serving.errors import NotAuthenticated

COOKIE = "yicha_session"
SESSION_SECONDS = 8 * 3_600
"""A working day; then the reviewer signs in again."""

REVIEWING = ("reviewer", "supervisor")

bearer_key = HTTPBearer(auto_error=False, description="an API key of `yicha keys make`")
header_key = APIKeyHeader(name="X-API-Key", auto_error=False)


def session_secret(data_folder: Path) -> bytes:
    """The secret that signs session cookies: one file per installation, readable by its owner only."""
    data_folder.mkdir(parents=True, exist_ok=True)
    file = data_folder / "session.secret"
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_secret(file)
    with os.fdopen(descriptor, "wb") as out:
        out.write(secrets.token_bytes(32))
    return _read_secret(file)


def _read_secret(file: Path) -> bytes:
    for _ in range(50):  # another worker may have made the file an instant ago and not written it yet
        secret = file.read_bytes()
        if len(secret) == 32:
            return secret
        time.sleep(0.02)
    raise Refused(f"{file.name} is damaged. Expected 32 bytes. Remove it; everybody then signs in again.")


def sign(secret: bytes, text: str) -> str:
    """The signature of a text."""
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


def session_cookie(secret: bytes, key_id: str, now: float) -> str:
    """A cookie that says who signed in and until when."""
    text = f"{key_id}.{int(now) + SESSION_SECONDS}"
    return f"{text}.{sign(secret, 'session:' + text)}"


def key_id_of(secret: bytes, cookie: str, now: float) -> str | None:
    """The key that opened a session; None when the cookie is forged or has ended."""
    text, _, signature = cookie.rpartition(".")
    if not hmac.compare_digest(sign(secret, "session:" + text).encode(), signature.encode()):
        return None
    key_id, _, until = text.partition(".")
    return key_id if until.isdigit() and int(until) > now else None


def form_token(secret: bytes, cookie: str) -> str:
    """What every form of a session carries, so that another site cannot file it."""
    return sign(secret, "form:" + cookie)


def key_holder(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer_key)],
    header: Annotated[str | None, Depends(header_key)],
) -> Holder:
    """The holder of the key that the request carries.

    Raises:
        NotAuthenticated: no key, or one that opens nothing.
    """
    key = bearer.credentials if bearer else header
    if not key:
        raise NotAuthenticated(
            "The request carries no API key. Expected the header `Authorization: Bearer <key>` or `X-API-Key`. "
            "Ask the operators for a key (`yicha keys make`)."
        )
    with request.app.state.service.pool.connection() as connection:
        holder = holder_of(connection, key)
    if holder is None:
        raise NotAuthenticated(
            "The API key is unknown or revoked. Expected a standing key. Ask the operators for a new one."
        )
    return holder


def holder_with(*roles: str) -> Callable[[Holder], Holder]:
    """A dependency: the holder, if their role is one of `roles`."""

    def check(holder: Annotated[Holder, Depends(key_holder)]) -> Holder:
        if holder.role not in roles:
            raise Refused(
                f"A key of role {holder.role} may not do this. Expected the role {' or '.join(roles)}. Use such a key."
            )
        return holder

    return check


SettlementKey = Annotated[Holder, Depends(holder_with("settlement"))]
ReviewerKey = Annotated[Holder, Depends(holder_with(*REVIEWING))]


def session_holder(request: Request) -> Holder | None:
    """Who is signed in on the web, if anybody; a revoked key ends its sessions at once."""
    service = request.app.state.service
    cookie = request.cookies.get(COOKIE, "")
    key_id = key_id_of(service.secret, cookie, time.time())
    if key_id is None:
        return None
    with service.pool.connection() as connection:
        holder = standing_holder(connection, key_id)
    return holder if holder and holder.role in REVIEWING else None
