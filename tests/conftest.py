"""Shared by all tests: one embedded PostgreSQL for the run, and a fresh database for each test that asks."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings as hypothesis_settings
from psycopg import conninfo, sql

from claims.settings import Settings
from claims.store.connect import Store, open_store
from claims.store.embedded import OWNER, stop_embedded
from claims.store.view_tables import ROLE

NOT_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
"""Switched off: what a test wrote need not outlive a power cut."""

hypothesis_settings.register_profile("the same examples each run", derandomize=True)
if "YICHA_TEST_EXAMPLES" not in os.environ:  # who asks for a number of examples asks for new ones
    hypothesis_settings.load_profile("the same examples each run")

_numbers = itertools.count()


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """The data folder of the run's embedded server, removed at the end.

    It is not under pytest's folder: the server's own user must be able to enter it, and another run of pytest on this
    machine clears pytest's old folders.
    """
    folder = Path(tempfile.mkdtemp(prefix="yicha-tests-"))
    folder.chmod(0o755)
    yield folder / "data"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server(server_folder: Path) -> Iterator[Store]:
    """The run's embedded server; its database stays empty and serves as the template of the others."""
    store = open_store(settings_in(server_folder.parent))
    yield store
    stop_embedded(server_folder)


@pytest.fixture(scope="session")
def administrator(server: Store, server_folder: Path) -> str:
    """The address of the superuser of the run's server, whose first act is to make the server quick."""
    password = json.loads((server_folder / "postgres.secret").read_text(encoding="utf-8"))["postgres"]
    url = conninfo.make_conninfo(server.owner_url, dbname="template1", user="postgres", password=password)
    with psycopg.connect(url, autocommit=True) as connection:
        for name in NOT_DURABLE:
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(name)))
        connection.execute("SELECT pg_reload_conf()")
    return url


@pytest.fixture
def reading_role(administrator: str) -> str:
    """The role as which notebooks read, made as an administrator of another server would."""
    role, owner = sql.Identifier(ROLE), sql.Identifier(OWNER)
    with psycopg.connect(administrator, autocommit=True) as connection:
        if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone() is None:
            connection.execute(sql.SQL("CREATE ROLE {}").format(role))
        connection.execute(sql.SQL("GRANT {} TO {}").format(role, owner))
    return ROLE


def settings_in(folder: Path) -> Settings:
    """Settings that write nothing outside `folder`."""
    return Settings(
        data_folder=folder / "data",
        database_url=None,
        service_database_url=None,
        key_file=folder / "keys" / "pseudonym.key",
        tracking_uri=f"sqlite:///{folder / 'mlflow.db'}",
    )


@pytest.fixture
def store(server: Store, administrator: str) -> Iterator[Store]:
    """A store with current tables and no rows.

    The superuser drops it: the server's own housekeeping may be at work in it, and the owner may not end that.
    """
    name = f"test_{next(_numbers)}"
    with psycopg.connect(_with_database(server.owner_url, "template1"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE yicha STRATEGY FILE_COPY").format(sql.Identifier(name)))
    yield Store(_with_database(server.owner_url, name), _with_database(server.service_url, name))
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _with_database(url: str, name: str) -> str:
    return conninfo.make_conninfo(url, dbname=name)
