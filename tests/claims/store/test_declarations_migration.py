"""What an institution had declared of all its registers at once is kept when each gets its own declaration."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy
from alembic import command
from alembic.config import Config

from claims.store import migrate as migrations
from claims.store.connect import Store

PLACES = "(VALUES ('H1', true, '2026-01-05 08:00+08'), ('H2', false, '2026-01-04 08:00+08'), ('H3', false, NULL))"
COLUMNS = "p.column1, 'n', 'hospital', NULL, NULL, p.column2, p.column3::timestamptz"
TO_0017, TO_0019 = (lambda config: command.downgrade(config, "0017")), (lambda config: command.upgrade(config, "0019"))


@pytest.fixture
def owner(store: Store) -> sqlalchemy.Engine:
    parts = migrations.conninfo.conninfo_to_dict(store.owner_url)
    url = sqlalchemy.URL.create("postgresql+psycopg", query={key: str(value) for key, value in parts.items()})
    return sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)


def moved(connection: sqlalchemy.Connection, step: object) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    assert callable(step)
    step(config)


def test_a_declaration_holds_for_each_register_that_there_was(owner: sqlalchemy.Engine) -> None:
    with owner.begin() as connection:
        moved(connection, TO_0017)
        run = connection.exec_driver_sql
        run(f"INSERT INTO institutions SELECT {COLUMNS} FROM {PLACES} p")
        run("INSERT INTO departments VALUES ('H1', 'A', 'n', '2020-01-01', NULL)")
        moved(connection, TO_0019)
        found = run(
            "SELECT institution_id, is_complete, array_agg(register ORDER BY register), count(DISTINCT confirmed_at)"
            " FROM declarations GROUP BY 1, 2 ORDER BY 1"
        ).fetchall()
        registers = ["departments", "doctors", "pharmacists", "tills"]
        assert [tuple(row) for row in found] == [("H1", True, registers, 1), ("H2", False, registers, 1)]
        assert run("SELECT count(*) FROM departments").scalar() == 1


def test_the_way_back_believes_the_least_of_what_was_declared(owner: sqlalchemy.Engine) -> None:
    with owner.begin() as connection:
        run = connection.exec_driver_sql
        run("INSERT INTO institutions VALUES ('H1', 'n', 'hospital', NULL, NULL), ('H2', 'n', 'clinic', NULL, NULL)")
        run(
            "INSERT INTO declarations VALUES ('H1', 'doctors', true, '2026-01-05'),"
            " ('H1', 'tills', false, '2026-01-04')"
        )
        run("INSERT INTO departments VALUES ('H1', 'A', 'old', '2020-01-01', '2020-12-31'), "
            "('H1', 'A', 'new', '2022-01-01', NULL)")  # fmt: skip
        moved(connection, TO_0017)
        kept = run("SELECT institution_id, register_is_complete, register_confirmed_at::date::text FROM institutions")
        assert sorted(tuple(row) for row in kept) == [("H1", False, "2026-01-04"), ("H2", False, None)]
        assert run("SELECT name FROM departments").scalars().all() == ["new"]
