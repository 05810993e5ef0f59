"""The five questions are answered by what happened, not by what could be done."""

from __future__ import annotations

import psycopg

from audit.life.evidence import THEMES
from audit.life.proposals import propose
from audit.life.self_check import Answer, Verdict, check_oneself
from audit.life.words import EXEMPTIONS, STATES, spared_rows
from claims.store.connect import Store
from rules.catalogue import RULES
from rules.exempt import EXEMPTIONS as ALL_EXEMPTIONS
from rules.frame import State
from rules.library.national import national_rules
from tests.audit.made_claims import add_claim

YES, PARTLY, NO = Verdict.YES, Verdict.PARTLY, Verdict.NO


def add_decision(
    connection: psycopg.Connection, claim_id: str, action: str = "pass", ago: str = "1 day", is_batch: bool = False
) -> None:
    connection.execute(
        "INSERT INTO decisions (recorded_order, claim_id, body_fingerprint, action, money_at_stake_fen, feature_set,"
        " features, rule_hits, reasons, answer, is_batch, latency_microseconds, decided_at, rule_set)"
        " SELECT recorded_order, claim_id, 'f', %s, 0, 's', '', '[]', '[]', '{}', %s, 1, now() - %s::interval, 'set'"
        " FROM claims WHERE claim_id = %s",
        [action, is_batch, ago, claim_id],
    )


def settled(connection: psycopg.Connection, ago: str = "1 day", is_batch: bool = False) -> None:
    """One settlement in each of the three areas."""
    for place, kind in (("H1", "hospital"), ("P1", "pharmacy")):
        connection.execute("INSERT INTO institutions VALUES (%s, 'x', %s, NULL, '0')", [place, kind])
    for claim_id, place in (("out", "H1"), ("in", "H1"), ("shop", "P1")):
        add_claim(connection, claim_id, institution=place)
    connection.execute("UPDATE claims SET benefit_kind = 'inpatient' WHERE claim_id = 'in'")
    for claim_id in ("out", "in", "shop"):
        add_decision(connection, claim_id, ago=ago, is_batch=is_batch)


def answers(connection: psycopg.Connection) -> list[Answer]:
    return check_oneself(connection)


def test_an_empty_store_answers_nothing_with_yes(store: Store) -> None:
    with store.as_service() as connection:
        verdicts = [answer.verdict for answer in answers(connection)]
    assert verdicts == [NO, PARTLY, NO, NO, NO]  # the columns are there, though not built


def test_the_three_areas_are_covered_when_each_was_judged_within_a_year(store: Store) -> None:
    with store.as_owner() as connection:
        settled(connection)
        covers, *_ = answers(connection)
        assert covers.verdict is YES
        assert "outpatient: 1 settlements of 1 institutions judged" in covers.evidence[0][1]
        connection.execute("UPDATE decisions SET decided_at = now() - interval '13 months' WHERE claim_id = 'in'")
        covers, *_ = answers(connection)
        assert covers.verdict is PARTLY
        assert "inpatient: no settlement" in covers.evidence[1][1]


def test_a_theme_needs_an_active_rule_that_was_asked_at_a_settlement(store: Store) -> None:
    with store.as_owner() as connection:
        settled(connection)
        for code in THEMES["frequency"][2]:
            propose(connection, code, State.RETIRED, "S1", "for the test")
        asked = [[rule.code, "active", "f"] for rule in RULES]
        connection.execute(
            "INSERT INTO rule_sets (fingerprint, asked) VALUES ('set', %s::jsonb)",
            [str(asked).replace("'", '"')],
        )
        third = answers(connection)[2]
        assert third.verdict is PARTLY
        frequency, _, large, indication = (en for _, en in third.evidence)
        assert "no rule active" in frequency
        assert "YC-SUPPLY" in large
        assert "last asked at a settlement on" in large
        assert "YC-NODIAGNOSIS active" in indication


def test_reminders_need_all_stages_and_constraint_needs_a_finding(store: Store) -> None:
    with store.as_owner() as connection:
        settled(connection)
        for stage in ("before", "pre_settlement"):
            connection.execute(
                "INSERT INTO advice (system_code, stage, request_id, body_fingerprint, answer)"
                " VALUES ('HIS', %s, '1', 'f', '{}')",
                [stage],
            )
        assert answers(connection)[3].verdict is PARTLY  # nothing was looked at afterwards
        add_claim(connection, "later", institution="H1")
        add_decision(connection, "later", "review", is_batch=True)
        reminds, follows = answers(connection)[3:]
        assert (reminds.verdict, follows.verdict) == (YES, NO)
        assert "1 of them" not in follows.evidence[0][1]
        connection.execute(
            "INSERT INTO cases (case_id, subject_kind, subject_id, status, source, probability, money_at_stake_fen,"
            " minutes, reasons, opened_at, deadline_at) VALUES ('C', 'patient', 'p', 'closed', 'rule', 0, 0, 1, '[]',"
            " now(), now())"
        )
        connection.execute("INSERT INTO evidence VALUES ('C', 'later', 0, 1, '{}')")
        connection.execute(
            "INSERT INTO verdicts (verdict_id, claim_id, finding, amount_fen, decided_at, known_at, decided_by,"
            " drawn_by) VALUES ('V', 'later', 'violating', 12345, now(), now(), 'R1', 'rule')"
        )
        follows = answers(connection)[4]
        assert follows.verdict is YES
        assert "over 123.45 yuan" in follows.evidence[2][1]


def test_themes_name_rules_that_exist() -> None:
    known = {rule.code for rule in RULES} | {each.code for each in national_rules()}
    named = {code for *_, codes in THEMES.values() for code in codes}
    assert named <= known


def test_every_state_and_exemption_has_words() -> None:
    assert set(STATES) == set(State)
    assert set(EXEMPTIONS) == set(ALL_EXEMPTIONS)
    assert spared_rows({("A", "dialysis"): 1, ("B", "oncology"): 2})[0] == ("B", "肿瘤治疗", "treatment of a tumour", 2)
