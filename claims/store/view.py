"""Opens the store as a notebook may see it: read-only, every id keyed again, no name, no day of birth.

The reading role has rights on nothing but the views of `view_tables`. A key that nobody can read and the name of the
session make the ids, so that what one session saw can be joined neither with another nor with the settlement side. It
stays personal data: times and amounts are exact, because features and links live on them, and whoever holds the claims
themselves can find a claim again by these.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable

import psycopg
from psycopg import conninfo

from claims.errors import BadSetting, NotBuilt, StoreDown
from claims.settings import Settings
from claims.store.connect import connect, open_store
from claims.store.embedded import make_reading_role
from claims.store.view_tables import ROLE, SCHEMA, SESSION, keyed, views

_OWNS = "SELECT pg_has_role((SELECT relowner FROM pg_class WHERE oid = to_regclass('public.claims')), 'USAGE')"
_KEY = f"SELECT sha256(key || convert_to(current_setting('{SESSION}'), 'UTF8')) AS key FROM {SCHEMA}.master"
_PLANNED = "-c enable_nestloop=off -c work_mem=128MB"
"""The server has no statistics of ids that a view makes: it would think them few, and make each anew for each row."""

_SESSION_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")


def open_view(settings: Settings, session: str | None = None) -> psycopg.Connection:
    """A new connection that reads what notebooks may see, and changes nothing; the caller closes it.

    All that reads the store works with it. Rules see less: a person's age is known to half a year, a day of death to
    the month.

    Args:
        settings: of the store. The address may be the owner's, whose rights are then given up, or that of a login that
            has only the reading role: such a login cannot get them back.
        session: sessions of one name give the same ids; a random name if None.

    Raises:
        StoreDown: nobody answers.
        BadSetting: the server has no reading role, or the name of the session has other characters than letters,
            digits and hyphens.
        NotBuilt: the login may only read, and the owner has not prepared the views of this version.
    """
    name = secrets.token_hex(16) if session is None else session
    if not _SESSION_NAME.fullmatch(name):
        raise BadSetting(
            "The name of the session is not usable. Expected 1 to 64 letters, digits and hyphens. Give another one."
        )
    url = prepare_view(settings)
    own = conninfo.conninfo_to_dict(url).get("options", "")
    return connect(
        conninfo.make_conninfo(
            url, options=f"{own} {_PLANNED} -c search_path={SCHEMA} -c role={ROLE} -c {SESSION}={name}"
        )
    )


def prepare_view(settings: Settings) -> str:
    """Bring the views up to date, as far as this login may, and give the address to connect to.

    Raises:
        StoreDown, BadSetting, NotBuilt: as in `open_view`.
    """
    if settings.database_url is None:
        url = open_store(settings).owner_url
        make_reading_role(settings.data_folder, ROLE)
    else:
        url = settings.database_url
        with connect(url) as connection:
            owns = _asked(connection, _OWNS)
        if owns is not False:
            open_store(settings)
    with connect(url) as connection:
        if _asked(connection, "SELECT count(*) FROM pg_roles WHERE rolname = %s", ROLE) == 0:
            raise BadSetting(
                f"The database server has no role {ROLE}, as which notebooks read. Expected one that owns nothing. Let "
                f"its administrator run: CREATE ROLE {ROLE}; GRANT {ROLE} TO the owner of the database."
            )
        _bring_up_to_date(connection)
    return url


def keyed_as(view: psycopg.Connection, owner: psycopg.Connection, ids: Iterable[str]) -> dict[str, str]:
    """What the store's ids are called in a view: for judges, who know the truth of a made-up city by these.

    Args:
        view: of `open_view`.
        owner: a connection of the store's owner.
        ids: of any kind.
    """
    owner.execute("SELECT set_config(%s, %s, true)", [SESSION, _asked(view, f"SHOW {SESSION}")])
    rows = owner.execute(f"SELECT one, {keyed('one')} FROM unnest(%s::text[]) one", [sorted(set(ids))])
    return dict(rows.fetchall())


def _bring_up_to_date(connection: psycopg.Connection) -> None:
    wanted = hashlib.sha256(repr([_KEY, *views()]).encode()).hexdigest()
    if _described(connection) == wanted:
        return
    if not _asked(connection, _OWNS):
        raise NotBuilt(
            "The views for notebooks are not there, or of another version. Expected those of this program. Let the "
            "owner of the database run yicha lab --prepare."
        )
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('yicha notebook'))")
    if _described(connection) == wanted:  # somebody else was quicker
        return
    try:
        connection.execute("SET LOCAL lock_timeout = '5s'")
        _make(connection, wanted)
    except psycopg.errors.LockNotAvailable as error:
        raise StoreDown(
            "The views for notebooks are of another version, and an open notebook holds them. Expected nobody to read "
            "them while they are renewed. Shut its kernel down and try again."
        ) from error


def _make(connection: psycopg.Connection, described: str) -> None:
    connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    connection.execute(f"CREATE SCHEMA {SCHEMA}")
    connection.execute(f"CREATE TABLE {SCHEMA}.master (key bytea NOT NULL)")
    connection.execute(f"INSERT INTO {SCHEMA}.master VALUES (%s)", [secrets.token_bytes(32)])
    connection.execute(f"CREATE VIEW {SCHEMA}.session_key AS {_KEY}")
    connection.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {ROLE}")
    for name, query in views():
        connection.execute(f"CREATE VIEW {SCHEMA}.{name} AS {query}".encode())
        connection.execute(f"GRANT SELECT ON {SCHEMA}.{name} TO {ROLE}")
    connection.execute(f"COMMENT ON SCHEMA {SCHEMA} IS '{described}'")


def _described(connection: psycopg.Connection) -> object:
    return _asked(connection, "SELECT obj_description(to_regnamespace(%s), 'pg_namespace')", SCHEMA)


def _asked(connection: psycopg.Connection, query: str, *values: str) -> object:
    row = connection.execute(query.encode(), values or None).fetchone()
    return row[0] if row else None
