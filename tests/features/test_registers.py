"""Register rows that a process keeps are never older than the register."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from claims.store.connect import Store
from features import registers
from features.context import read_context
from tests.features.made import DRUG_A, Line, Made, batch_of
from tests.features.reference import store_reference

ASKED = batch_of([Made("asking", "2025-01-01T10:00", 1, till="T1", lines=[Line(DRUG_A), Line("NEW")])])


@pytest.fixture
def connection(store: Store) -> Iterator[psycopg.Connection]:
    with store.as_owner() as made:
        store_reference(made)
        made.commit()
        yield made


@pytest.mark.parametrize(
    ("change", "table", "column", "value"),
    [
        ("UPDATE institutions SET kind = 'clinic' WHERE institution_id = 'i1'", "institutions", "kind", "clinic"),
        (
            "INSERT INTO catalogue (item_code, name, item_kind, is_resale_prone, valid_from) "
            "VALUES ('NEW', 'n', 'drug', true, '2020-01-01')",
            "catalogue",
            "name",
            "n",
        ),
        ("INSERT INTO staff VALUES ('i1', 'T1', 'till', NULL, '2020-01-01')", "staff", "staff_id", "T1"),
        ("INSERT INTO staff VALUES ('i9', 'd1', 'doctor', 'X', '2020-01-01')", "staff", "department_id", "X"),
        ("INSERT INTO departments VALUES ('i1', 'E1', NULL, '2020-01-01')", "departments", "department_id", "E1"),
        ("INSERT INTO declarations VALUES ('i1', 'tills', true, now())", "declarations", "register", "tills"),
    ],
)
def test_an_edited_register_is_seen_by_the_next_settlement(
    connection: psycopg.Connection, store: Store, change: str, table: str, column: str, value: str
) -> None:
    with store.as_service() as service:
        assert value not in _read(service, table, column)
        service.commit()
        connection.execute(change)
        assert value not in _read(service, table, column), "not committed yet"
        assert value in _read(connection, table, column), "its own change"
        connection.rollback()
        assert value not in _read(connection, table, column)
        connection.execute(change)
        connection.commit()
        assert value in _read(service, table, column)


def test_services_and_declarations_are_read_of_what_the_batch_rests_on(connection: psycopg.Connection) -> None:
    connection.execute(
        "INSERT INTO department_services SELECT place, 'a', item, '2020-01-01'"
        f" FROM unnest(ARRAY['i1', 'i2']) place, unnest(ARRAY['{DRUG_A}', 'OTHER']) item"
    )
    connection.execute("INSERT INTO staff VALUES ('i9', 'd1', 'doctor', NULL, '2010-01-01', '2012-01-01')")
    connection.execute(
        "INSERT INTO declarations SELECT place, 'doctors', true, now() FROM unnest(ARRAY['i1','i8','i9']) place"
    )
    asked = batch_of([Made("asking", "2025-01-01T10:00", 1, lines=[Line(DRUG_A, kind="service")])])
    read = read_context(connection, asked)
    assert read.department_services is not None
    assert read.declarations is not None
    assert read.department_services["institution_id"].tolist() == ["i1"]
    assert read.department_services["item_code"].tolist() == [DRUG_A]
    assert read.declarations["institution_id"].tolist() == ["i1", "i9"], "his other register is asked too"


def test_rows_of_an_emptied_register_are_gone(connection: psycopg.Connection) -> None:
    assert _read(connection, "institutions", "institution_id")
    connection.execute("TRUNCATE institutions")
    assert not _read(connection, "institutions", "institution_id")


def test_known_keys_are_not_asked_again_and_unknown_ones_are(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    _read(connection, "catalogue", "item_code")
    asked: list[object] = []
    plain = registers.read_few
    monkeypatch.setattr(registers, "read_few", lambda *these: asked.append(these[-1]) or plain(*these))
    _read(connection, "catalogue", "item_code")
    assert asked == []
    other = batch_of([Made("other", "2025-01-01T10:00", 1, till="T1", lines=[Line(DRUG_A), Line("OTHER")])])
    read_context(connection, other)
    assert asked == [(["OTHER"],)] * 2, "once of the catalogue, once of the knowledge tables"


def test_a_process_does_not_keep_rows_without_end(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registers, "MOST_KEPT", 3)
    for number in range(20):
        code = f"X{number}"
        made = batch_of([Made("asking", "2025-01-01T10:00", 1, lines=[Line(DRUG_A), Line(code)])])
        assert read_context(connection, made).catalogue["item_code"].tolist() == [DRUG_A, DRUG_A]


def _read(connection: psycopg.Connection, table: str, column: str) -> list[object]:
    found: list[object] = getattr(read_context(connection, ASKED), table)[column].tolist()
    return found
