"""A back-test asks a rule about old claims with the numbers and the knowledge of their own days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import psycopg
import pytest

from audit.life.backtest import Backtest, backtest
from audit.life.proposals import propose
from claims.errors import BadSetting, NotEnoughData
from claims.store.columns import append, append_batch
from claims.store.connect import Store
from claims.tables import CATALOGUE, INSTITUTIONS, KNOWLEDGE, PATIENTS
from rules.catalogue import RULES
from rules.conduct.supply_days import too_much_in_hand
from rules.facts import Facts
from rules.findings import on_lines
from rules.frame import HIGHLY, Hits, Rule, State, rule
from rules.items.daily_count import service_too_often_on_a_day
from rules.numbers import Numbers, parse_numbers
from tests.rules.scenes import Row, scene

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)


@rule(
    code="YC-TRIAL",
    name_zh="试验规则",
    name_en="A rule on trial",
    category="管理类",
    grade=HIGHLY,
    since="2025-01-01",
    source="made up",
    subject_kind="institution",
    begins=State.DRAFT,
)
def many_packs(facts: Facts, numbers: Numbers) -> Hits:
    """A line has more packs than the number of its day."""
    packs = facts.batch.lines["quantity_e4"] // 10_000
    lines = np.flatnonzero(packs > numbers["packs"].on(facts.settled_day)[facts.claim_of_line])
    return on_lines(facts, lines, [("多", "many")] * len(lines), spared={"long_prescription": lines[:0]})


PACKS = {
    "packs": {
        "unit": "packs",
        "values": [
            {"since": date(2025, 1, 1), "value": 5, "source": "made up"},
            {"since": date(2025, 6, 1), "value": 3, "source": "made up"},
        ],
    }
}
MANY_PACKS = replace(many_packs, numbers=parse_numbers(PACKS, "packs.yaml"))


def fill(connection: psycopg.Connection, claims: Sequence[Row], **tables: Any) -> None:
    """Put the claims of a scene into the store."""
    batch, context = scene(claims, **tables)
    append_batch(connection, batch)
    for table, columns in ((PATIENTS, context.patients), (INSTITUTIONS, context.institutions)):
        append(connection, table, columns)
    append(connection, CATALOGUE, context.catalogue)
    if tables.get("knowledge"):
        assert context.knowledge is not None
        connection.execute(
            "INSERT INTO knowledge_batches (kind, file_name, sha256, valid_from, adds, points, not_understood)"
            " VALUES ('item_count', 'made-up.xlsx', '0', '2025-01-01', false, 2, 0)"
        )
        append(connection, KNOWLEDGE, context.knowledge)
    connection.commit()


def sold(day: str, packs: int, **more: Any) -> dict[str, Any]:
    return {"settled_at": f"{day} 10:00", "lines": [{"quantity_e4": packs * 10_000}], **more}


def asked_about(connection: psycopg.Connection, made: Rule = MANY_PACKS, **more: Any) -> Backtest:
    return backtest(connection, made, more.pop("first", FIRST), more.pop("last", LAST), **more)


def judge_claim(
    connection: psycopg.Connection, claim_id: str, finding: str, line: int | None = None, chance: int | None = None
) -> None:
    connection.execute(
        "INSERT INTO verdicts (verdict_id, claim_id, line_number, finding, amount_fen, decided_at, known_at,"
        " decided_by, drawn_by, draw_probability_e4) VALUES (%s, %s, %s, %s, 0, now(), now(), 'R1', %s, %s)",
        [f"V-{claim_id}-{line}", claim_id, line, finding, "random" if chance else "rule", chance],
    )
    connection.commit()


def test_an_old_claim_is_judged_by_the_number_of_its_own_day(store: Store) -> None:
    with store.as_owner() as connection:
        fill(connection, [sold("2025-05-31", 4), sold("2025-06-01", 4), sold("2025-06-02", 3)])
        result = asked_about(connection)
    assert result.claims == 3
    now = result.columns["now"]
    assert (now["asked_claims"], now["hits"], now["amount_yuan"]) == (3, 1, "40.00")
    assert now["by_month"] == {"2025-06": {"claims": 1, "amount_yuan": "40.00"}}


def test_an_old_claim_is_judged_by_the_knowledge_of_its_own_day(store: Store) -> None:
    """Once a day until May, twice from June on: two on a day are one too many in May and none in June."""
    point = {"kind": "item_count", "item_code": "T-SERVICE", "item_name": "测试项目", "per": "day"}
    points = [
        {**point, "row_number": 1, "most_count_e4": 10_000, "valid_from": "2025-01-01", "valid_until": "2025-05-31"},
        {**point, "row_number": 2, "most_count_e4": 20_000, "valid_from": "2025-06-01"},
    ]
    twice = {"lines": [{"item_code": "T-SERVICE", "item_kind": "service", "quantity_e4": 20_000}]}
    claims = [{"settled_at": "2025-05-31 10:00", **twice}, {"settled_at": "2025-06-01 10:00", **twice}]
    with store.as_owner() as connection:
        fill(connection, claims, knowledge=points)
        result = asked_about(connection, service_too_often_on_a_day)
    assert result.missing == []
    assert list(result.columns["now"]["by_month"]) == ["2025-05"]


def test_a_table_that_is_missing_is_named(store: Store) -> None:
    with store.as_owner() as connection:
        fill(connection, [sold("2025-06-01", 4)])
        result = asked_about(connection, service_too_often_on_a_day)
    assert list(result.missing) == list(service_too_often_on_a_day.needs)
    assert result.columns["now"]["hits"] == 0


def test_a_number_is_tried_out_beside_the_present_one(store: Store) -> None:
    with store.as_owner() as connection:
        fill(connection, [sold("2025-03-01", 4), sold("2025-03-02", 6), sold("2025-07-01", 4)])
        result = asked_about(connection, changed={"packs": 4})
        assert [result.columns[name]["claims"] for name in ("now", "tried")] == [2, 1]
        assert result.only == result.only_stopped == {"now": 1, "tried": 0}
        with pytest.raises(BadSetting, match="no number 'dozens'"):
            asked_about(connection, changed={"dozens": 4})


def test_persons_institutions_money_and_actions_are_counted(store: Store) -> None:
    claims = [
        sold("2025-03-01", 6, fund_fen=1_000, account_fen=500),
        sold("2025-03-02", 7, institution_id="H-TEST-2"),
        sold("2025-03-03", 8, patient_id="P2"),
        sold("2025-03-04", 1),
    ]
    with store.as_owner() as connection:
        fill(connection, claims, patients=[{}, {"patient_id": "P2"}])
        now = asked_about(connection).columns["now"]
    assert (now["persons"], now["institutions"]) == (2, 2)
    assert now["most_hit_institutions"] == {"H-TEST-1": 2, "H-TEST-2": 1}
    assert (now["amount_yuan"], now["paid_yuan"]) == ("210.00", "165.00")
    assert (now["actions"], now["grades"]) == ({"review": 3}, {"highly_suspicious": 3})


def test_past_verdicts_tell_the_rate_of_wrongful_stops(store: Store) -> None:
    with store.as_owner() as connection:
        fill(connection, [sold("2025-03-01", 6) for _ in range(5)])
        judge_claim(connection, "claim-0", "violating", 1)
        judge_claim(connection, "claim-1", "in_order")
        judge_claim(connection, "claim-2", "in_order", 1, chance=500)
        judge_claim(connection, "claim-3", "in_order", 2)  # another line says nothing of this one
        found = asked_about(connection).columns["now"]["verdicts"]
        assert [found[name] for name in ("violating", "in_order", "not_judged")] == [1, 2, 2]
        assert found["wrongful"]["share"] == pytest.approx(2 / 3, abs=1e-4)
        assert found["wrongful"]["low"] < 0.3 < 0.9 < found["wrongful"]["high"]
        drawn = found["random_draw"]
        assert (drawn["draws"], drawn["in_order"], drawn["effective"]) == (1, 1, 1.0)
        assert (drawn["wrongful"]["share"], drawn["wrongful"]["high"]) == (None, 1.0)


def test_an_overturned_verdict_does_not_count(store: Store) -> None:
    with store.as_owner() as connection:
        fill(connection, [sold("2025-03-01", 6)])
        judge_claim(connection, "claim-0", "violating", 1)
        connection.execute(
            "INSERT INTO verdicts SELECT 'V-appeal', claim_id, line_number, NULL, NULL, 'in_order', 0, NULL, NULL,"
            " NULL, now(), now(), 'S1', verdict_id, NULL, 'rule', NULL FROM verdicts"
        )
        connection.commit()
        found = asked_about(connection).columns["now"]["verdicts"]
    assert (found["violating"], found["in_order"]) == (0, 1)


def test_overlap_is_with_the_rules_that_act(store: Store) -> None:
    other = replace(MANY_PACKS, code="YC-OTHER", begins=State.ACTIVE)
    with store.as_owner() as connection:
        fill(connection, [sold("2025-03-01", 6), sold("2025-03-02", 6)])
        both = [*RULES, other, MANY_PACKS]
        overlap = asked_about(connection, rules=both).columns["now"]["overlap"]
        assert {"code": "YC-OTHER", "claims": 2, "share": 1.0} in overlap
        assert "YC-TRIAL" not in {each["code"] for each in overlap}
        propose(connection, "YC-OTHER", State.SHADOW, "S1", "why", both)
        overlap = asked_about(connection, rules=both).columns["now"]["overlap"]
        assert "YC-OTHER" not in {each["code"] for each in overlap}


def test_a_claim_sees_what_was_recorded_before_it_and_nothing_later_however_it_is_cut(store: Store) -> None:
    """The third month's supply within six days is too much; that the fourth follows must not tell on the first."""
    line = {"days_of_supply": 28, "item_code": "XC09AA-TEST-1", "quantity_e4": 10_000}
    claims = [
        {"settled_at": f"2025-03-{day:02} 10:00", "benefit_kind": "chronic", "lines": [line]}
        for day in (1, 3, 5, 7, 9, 11)
    ]
    drug = {"drug_class": "C09AA", "units_per_pack_e4": 280_000}
    with store.as_owner() as connection:
        fill(connection, claims, catalogue=[drug])
        whole = asked_about(connection, too_much_in_hand).columns
        assert asked_about(connection, too_much_in_hand, chunk=2).columns == whole
        early = asked_about(connection, too_much_in_hand, last=date(2025, 3, 4)).columns["now"]
    assert 0 < whole["now"]["claims"] < len(claims)
    assert early["claims"] < whole["now"]["claims"]
    assert early["asked_claims"] == 2


def test_what_exemptions_spared_is_told(store: Store) -> None:
    def spares(facts: Facts, _: Numbers) -> Hits:
        none = np.empty(0, dtype=np.int64)
        return Hits(none, none, none, [], [], spared={"dialysis": np.arange(len(facts.batch))})

    with store.as_owner() as connection:
        fill(connection, [sold("2025-03-01", 6), sold("2025-03-02", 6)])
        now = asked_about(connection, replace(MANY_PACKS, check=spares)).columns["now"]
    assert now["spared"] == {"dialysis": 2}


def test_a_rule_that_crashes_is_told_with_the_claims_it_could_not_judge(store: Store) -> None:
    def fails_on_six(facts: Facts, numbers: Numbers) -> Hits:
        if (facts.batch.lines["quantity_e4"] == 60_000).any():
            raise ZeroDivisionError
        return many_packs.check(facts, numbers)

    with store.as_owner() as connection:
        fill(connection, [sold("2025-03-01", 6), sold("2025-03-02", 7)])
        now = asked_about(connection, replace(MANY_PACKS, check=fails_on_six)).columns["now"]
    assert (now["hits"], now["unjudged_claims"], now["crashes"]) == (1, 1, {"ZeroDivisionError": 1})


def test_a_period_without_claims_or_the_wrong_way_round_is_refused(store: Store) -> None:
    with store.as_owner() as connection:
        with pytest.raises(NotEnoughData, match="No settlement"):
            asked_about(connection)
        with pytest.raises(BadSetting, match="ends before"):
            asked_about(connection, first=LAST, last=FIRST)


def test_a_back_test_writes_nothing(store: Store) -> None:
    with store.as_owner() as connection:
        fill(connection, [sold("2025-03-01", 6)])
        asked_about(connection)
        connection.commit()
        for table in ("decisions", "rule_counts", "rule_changes", "cases"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # type: ignore[arg-type]
