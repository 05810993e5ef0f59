"""`yicha rules`: states by two persons, history with old and new numbers, back-tests, and the self-check."""

from __future__ import annotations

import json

import pytest

from audit.keys import make_key
from audit.life.ledger import record_declarations
from claims.store.connect import Store
from rules.catalogue import RULES
from rules.conduct.supply_days import too_much_in_hand
from rules.declared import with_numbers
from tests.audit.test_backtest import fill, sold
from tests.cli.conftest import CommandLine

CODE = too_much_in_hand.code


@pytest.fixture
def supervisors(store: Store) -> None:
    with store.as_owner() as connection:
        for name in ("S1", "S2"):
            make_key(connection, name, "supervisor")


@pytest.mark.usefixtures("supervisors")
def test_a_rule_goes_through_its_life(yicha: CommandLine) -> None:
    propose = ("rules", "propose", CODE, "--by", "S1", "--why")
    assert "was active and is shadow" in yicha.does(*propose, "too many findings", "--to", "shadow")
    assert CODE in yicha.does("rules", "list", "--state", "shadow", "--lang", "en")
    assert "yicha rules approve 1" in yicha.does(*propose, "table corrected", "--to", "active")
    assert "table corrected" in yicha.does("rules", "approve")
    assert "Expected a second person" in yicha.refuses("rules", "approve", "1", "--by", "S1")
    assert "key of a supervisor" in yicha.refuses("rules", "approve", "1", "--by", "Nobody")
    assert "was shadow and is active" in yicha.does("rules", "approve", "1", "--by", "S2")
    assert "No proposal waits" in yicha.does("rules", "approve")
    said = yicha.does("rules", "history", CODE, "--lang", "en")
    assert "S1 + S2" in said
    assert "shadow → active" in said


@pytest.mark.usefixtures("supervisors")
def test_a_declined_proposal_leaves_the_rule(yicha: CommandLine) -> None:
    yicha.does("rules", "propose", CODE, "--to", "retired", "--by", "S1", "--why", "wrong")
    yicha.does("rules", "propose", CODE, "--to", "active", "--by", "S1", "--why", "corrected")
    assert "stays retired" in yicha.does("rules", "decline", "1", "--by", "S2", "--why", "not yet")


def test_a_changed_number_is_shown_with_old_and_new(yicha: CommandLine, store: Store) -> None:
    with store.as_owner() as connection:
        record_declarations(connection, [with_numbers(too_much_in_hand, {"review_from_days": 60})])
    said = yicha.does("rules", "sync")
    assert f"{len(RULES) - 1} rules are new to the ledger, 1 declare something else" in said
    assert "numbers.review_from_days: 60" in said
    assert "0 rules are new to the ledger, 0 declare" in yicha.does("rules", "sync")
    (first, second) = json.loads(yicha.does("rules", "history", CODE, "--json"))["history"]
    assert (first["differences"], second["what"]) == ([], "declared")
    assert second["differences"][0]["old"]["values"][0][1] == 60
    assert second["differences"][0]["new"]["values"][0][1] == 84


def test_a_back_test_shows_one_column_or_two(yicha: CommandLine, store: Store) -> None:
    with store.as_owner() as connection:
        fill(connection, [sold("2025-03-01", 6)])
    asked = ("rules", "backtest", CODE, "--from", "2025-01-01", "--to", "2025-12-31", "--lang", "en")
    assert "settlements asked about" in yicha.does(*asked)
    assert "tried" in yicha.does(*asked, "--set", "review_from_days=60")
    assert json.loads(yicha.does(*asked, "--set", "review_from_days=60", "--json"))["changed"] == {
        "review_from_days": 60
    }
    assert "no number 'nothing'" in yicha.refuses(*asked, "--set", "nothing=60")
    assert "NAME=VALUE" in yicha.refuses(*asked, "--set", "review_from_days=many")
    assert "no working rule" in yicha.refuses("rules", "backtest", "X", "--from", "2025-01-01", "--to", "2025-12-31")


def test_the_five_questions_are_answered_with_evidence(yicha: CommandLine) -> None:
    for lang, no in (("zh", "否"), ("en", "no")):
        assert no in yicha.does("rules", "self-check", "--lang", lang)
    answers = json.loads(yicha.does("rules", "self-check", "--json"))
    assert len(answers) == 5
    assert {answer["verdict"] for answer in answers} <= {"partly", "no"}
    assert all(each["zh"] and each["en"] for answer in answers for each in answer["evidence"])
