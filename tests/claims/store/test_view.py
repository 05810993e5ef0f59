"""What a notebook sees: ids of its own, no name and no day of birth, and no way to write or to look behind."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import psycopg
import pytest
from psycopg import conninfo, sql
from psycopg.types.json import Jsonb

from claims.errors import BadSetting, NotBuilt
from claims.settings import Settings
from claims.store import view as view_module
from claims.store.columns import read_batch
from claims.store.connect import Store
from claims.store.view import keyed_as, open_view, prepare_view
from claims.store.view_tables import KEYED, OTHERS, ROLE, SCHEMA, SHOWN, views
from claims.tables import KNOWLEDGE, TABLES, Kind, Table
from tests.conftest import settings_in

SCIENTIST = "made_up_scientist"
FIXED = {
    "kind": {"claims": "settlement"},
    "finding": {"verdicts": "violating"},
}
"""Texts that the store checks."""


@pytest.fixture
def settings(store: Store, tmp_path: Path, reading_role: str) -> Settings:
    """Of a store in which every text says which column it is."""
    with store.as_owner() as connection:
        for table in TABLES:
            _fill(connection, table)
        connection.execute("INSERT INTO snapshots VALUES ('night-1', now(), now(), 'f')")
        connection.execute(
            "INSERT INTO rings VALUES ('ring:1', 'night-1', 'card_collectors', 0.9, '{claims:patient_id}', 3, 100,"
            " '{claims:claim_id}', %s)",
            [Jsonb({"institutions": ["claims:institution_id"], "grounds": {"a": 1}, "says_en": "x", "says_zh": "x"})],
        )
        connection.execute("INSERT INTO node_columns VALUES ('patient', 'claims:patient_id', now(), 'night-1', '{1}')")
        told = Jsonb([{"code": "A", "grade": "definite", "says_en": "claims:doctor_id did it", "kind": "rule"}])
        connection.execute(
            "INSERT INTO decisions (recorded_order, claim_id, body_fingerprint, action, money_at_stake_fen,"
            " feature_set, features, rule_hits, reasons, answer, is_batch, latency_microseconds)"
            " VALUES (1, 'claims:claim_id', 'b', 'pass', 0, 'f', '', %s, %s, %s, true, 1)",
            [told, told, Jsonb({"settlement_id": "claims:claim_id"})],
        )
        connection.execute(
            "INSERT INTO promotions (subject, alias, bundle_path, bundle_fingerprint, run_id, version, promoted_by,"
            " why) VALUES ('claim', 'champion', 'p', 'f', 'r', '1', 'staff:name', 'staff:name said so')"
        )
    return replace(settings_in(tmp_path), database_url=store.owner_url)


def _fill(connection: psycopg.Connection, table: Table) -> None:
    """One row with a value in every column; texts name their table and column."""
    values = {}
    for column in table.columns:
        text = FIXED.get(column.name, {}).get(table.name, f"{table.name}:{column.name}")
        if column.name in ("claim_id", "patient_id", "verdict_id"):
            text = {"claim_id": "claims:claim_id", "patient_id": "claims:patient_id"}.get(column.name, text)
        values[column.name] = {
            Kind.TEXT: text,
            Kind.FLAG: True,
            Kind.TIME: "2025-03-04T05:06:07Z",
            Kind.DATE: "2025-03-04",
        }.get(column.kind, 1)
    names = sql.SQL(", ").join(map(sql.Identifier, values))
    marks = sql.SQL(", ").join(sql.Placeholder() * len(values))
    query = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(table.name), names, marks)
    connection.execute(query, list(values.values()))


@pytest.fixture
def view(settings: Settings) -> Iterator[psycopg.Connection]:
    connection = open_view(settings)
    yield connection
    connection.close()


def everything(view: psycopg.Connection) -> str:
    """All rows of all views, as text."""
    pieces = []
    for name, _ in views():
        with view.cursor().copy(f"COPY (SELECT * FROM {name}) TO STDOUT (FORMAT csv)") as copy:
            pieces += [bytes(block).decode() for block in copy]
    return "\n".join(pieces)


def test_no_id_and_no_name_of_the_store_is_in_what_the_view_gives(view: psycopg.Connection) -> None:
    seen = everything(view)
    for table in TABLES:
        for column in table.columns:
            is_shown = column.kind is not Kind.TEXT or column.name in SHOWN[table.name]
            assert is_shown or f"{table.name}:{column.name}" not in seen, f"{table.name}.{column.name}"
    assert "lines:item_code" in seen
    assert "staff:name" not in seen
    assert "ring:1" not in seen


def test_what_hides_in_rings_and_decisions_is_not_seen_either(view: psycopg.Connection) -> None:
    ((members, evidence, details),) = view.execute("SELECT members, evidence_claims, details FROM rings").fetchall()
    ((claim, patient),) = view.execute("SELECT claim_id, patient_id FROM claims").fetchall()
    assert (members, evidence) == ([patient], [claim])
    assert "institutions" not in details
    ((hits, reasons),) = view.execute("SELECT rule_hits, reasons FROM decisions").fetchall()
    assert hits == [{"code": "A", "grade": "definite", "amount_yuan": None, "line_number": None}]
    assert "says_en" not in reasons[0]


def test_ids_still_join_and_a_day_of_birth_is_a_year(view: psycopg.Connection) -> None:
    batch = read_batch(view)
    assert len(batch) == 1
    assert len(batch.lines["claim_id"]) == 1
    ((born, died, name),) = view.execute(
        "SELECT born_on, died_on, i.name FROM patients JOIN claims USING (patient_id) LEFT JOIN institutions i ON true"
    ).fetchall()
    assert (born, died, name) == (date(2025, 7, 1), date(2025, 3, 31), None)


def test_two_sessions_give_other_ids_unless_they_share_a_name(settings: Settings) -> None:
    ids = []
    for session in (None, None, "shared", "shared"):
        with open_view(settings, session) as connection:
            ids += [row[0] for row in connection.execute("SELECT patient_id FROM claims")]
    assert len(set(ids)) == 3
    assert ids[2] == ids[3]
    with pytest.raises(BadSetting, match="letters"):
        open_view(settings, "x -c role=postgres")


WRITES = (
    "INSERT INTO claims (recorded_order) VALUES (1)",
    "UPDATE patients SET sex = '1'",
    "DELETE FROM verdicts",
    "DELETE FROM snapshots",
    "UPDATE store_facts SET value = ''",
    "CREATE TABLE mine (a int)",
    f"CREATE TABLE {SCHEMA}.mine (a int)",
    "DELETE FROM public.claims",
    "TRUNCATE public.claims",
    "INSERT INTO public.verdicts SELECT * FROM verdicts",
)
LOOKS = (
    "SELECT patient_id FROM public.claims",
    f"SELECT * FROM {SCHEMA}.master",
    f"SELECT * FROM {SCHEMA}.session_key",
    "SELECT key_hash FROM public.api_keys",
    "SELECT packed FROM public.patient_pasts",
    "SELECT pg_read_file('PG_VERSION')",
)


def test_the_view_cannot_write_and_cannot_look_behind(view: psycopg.Connection) -> None:
    for statement in (*WRITES, *LOOKS):
        _is_denied(view, statement)


def test_resetting_the_role_brings_nothing_back(view: psycopg.Connection) -> None:
    view.execute("RESET ALL")
    view.execute("RESET ROLE")
    view.commit()
    _is_denied(view, "SELECT patient_id FROM public.claims")


def _is_denied(view: psycopg.Connection, statement: str) -> None:
    with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidSchemaName)):
        view.execute(statement.encode())
    view.rollback()


@pytest.fixture
def scientist(settings: Settings, administrator: str) -> Iterator[Settings]:
    """A login of its own that has nothing but the reading role."""
    named, role = sql.Identifier(SCIENTIST), sql.Identifier(ROLE)
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'made-up' IN ROLE {}").format(named, role))
    own = conninfo.make_conninfo(str(settings.database_url), user=SCIENTIST, password="made-up")
    yield replace(settings, database_url=own)
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP ROLE {}").format(named))


def test_who_has_only_the_reading_role_reads_what_the_owner_prepared(settings: Settings, scientist: Settings) -> None:
    with pytest.raises(NotBuilt, match="yicha lab --prepare"):
        open_view(scientist)
    prepare_view(settings)
    with open_view(scientist) as connection:
        assert len(read_batch(connection)) == 1
        connection.execute("SET ROLE NONE")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT patient_id FROM public.claims")


def test_a_server_without_the_role_is_told_how_to_make_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view_module, "ROLE", "yicha_nobody")
    with pytest.raises(BadSetting, match="CREATE ROLE yicha_nobody"):
        open_view(settings)


def test_a_judge_learns_what_ids_are_called_and_a_reader_does_not(
    settings: Settings, store: Store, view: psycopg.Connection
) -> None:
    with store.as_owner() as owner:
        named = keyed_as(view, owner, ["claims:claim_id"])
    assert [(named["claims:claim_id"],)] == view.execute("SELECT claim_id FROM claims").fetchall()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        keyed_as(view, view, ["claims:claim_id"])


@pytest.mark.parametrize("table", [*TABLES, KNOWLEDGE], ids=lambda table: table.name)
def test_every_text_is_keyed_shown_or_hidden_and_none_is_two_of_these(table: Table) -> None:
    texts = {column.name for column in table.columns if column.kind is Kind.TEXT}
    shown = set(SHOWN[table.name])
    assert shown <= texts
    assert not shown & KEYED


def test_the_views_have_the_columns_that_are_read(view: psycopg.Connection) -> None:
    for table in (*TABLES, KNOWLEDGE):
        found = view.execute(f"SELECT * FROM {table.name}".encode()).description
        assert [column.name for column in found or ()] == list(table.names)
    assert set(OTHERS).isdisjoint(table.name for table in TABLES)
    assert list(csv.reader(io.StringIO(everything(view))))
