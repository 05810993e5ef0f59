"""A large store in minutes: a small city is imported once, and then copied side by side within PostgreSQL.

Each copy has its own patients, doctors, places, claims and boxes, and all copies interleave in recorded order, as many
towns of one area do. Items and their catalogue are shared. The city has four lines a claim where the fund has three, so
every third line of a claim is left out first, and whatever takes such a line back; totals are then what the lines add
up to.
"""

from __future__ import annotations

import psycopg

from claims.tables import (
    CLAIMS,
    DECLARATIONS,
    DEPARTMENT_SERVICES,
    DEPARTMENTS,
    DIAGNOSES,
    INSTITUTIONS,
    ITEM_MAPPINGS,
    LINES,
    PATIENTS,
    STAFF,
    Table,
)

COPIED = (
    PATIENTS, INSTITUTIONS, DEPARTMENTS, STAFF, DECLARATIONS, DEPARTMENT_SERVICES, ITEM_MAPPINGS, CLAIMS, LINES,
    DIAGNOSES,
)  # fmt: skip
OWN = {
    "claim_id", "visit_id", "reverses_claim_id", "patient_id", "institution_id", "doctor_id", "operating_doctor_id",
    "other_doctor_id", "department_id", "till_id", "staff_id", "line_id", "reverses_line_id", "prescription_id",
}  # fmt: skip
"""Columns in which every copy has names of its own."""


EVERY = 3
"""Which line of a claim is left out, and again after as many."""


def copy_city(connection: psycopg.Connection, copies: int) -> None:
    """Multiply what the store holds, with fewer lines; its indexes are made anew at the end."""
    connection.execute("SET LOCAL maintenance_work_mem = '1GB'")
    made_again = _drop_indexes(connection)
    connection.execute(
        f"DELETE FROM lines WHERE line_number % {EVERY} = 0 "
        f"OR reverses_line_id IN (SELECT line_id FROM lines WHERE line_number % {EVERY} = 0)"
    )
    connection.execute(
        "UPDATE claims c SET total_fen = b.fen FROM (SELECT claim_id, sum(amount_fen) AS fen FROM lines GROUP BY 1) b "
        "WHERE b.claim_id = c.claim_id"
    )
    for table in COPIED:
        connection.execute(f"CREATE TEMP TABLE base ON COMMIT DROP AS TABLE {table.name}")
        connection.execute(f"TRUNCATE {table.name}")
        _copy(connection, table, copies)
        connection.execute("DROP TABLE base")
    for statement in made_again:
        connection.execute(statement)
    connection.execute("SELECT setval('recorded_order', max(recorded_order)) FROM claims")
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE")
    connection.autocommit = False


def _copy(connection: psycopg.Connection, table: Table, copies: int) -> None:
    def chosen(name: str) -> str:
        if name == "recorded_order":
            return f"b.recorded_order * {copies} + k"
        if name == "trace_codes":
            return r"regexp_replace(b.trace_codes, '(\d+)', '\1' || lpad(k::text, 4, '0'), 'g')"
        return f"b.{name} || '-' || k" if name in OWN else f"b.{name}"

    order = {"claims": "recorded_order", "lines": "claim_id, line_number", "diagnoses": "claim_id, sequence"}
    rows = f"(SELECT * FROM base ORDER BY {order[table.name]})" if table.name in order else "base"
    connection.execute(
        f"INSERT INTO {table.name} ({', '.join(table.names)}) SELECT {', '.join(map(chosen, table.names))} "
        f"FROM {rows} b CROSS JOIN generate_series(0, {copies - 1}) k"
    )


def _drop_indexes(connection: psycopg.Connection) -> list[str]:
    """Drop keys, indexes and references of the copied tables; the statements that make them again."""
    names = [table.name for table in COPIED]
    constraints = connection.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = ANY(%s::regclass[]) AND contype IN ('p', 'u', 'f') ORDER BY contype = 'f'",
        (names,),
    ).fetchall()
    for table, name, _ in reversed(constraints):
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    indexes = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s)", (names,)
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    added = [f"ALTER TABLE {table} ADD CONSTRAINT {name} {text}" for table, name, text in constraints]
    return [*(text for text in added if "FOREIGN KEY" not in text), *(text for _, text in indexes),
            *(text for text in added if "FOREIGN KEY" in text)]  # fmt: skip
