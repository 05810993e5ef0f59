"""API keys: 32 random bytes shown once; the store keeps a hash, so a stolen database opens nothing."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

import psycopg

from claims.errors import BadSetting, NotFound

INSTITUTION = "institution"
ROLES = ("settlement", "reviewer", "supervisor", "analyst", INSTITUTION)
PREFIX = "yicha"
SECRET_BYTES = 32


@dataclass(frozen=True)
class Holder:
    """Who called: the key's id, its holder's name at the agency or the calling system, and the role.

    Attributes:
        institution_id: the one institution that a key of the role `institution` speaks for; None for the others.
    """

    key_id: str
    name: str
    role: str
    institution_id: str | None = None


@dataclass(frozen=True)
class KeyRow:
    """One key as it is listed; the secret is not known any more."""

    key_id: str
    holder: str
    role: str
    made_at: datetime
    revoked_at: datetime | None
    institution_id: str | None


def make_key(connection: psycopg.Connection, holder: str, role: str, institution_id: str | None = None) -> str:
    """Make a key and return it; it cannot be shown again. The transaction is the caller's.

    Args:
        connection: the owner's.
        holder: the calling system, or the person's name at the agency.
        role: one of ROLES.
        institution_id: whom a key of the role `institution` speaks for; None for the others.

    Raises:
        BadSetting: the role is unknown, the holder has no name, or the institution is missing or out of place.
        NotFound: there is no such institution.
    """
    if role not in ROLES:
        raise BadSetting(
            f"There is no role {role!r}. Expected one of {', '.join(ROLES)}. Name one of them with --role."
        )
    if not holder.strip():
        raise BadSetting("The key has no holder. Expected the name of the system or reviewer. Name it with --holder.")
    if (role == INSTITUTION) != (institution_id is not None):
        raise BadSetting(
            f"A key of role {role} was to be made {'without' if institution_id is None else 'with'} an institution. "
            "Expected one for the role institution and none for the others. Use --institution so."
        )
    known = "SELECT FROM institutions WHERE institution_id = %s"
    if institution_id is not None and not connection.execute(known, [institution_id]).rowcount:
        raise NotFound(
            f"There is no institution {institution_id[:64]!r}. Expected a registered one. Look it up with "
            "`yicha registers search institutions`."
        )
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(SECRET_BYTES)
    connection.execute(
        "INSERT INTO api_keys (key_id, holder, role, key_hash, institution_id) VALUES (%s, %s, %s, %s, %s)",
        [key_id, holder.strip(), role, _hash(secret), institution_id],
    )
    return f"{PREFIX}_{key_id}_{secret}"


def _hash(secret: str) -> str:
    # One round is enough: 256 random bits cannot be guessed, unlike a password.
    return hashlib.sha256(secret.encode()).hexdigest()


def holder_of(connection: psycopg.Connection, key: str) -> Holder | None:
    """Whom the key belongs to; None when it is malformed, unknown, wrong or revoked."""
    prefix, _, rest = key.partition("_")
    key_id, _, secret = rest.partition("_")
    if prefix != PREFIX or not key.isascii() or "\0" in key:
        return None
    row = connection.execute(
        "SELECT key_hash, holder, role, institution_id FROM api_keys WHERE key_id = %s AND revoked_at IS NULL", [key_id]
    ).fetchone()
    known_hash = row[0] if row else "0" * 64
    is_right = hmac.compare_digest(known_hash, _hash(secret))
    return Holder(key_id, *row[1:]) if row and is_right else None


def standing_holder(connection: psycopg.Connection, key_id: str) -> Holder | None:
    """The holder of a key that is not revoked, for sessions that were opened with it."""
    row = connection.execute(
        "SELECT holder, role, institution_id FROM api_keys WHERE key_id = %s AND revoked_at IS NULL", [key_id]
    ).fetchone()
    return Holder(key_id, *row) if row else None


def list_keys(connection: psycopg.Connection) -> list[KeyRow]:
    """All keys, newest first."""
    rows = connection.execute(
        "SELECT key_id, holder, role, made_at, revoked_at, institution_id FROM api_keys ORDER BY made_at DESC, key_id"
    )
    return [KeyRow(*row) for row in rows]


def revoke_key(connection: psycopg.Connection, key_id: str) -> None:
    """Make a key useless from now on; the transaction is the caller's.

    Raises:
        NotFound: no standing key has this id.
    """
    done = connection.execute(
        "UPDATE api_keys SET revoked_at = now() WHERE key_id = %s AND revoked_at IS NULL", [key_id]
    )
    if not done.rowcount:
        raise NotFound(f"There is no standing key {key_id!r}. Expected an id from `yicha keys list`. Look it up there.")
