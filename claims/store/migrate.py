"""Brings the tables up to date and gives the service role its rights."""

from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import conninfo

from claims.store.embedded import SERVICE
from claims.store.view_tables import SCHEMA
from claims.tables import (
    AGREEMENTS,
    CATALOGUE,
    DECLARATIONS,
    DEPARTMENT_SERVICES,
    DEPARTMENTS,
    INSTITUTIONS,
    ITEM_MAPPINGS,
    STAFF,
)

LEDGERS = (
    *("claims", "lines", "diagnoses", "verdicts", "decisions", "advice", "patients", "stock"),
    *("national_messages", "national_visits", "national_lines", "national_lines_ended"),
    *("reminders", "dispositions", "confirmations"),
    *("rule_proposals", "rule_changes", "rule_sets", "rule_counts"),
    *("shadow_scores", "subject_scorings", "subject_scores"),
)
"""Tables to which the service may add and in which it may change nothing."""

CHANGING = ("cases", "evidence", "feature_tiles", "patient_pasts", "rule_backtests")
"""Tables whose rows it may also change."""

REGISTERS = (
    *(INSTITUTIONS, DECLARATIONS, DEPARTMENTS, DEPARTMENT_SERVICES),
    *(STAFF, CATALOGUE, AGREEMENTS, ITEM_MAPPINGS),
)
"""What supervisors correct through the service: it adds entries and changes columns, but never whom an entry names, and
removes nothing. The tables' triggers write each change into `register_changes`. That and all other tables the service
only reads: it makes no keys, promotes nothing, links nobody.
"""


def migrate(owner_url: str) -> None:
    """Run the missing migrations as the owner; does nothing when the tables are current.

    Args:
        owner_url: psycopg connection string of a role that owns the database.
    """
    parts = conninfo.conninfo_to_dict(owner_url)
    url = sqlalchemy.URL.create("postgresql+psycopg", query={key: str(value) for key, value in parts.items()})
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.begin() as connection:
        # Workers and commands that start at once would get into each other's way.
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('yicha migrate'))")
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        if MigrationContext.configure(connection).get_current_heads() != (_newest(config),):
            # Views for notebooks would hold columns fast that a migration changes; they are made again when asked for.
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        command.upgrade(config, "head")
        connection.exec_driver_sql(
            "INSERT INTO store_facts VALUES ('store_id', gen_random_uuid()::text) ON CONFLICT DO NOTHING"
        )
        _grant(connection)
    engine.dispose()


def _newest(config: Config) -> str | None:
    newest: str | None = ScriptDirectory.from_config(config).get_current_head()
    return newest


def _grant(connection: sqlalchemy.Connection) -> None:
    has_role = connection.exec_driver_sql("SELECT 1 FROM pg_roles WHERE rolname = %s", (SERVICE,)).scalar()
    if not has_role:  # an outside server whose administrator made no second role
        return
    connection.exec_driver_sql(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {SERVICE}")
    connection.exec_driver_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {SERVICE}")
    connection.exec_driver_sql(f"GRANT INSERT ON {', '.join(LEDGERS + CHANGING)} TO {SERVICE}")
    connection.exec_driver_sql(f"GRANT UPDATE ON {', '.join(CHANGING)} TO {SERVICE}")
    for table in REGISTERS:
        names = ", ".join(name for name in table.names if name not in table.key or name == "valid_from")
        connection.exec_driver_sql(f"GRANT INSERT, UPDATE ({names}) ON {table.name} TO {SERVICE}")
    connection.exec_driver_sql(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {SERVICE}")
