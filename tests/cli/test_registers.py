"""`yicha registers`: look up, change, confirm, and the history of it."""

from __future__ import annotations

import json

import pytest

from audit.keys import make_key
from claims.store.connect import Store
from tests.claims.intake.conftest import Source
from tests.cli.conftest import CommandLine

PLACE = "institution_id=H00000000001"
DOCTOR = (PLACE, "staff_id=D1", "role=doctor", "valid_from=2026-01-05")
BY = ("--by", "S1", "--why", "letter of May")


@pytest.fixture
def supervisor(store: Store) -> None:
    with store.as_owner() as connection:
        make_key(connection, "S1", "supervisor")


@pytest.mark.usefixtures("supervisor")
def test_a_register_is_looked_up_and_changed(yicha: CommandLine) -> None:
    edit = ("registers", "edit")
    assert "Add the institution first" in yicha.refuses(*edit, "staff", *DOCTOR, "--add", *BY)
    yicha.does(*edit, "institutions", PLACE, "name=示例医院", "kind=hospital", "--add", *BY)
    said = yicha.does(*edit, "staff", *DOCTOR, "department_id=A01", "--add", *BY)
    assert "follows at its next settlement" in said
    assert "department: A01 → A02" in yicha.does(*edit, "staff", *DOCTOR, "--set", "department_id=A02", *BY)
    assert "last day: - → 2026-06-30" in yicha.does(*edit, "staff", *DOCTOR, "--end", "2026-06-30", *BY)
    assert "人员代码" in yicha.does("registers", "search", "staff", "--on", "2026-06-30", "--lang", "zh")
    assert "No entry" in yicha.does("registers", "search", "staff", "--on", "2026-07-01")
    assert (
        json.loads(yicha.does("registers", "search", "institutions", "--name", "医院", "--json"))[0]["name"]
        == "示例医院"
    )
    shown = json.loads(yicha.does("registers", "show", "staff", *DOCTOR, "--json"))
    assert (shown["department_id"], shown["valid_until"]) == ("A02", "2026-06-30")
    assert "Changed by hand 3 times" in yicha.does("registers", "show", "staff", *DOCTOR, "--lang", "en")
    assert "complete: - → yes" in yicha.does(
        "registers", "confirm", "H00000000001", "--register", "doctors", "--complete", *BY
    )
    rows = json.loads(yicha.does("registers", "history", "staff", "staff_id=D1", "--json"))
    assert [row["old_row"] is None for row in rows] == [False, False, True]
    assert "letter of May" in yicha.does("registers", "history", "institutions", "--lang", "en")


@pytest.mark.usefixtures("supervisor")
def test_what_is_not_clear_is_refused(yicha: CommandLine) -> None:
    edit = ("registers", "edit", "staff", *DOCTOR)
    assert "one of --add, --set and --end" in yicha.refuses(*edit, *BY)
    assert "one of --add, --set and --end" in yicha.refuses(*edit, "--add", "--end", "2026-01-01", *BY)
    assert "COLUMN=VALUE" in yicha.refuses(*edit, "nothing", "--add", *BY)
    assert "twice" in yicha.refuses(*edit, "staff_id=D2", "--add", *BY)
    assert "key of a supervisor" in yicha.refuses(*edit, "--add", "--by", "Nobody", "--why", "x")
    assert "no register" in yicha.refuses("registers", "search", "claims")


def test_imported_agreements_are_found(yicha: CommandLine, source: Source) -> None:
    entry = {"institution_id": "H00000000001", "covers": "pharmacy", "valid_from": "2024-01-01", "valid_until": ""}
    newer = {**entry, "valid_until": "2024-12-31", "kind": "双通道"}
    wrong = {**entry, "covers": "teeth"}
    backwards = {**entry, "covers": "all", "valid_until": "2023-01-01"}
    source.bring_in(source.write("agreements.csv", entry, quote='"'))
    path = source.write("agreements.csv", {**newer}, wrong, {**backwards}, quote='"', header=list(newer))
    result = source.bring_in(path)
    assert result.files[0].taken == 1
    (found,) = json.loads(yicha.does("registers", "search", "agreements", "--json"))
    assert found == {**newer, "covers": "personal_account", "source": None}
