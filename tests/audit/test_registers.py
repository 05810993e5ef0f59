"""Registers are changed by checked steps, each of which stands in the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

from audit.registers import edit
from audit.registers.confirm import confirm
from audit.registers.known import REGISTERS, Register, register_named
from audit.registers.ledger import history, imports, written_down
from audit.registers.search import Filters, search
from audit.registers.values import edge_name
from audit.registers.words import COLUMN_WORDS, REGISTER_WORDS
from claims.errors import BadSetting, Conflict, NotFound, YichaError
from claims.store.connect import Store

BY = ("S1", "made up")
STAFF, DEPARTMENTS, CATALOGUE = (REGISTERS[name] for name in ("staff", "departments", "catalogue"))
AGREEMENTS, INSTITUTIONS = REGISTERS["agreements"], REGISTERS["institutions"]
PLACE = {"institution_id": "H1"}
DOCTOR = {**PLACE, "staff_id": "D1", "role": "doctor", "valid_from": "2020-01-01"}
ITEM = {"item_code": "X1", "item_kind": "drug", "valid_from": "2020-01-01"}


@pytest.fixture
def connection(store: Store) -> Iterator[psycopg.Connection]:
    """The service's, with one institution."""
    with store.as_service() as made:
        edit.add(made, INSTITUTIONS, {**PLACE, "name": "示例_医院", "kind": "hospital"}, *BY)
        yield made


def test_an_entry_is_added_corrected_and_ended_and_the_ledger_tells(connection: psycopg.Connection) -> None:
    edit.add(connection, STAFF, {**DOCTOR, "department_id": "A01"}, *BY)
    edit.correct(connection, STAFF, DOCTOR, {"antibiotic_level": 2, "valid_from": "2020-02-01"}, "S2", "letter")
    moved = {**DOCTOR, "valid_from": "2020-02-01"}
    edit.end(connection, STAFF, moved, "2020-12-31", "S3", "left")
    (entry,) = search(connection, STAFF, Filters(id="D1"))
    assert entry == {**moved, "department_id": "A01", "valid_until": "2020-12-31", "antibiotic_level": 2}
    ended, corrected, added = history(connection, STAFF, {"staff_id": "D1"})
    assert (added.old_row, added.key, added.changed_by) == (None, DOCTOR, "S1")
    assert corrected.old_row == added.new_row
    assert corrected.differences == [("valid_from", "2020-01-01", "2020-02-01"), ("antibiotic_level", None, 2)]
    assert (ended.new_row, ended.why) == (entry, "left")
    assert history(connection, STAFF, {"staff_id": "D1"}, before=corrected.change_id) == [added]
    assert history(connection, STAFF, {"staff_id": "D2"}) == []


def test_a_price_is_exact_at_the_edge(connection: psycopg.Connection) -> None:
    edit.add(connection, CATALOGUE, {**ITEM, "price_ceiling_yuan": "12.305", "units_per_pack": "0.5"}, *BY)
    stored = connection.execute("SELECT price_ceiling_micro_yuan, units_per_pack_e4, is_resale_prone FROM catalogue")
    assert stored.fetchall() == [(12_305_000, 5_000, False)]
    (entry,) = search(connection, CATALOGUE, Filters())
    assert (entry["price_ceiling_yuan"], entry["units_per_pack"]) == ("12.305", "0.5")


REFUSED: tuple[tuple[Register, dict[str, Any], type[YichaError], str], ...] = (
    (STAFF, {**DOCTOR, "salary": "1"}, BadSetting, "no column 'salary'"),
    (STAFF, {**DOCTOR, "role": "king"}, BadSetting, "doctor, pharmacist, till"),
    (STAFF, {**DOCTOR, "role": ["doctor"]}, BadSetting, "doctor, pharmacist, till"),
    (STAFF, {**DOCTOR, "staff_id": "D 1"}, BadSetting, "staff_id"),
    (STAFF, {**DOCTOR, "staff_id": "D\0"}, BadSetting, "staff_id"),
    (STAFF, {**DOCTOR, "staff_id": 7}, BadSetting, "staff_id"),
    (STAFF, {**DOCTOR, "valid_from": "2020-02-30"}, BadSetting, "YYYY-MM-DD"),
    (STAFF, {**DOCTOR, "valid_from": "20200101"}, BadSetting, "YYYY-MM-DD"),
    (STAFF, {**DOCTOR, "valid_from": True}, BadSetting, "YYYY-MM-DD"),
    (STAFF, {**DOCTOR, "valid_from": "9999-01-01"}, BadSetting, "2199"),
    (STAFF, {**DOCTOR, "valid_until": "2019-12-31"}, BadSetting, "comes before"),
    (STAFF, {**DOCTOR, "antibiotic_level": -1}, BadSetting, "whole number"),
    (STAFF, {**DOCTOR, "antibiotic_level": 10**30}, BadSetting, "whole number"),
    (STAFF, {**DOCTOR, "antibiotic_level": True}, BadSetting, "whole number"),
    (STAFF, {**DOCTOR, "antibiotic_level": "²"}, BadSetting, "whole number"),
    (STAFF, PLACE, BadSetting, "lacks staff_id, role, valid_from"),
    (STAFF, {**DOCTOR, "institution_id": "H9"}, NotFound, "no institution H9"),
    (DEPARTMENTS, {**PLACE, "department_id": "A", "valid_from": "2020-01-01", "name": "a\nb"}, BadSetting, "name"),
    (DEPARTMENTS, {**PLACE, "department_id": "A", "valid_from": ""}, BadSetting, "valid_from"),
    (CATALOGUE, {**ITEM, "price_ceiling_yuan": "-1"}, BadSetting, "price_ceiling_yuan"),
    (CATALOGUE, {**ITEM, "price_ceiling_yuan": 12.3}, BadSetting, "price_ceiling_yuan"),
    (CATALOGUE, {**ITEM, "price_ceiling_yuan": "1.0000001"}, BadSetting, "6 decimals"),
    (CATALOGUE, {**ITEM, "is_resale_prone": 1}, BadSetting, "true or false"),
    (CATALOGUE, {**ITEM, "least_age_years": 18, "most_age_years": 1}, BadSetting, "comes before"),
    (AGREEMENTS, {**PLACE, "covers": "teeth", "valid_from": "2020-01-01"}, BadSetting, "inpatient"),
    (REGISTERS["declarations"], {**PLACE, "register": "doctors", "is_complete": True}, BadSetting, "confirm"),
    (REGISTERS["declarations"], {**PLACE, "register": "nurses"}, BadSetting, "services"),
    (INSTITUTIONS, {"institution_id": "H1", "kind": "clinic"}, Conflict, "already"),
)


def test_what_cannot_be_taken_is_refused_in_words(connection: psycopg.Connection) -> None:
    for register, entry, error, says in REFUSED:
        with pytest.raises(error, match=says):
            edit.add(connection, register, entry, *BY)
    assert [len(history(connection, register, {})) for register in (STAFF, DEPARTMENTS, INSTITUTIONS)] == [0, 0, 1]


def test_no_day_has_two_entries_of_the_same(connection: psycopg.Connection) -> None:
    first = {**PLACE, "covers": "all", "valid_from": "2020-01-01"}
    edit.add(connection, AGREEMENTS, first, *BY)
    later = {**first, "valid_from": "2021-01-01"}
    with pytest.raises(Conflict, match="until further notice"):
        edit.add(connection, AGREEMENTS, later, *BY)
    edit.end(connection, AGREEMENTS, first, "2020-12-31", *BY)
    edit.add(connection, AGREEMENTS, later, *BY)
    with pytest.raises(Conflict, match="holds from 2021-01-01"):
        edit.correct(connection, AGREEMENTS, first, {"valid_until": None}, *BY)
    with pytest.raises(Conflict, match="until 2020-12-31"):
        edit.correct(connection, AGREEMENTS, later, {"valid_from": "2020-12-31"}, *BY)
    edit.add(connection, AGREEMENTS, {**first, "covers": "chronic"}, *BY)  # of another benefit


def test_a_doctor_may_belong_to_two_departments_but_not_twice_to_one(connection: psycopg.Connection) -> None:
    edit.add(connection, STAFF, {**DOCTOR, "department_id": "A01"}, *BY)
    second = {**DOCTOR, "valid_from": "2020-06-01"}
    edit.add(connection, STAFF, {**second, "department_id": "A02"}, *BY)
    with pytest.raises(Conflict, match="department_id"):
        edit.correct(connection, STAFF, second, {"department_id": "A01"}, *BY)


def test_a_confirmation_is_a_change_of_each_register_with_its_moment(connection: psycopg.Connection) -> None:
    def declared() -> dict[str, tuple[bool, bool]]:
        rows = connection.execute("SELECT register, is_complete, now() - confirmed_at < '1 minute' FROM declarations")
        return {register: (complete, fresh) for register, complete, fresh in rows.fetchall()}

    with pytest.raises(BadSetting, match="never declared"):
        confirm(connection, "H1", *BY, is_complete=True)
    done = confirm(connection, "H1", *BY, ["doctors", "departments"], is_complete=True)
    assert [change.key["register"] for change in done] == ["doctors", "departments"]
    assert [change.old_row for change in done] == [None, None]
    assert declared() == {"doctors": (True, True), "departments": (True, True)}
    with written_down(connection, *BY):
        connection.execute("UPDATE declarations SET confirmed_at = '2020-01-01'")
    (only,) = confirm(connection, "H1", *BY, ["departments"], is_complete=False)
    assert {name for name, *_ in only.differences} == {"is_complete", "confirmed_at"}
    assert declared() == {"doctors": (True, False), "departments": (False, True)}
    assert len(confirm(connection, "H1", *BY)) == 2
    assert declared() == {"doctors": (True, True), "departments": (False, True)}
    confirm(connection, "H1", *BY, ["tills"])
    assert declared()["tills"] == (False, True)
    with pytest.raises(NotFound):
        confirm(connection, "H9", *BY, ["doctors"])
    for wrong in (["nurses"], ["tills", "tills"]):
        with pytest.raises(BadSetting, match="doctors, pharmacists"):
            confirm(connection, "H1", *BY, wrong)
    with pytest.raises(BadSetting, match="confirm"):
        edit.correct(connection, REGISTERS["declarations"], only.key, {"confirmed_at": "2020-01-01"}, *BY)


def test_a_department_is_closed_and_opened_again(connection: psycopg.Connection) -> None:
    first = {**PLACE, "department_id": "A01", "valid_from": "2020-01-01"}
    edit.add(connection, DEPARTMENTS, first, *BY)
    again = {**first, "valid_from": "2025-03-01"}
    with pytest.raises(Conflict, match="until further notice"):
        edit.add(connection, DEPARTMENTS, again, *BY)
    edit.end(connection, DEPARTMENTS, first, "2024-12-31", *BY)
    edit.add(connection, DEPARTMENTS, again, *BY)
    for day, found in ((date(2024, 12, 31), 1), (date(2025, 2, 1), 0), (date(2025, 3, 1), 1)):
        assert len(search(connection, DEPARTMENTS, Filters(on=day))) == found


def test_a_change_needs_an_entry_a_reason_and_something_new(connection: psycopg.Connection) -> None:
    with pytest.raises(NotFound, match="no entry"):
        edit.end(connection, STAFF, DOCTOR, "2020-12-31", *BY)
    with pytest.raises(BadSetting, match="lacks role"):
        edit.end(connection, STAFF, {**PLACE, "staff_id": "D1"}, "2020-12-31", *BY)
    edit.add(connection, STAFF, DOCTOR, *BY)
    with pytest.raises(Conflict, match="already"):
        edit.correct(connection, STAFF, DOCTOR, {"department_id": None}, *BY)
    with pytest.raises(BadSetting, match="reason"):
        edit.correct(connection, STAFF, DOCTOR, {"department_id": "A01"}, "S1", " ")
    with pytest.raises(BadSetting, match="no column 'staff_id'"):
        edit.correct(connection, STAFF, DOCTOR, {"staff_id": "D2"}, *BY)
    with pytest.raises(BadSetting, match="No column"):
        edit.correct(connection, STAFF, DOCTOR, {}, *BY)
    with pytest.raises(BadSetting, match="no last day"):
        edit.end(connection, INSTITUTIONS, PLACE, "2020-12-31", *BY)


def test_staff_is_found(connection: psycopg.Connection) -> None:
    edit.add(connection, STAFF, DOCTOR, *BY)
    edit.add(connection, STAFF, {**DOCTOR, "staff_id": "P1", "role": "pharmacist"}, *BY)
    for filters, found in (
        (Filters(), ["D1", "P1"]),
        (Filters(role="pharmacist"), ["P1"]),
        (Filters(id="D1"), ["D1"]),
        (Filters(institution="H9"), []),
        (Filters(id="' OR true --"), []),
    ):
        assert [row["staff_id"] for row in search(connection, STAFF, filters)] == found
        assert [row["staff_id"] for row in search(connection, STAFF, filters, 1, 1)] == found[1:2]


def test_a_name_is_looked_for_as_it_is_written(connection: psycopg.Connection) -> None:
    for text, found in (("示例", 1), ("_", 1), ("%", 0), ("\\", 0), ("例医", 0)):
        assert len(search(connection, INSTITUTIONS, Filters(name=text))) == found, text
    with pytest.raises(BadSetting, match="no name"):
        search(connection, STAFF, Filters(name="x"))
    with pytest.raises(BadSetting):
        search(connection, INSTITUTIONS, Filters(name="a\0"))


def test_every_register_and_column_has_its_words() -> None:
    assert REGISTER_WORDS.keys() == REGISTERS.keys()
    columns = {edge_name(column) for register in REGISTERS.values() for column in register.table.columns}
    assert COLUMN_WORDS.keys() == columns
    with pytest.raises(NotFound, match="no register"):
        register_named("claims")


def test_nothing_changes_without_a_row_in_the_ledger(connection: psycopg.Connection, store: Store) -> None:
    connection.commit()
    entry = "INSERT INTO staff (institution_id, staff_id, role, valid_from) VALUES ('H1', 'D1', 'doctor', '2020-01-01')"
    refused = (
        entry,
        "UPDATE institutions SET level = '1'",
        "INSERT INTO declarations VALUES ('H1', 'doctors', true, now())",
        f'SET LOCAL yicha.import = \'{{"import_id": "x"}}\'; {entry}',
    )
    rows_of_the_ledger = (
        "INSERT INTO register_changes (register, key, new_row, why, changed_by) VALUES ('staff', '{}', '{}', 'w', 'b')",
        "INSERT INTO register_imports VALUES ('x', 'staff', 'H1', 1, 0, 'm', '[]', now())",
        "UPDATE register_imports SET added = 0",
        "DELETE FROM register_changes",
    )
    for statement in (*refused, *rows_of_the_ledger):
        with store.as_service() as service, pytest.raises(psycopg.errors.InsufficientPrivilege):
            service.execute(statement)  # type: ignore[call-overload]
    with store.as_service() as service:
        service.execute("SELECT set_config('yicha.change', '{\"by\": \"S1\"}', true)")
        with pytest.raises(psycopg.errors.NotNullViolation):
            service.execute(entry)
    assert connection.execute("SELECT count(*) FROM staff").fetchone() == (0,)
    with store.as_owner() as owner:
        owner.execute(entry)  # the owner's own hand is counted at least
        (row,) = imports(owner, STAFF)
    assert (row.institution_id, row.added, row.changed, row.mapping, row.files) == ("H1", 1, 0, None, [])


def test_a_ledger_row_of_an_earlier_shape_is_still_shown(store: Store) -> None:
    with store.as_owner() as connection:
        connection.execute(
            "INSERT INTO register_changes (register, key, new_row, why, changed_by) VALUES ('catalogue',"
            """ '{"item_code": "X1"}', '{"item_code": "X1", "price_ceiling_yuan": "12.3", "gone": true}', 'w', 'b')"""
        )
        (row,) = history(connection, CATALOGUE, {"item_code": "X1"})
    assert row.new_row == {"item_code": "X1", "price_ceiling_yuan": "12.3", "gone": True}
