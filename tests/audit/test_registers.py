"""Registers are changed by checked steps, each of which stands in the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from audit.registers import edit
from audit.registers.known import REGISTERS, Register, register_named
from audit.registers.ledger import history
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
    (INSTITUTIONS, {"institution_id": "H2", "kind": "clinic", "register_is_complete": True}, BadSetting, "confirm"),
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


def test_a_confirmation_is_a_change_with_its_moment(connection: psycopg.Connection) -> None:
    done = edit.confirm(connection, "H1", *BY, is_complete=True)
    assert {name for name, *_ in done.differences} == {"register_is_complete", "register_confirmed_at"}
    age = connection.execute("SELECT now() - register_confirmed_at < interval '1 minute' FROM institutions").fetchone()
    assert age == (True,)
    with pytest.raises(NotFound):
        edit.confirm(connection, "H9", *BY)
    with pytest.raises(BadSetting, match="confirm"):
        edit.correct(connection, INSTITUTIONS, PLACE, {"register_confirmed_at": "2020-01-01"}, *BY)


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
