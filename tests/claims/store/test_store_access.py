"""The embedded server lets in nobody without a password, and the service changes no ledger."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg import conninfo

from claims.errors import StoreDown
from claims.settings import Settings
from claims.store.connect import open_store
from claims.store.migrate import CHANGING, LEDGERS, REGISTERS, migrate


@pytest.mark.parametrize("role", ["postgres", "yicha_owner", "yicha_service"])
@pytest.mark.parametrize("password", [None, "", "made-up-guess"])
def test_no_role_logs_in_without_its_password(server, role, password):
    parts = conninfo.conninfo_to_dict(server.owner_url) | {"user": role, "password": password}
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(**{key: value for key, value in parts.items() if value is not None}, passfile="/dev/null")


def test_the_passwords_lie_in_a_file_that_only_its_owner_reads(server, server_folder):
    assert (server_folder / "postgres.secret").stat().st_mode & 0o777 == 0o600


def test_the_owner_is_no_superuser(server):
    with server.as_owner() as connection:
        rows = connection.execute("SELECT rolname FROM pg_roles WHERE rolsuper").fetchall()
    assert rows == [("postgres",)]


@pytest.mark.parametrize("table", LEDGERS)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = NULL", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_service_cannot_change_or_remove_a_ledgers_rows(store, table, statement):
    with store.as_owner() as connection:
        [(column,)] = connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s "
            "AND is_identity = 'NO' ORDER BY ordinal_position LIMIT 1",
            [table],
        ).fetchall()
    with store.as_service() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.format(table, column))


@pytest.mark.parametrize("table", [*LEDGERS, *CHANGING])
def test_the_service_may_read_and_add(store, table):
    with store.as_service() as connection:
        rights = connection.execute(
            "SELECT has_table_privilege(%s, 'SELECT'), has_table_privilege(%s, 'INSERT')", [table, table]
        ).fetchone()
    assert rights == (True, True)


@pytest.mark.parametrize("table", ["api_keys", "promotions", "rings", "node_columns", "knowledge", "store_facts"])
def test_what_decides_what_is_right_the_service_only_reads(store, table):
    with store.as_service() as connection:
        rights = connection.execute(
            "SELECT has_table_privilege(%s, 'SELECT'), has_table_privilege(%s, 'INSERT, UPDATE, DELETE')",
            [table, table],
        ).fetchone()
    assert rights == (True, False)


@pytest.mark.parametrize("table", REGISTERS, ids=lambda table: table.name)
def test_the_service_adds_to_registers_and_never_renames_or_removes(store, table):
    with store.as_service() as connection:
        rights = connection.execute(
            "SELECT has_table_privilege(%s, 'INSERT'), has_table_privilege(%s, 'UPDATE, DELETE, TRUNCATE')",
            [table.name, table.name],
        ).fetchone()
        changes = [name for name in table.names if _may_change(connection, table.name, name)]
    assert rights == (True, False)
    assert changes == [name for name in table.names if name not in table.key or name == "valid_from"]


def _may_change(connection, table, column):
    asked = "SELECT has_column_privilege(%s, %s, 'UPDATE')"
    return connection.execute(asked, [table, column]).fetchone()[0]


def test_processes_that_start_at_once_do_not_disturb_each_other(store):
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda _: migrate(store.owner_url), range(24)))


def test_the_service_makes_no_tables(store):
    with store.as_service() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE more (x int)")


def test_a_second_open_joins_the_same_server(server, server_folder):
    settings = Settings(server_folder, None, None, server_folder / "unused.key", "")
    again = open_store(settings)
    started = "SELECT pg_postmaster_start_time()"
    with server.as_owner() as one, again.as_owner() as other:
        assert one.execute(started).fetchone() == other.execute(started).fetchone()
    assert again == server


def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path):
    url = "host=127.0.0.1 port=1 dbname=yicha user=someone password=made-up-secret"
    with pytest.raises(StoreDown, match=r"127\.0\.0\.1:1/yicha as someone") as caught:
        open_store(Settings(tmp_path, url, None, tmp_path / "key", ""))
    assert "made-up-secret" not in str(caught.value)


def test_a_folder_that_cannot_be_used_says_what_to_do(tmp_path):
    (tmp_path / "postgres").write_text("a file stands where the folder should be")
    with pytest.raises(StoreDown, match="YICHA_DATABASE_URL"):
        open_store(Settings(tmp_path, None, None, tmp_path / "key", ""))
