"""Verdicts: added, never edited; they close cases and can be replaced on appeal."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from audit.cases import open_cases
from audit.verdicts import Finding, file_verdicts
from claims.errors import BadSetting, Conflict, NotFound, YichaError
from claims.store.connect import Store
from tests.audit.made_claims import NOON, add_claim, an_alert

VIOLATING = Finding("c1", 1, "violating", 3_000, "串换药品、耗材、项目", "事项", "详情")
IN_ORDER = Finding("c1", 2, "in_order")


@pytest.fixture
def connection(store: Store) -> Iterator[psycopg.Connection]:
    with store.as_owner() as owner:
        add_claim(owner, "c1")
    service = store.as_service()
    yield service
    service.close()


@pytest.fixture
def case_id(connection: psycopg.Connection) -> str:
    return open_cases(connection, [an_alert("c1", 1), an_alert("c1", 2)], NOON).case_of_claim["c1"]


def status(connection: psycopg.Connection, case_id: str) -> str:
    row = connection.execute("SELECT status FROM cases WHERE case_id = %s", [case_id]).fetchone()
    assert row is not None
    return str(row[0])


def test_the_case_closes_when_all_lines_are_judged(connection: psycopg.Connection, case_id: str) -> None:
    assert file_verdicts(connection, case_id, [VIOLATING], "R1").closed_cases == ()
    assert status(connection, case_id) == "open"
    assert file_verdicts(connection, case_id, [IN_ORDER], "R1").closed_cases == (case_id,)
    assert status(connection, case_id) == "closed"
    rows = connection.execute(
        "SELECT line_number, finding, amount_fen, violation_type, violation_item, violation_detail, decided_by,"
        " drawn_by FROM verdicts ORDER BY line_number"
    ).fetchall()
    assert rows == [
        (1, "violating", 3_000, "串换药品、耗材、项目", "事项", "详情", "R1", "rule"),
        (2, "in_order", 0, None, None, None, "R1", "rule"),
    ]


def test_a_verdict_also_closes_a_case_that_links_the_lines(connection: psycopg.Connection, case_id: str) -> None:
    other = open_cases(connection, [an_alert("c1", 1, ("institution", "P1"))], NOON).case_of_claim["c1"]
    assert set(file_verdicts(connection, case_id, [VIOLATING, IN_ORDER], "R1").closed_cases) == {case_id, other}


def test_a_new_alert_after_closing_opens_a_new_case(connection: psycopg.Connection, case_id: str, store: Store) -> None:
    file_verdicts(connection, case_id, [VIOLATING, IN_ORDER], "R1")
    connection.commit()
    with store.as_owner() as owner:
        add_claim(owner, "c9")
    assert open_cases(connection, [an_alert("c9")], NOON).case_of_claim["c9"] != case_id


def test_an_appeal_replaces_the_standing_verdict_and_keeps_the_old_one(
    connection: psycopg.Connection, case_id: str
) -> None:
    first = file_verdicts(connection, case_id, [VIOLATING], "R1").verdict_ids[0]
    second = file_verdicts(connection, case_id, [Finding("c1", 1, "in_order")], "S1", is_appeal=True).verdict_ids[0]
    rows = connection.execute("SELECT verdict_id, replaces_verdict_id FROM verdicts").fetchall()
    assert set(rows) == {(first, None), (second, first)}


@pytest.mark.parametrize(
    ("finding", "is_appeal", "error", "says"),
    [
        (Finding("c1", 1, "violating", 0, "其他"), False, BadSetting, "incomplete"),
        (Finding("c1", 1, "violating", 100), False, BadSetting, "incomplete"),
        (Finding("c1", 1, "violating", 5_001, "其他"), False, BadSetting, "more than the 50.00 yuan"),
        (Finding("c1", 1, "in_order", 5), False, BadSetting, "names an amount"),
        (Finding("c1", 1, "guilty"), False, BadSetting, "unknown"),
        (Finding("c1", 3, "in_order"), False, NotFound, "not among the evidence"),
        (Finding("c1", 1, "in_order"), True, Conflict, "no standing verdict"),
    ],
)
def test_a_finding_that_cannot_be_is_refused_in_words(
    connection: psycopg.Connection, case_id: str, finding: Finding, is_appeal: bool, error: type[YichaError], says: str
) -> None:
    with pytest.raises(error, match=says):
        file_verdicts(connection, case_id, [finding], "R1", is_appeal)


def test_a_line_is_judged_once(connection: psycopg.Connection, case_id: str) -> None:
    file_verdicts(connection, case_id, [VIOLATING], "R1")
    with pytest.raises(Conflict, match="judged before"):
        file_verdicts(connection, case_id, [VIOLATING], "R2")


def test_no_finding_and_double_findings_are_refused(connection: psycopg.Connection, case_id: str) -> None:
    with pytest.raises(BadSetting, match="no finding"):
        file_verdicts(connection, case_id, [], "R1")
    with pytest.raises(BadSetting, match="twice"):
        file_verdicts(connection, case_id, [IN_ORDER, IN_ORDER], "R1")


def test_an_unknown_case_is_said(connection: psycopg.Connection) -> None:
    with pytest.raises(NotFound, match="no case"):
        file_verdicts(connection, "C1", [IN_ORDER], "R1")


@pytest.mark.parametrize("table", ["verdicts", "decisions", "claims", "promotions"])
@pytest.mark.parametrize("change", ["UPDATE {} SET claim_id = 'x'", "DELETE FROM {}"])
def test_the_service_role_cannot_change_a_ledger(connection: psycopg.Connection, table: str, change: str) -> None:
    with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedColumn)):
        connection.execute(change.format(table))  # type: ignore[arg-type]
