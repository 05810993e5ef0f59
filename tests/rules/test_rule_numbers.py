"""Dated numbers, and what happens when a rule or a number is changed or broken."""

from __future__ import annotations

import dataclasses
from datetime import date

import numpy as np
import pytest

from claims.clock import day_number
from claims.errors import BadSetting
from rules.conduct.supply_days import too_much_in_hand
from rules.conduct.too_often import many_purchases
from rules.facts import Facts
from rules.frame import DEFINITE, HIGHLY, WHOLE_CLAIM, Hits, rule
from rules.numbers import Numbers, parse_numbers, read_numbers
from rules.run import TRIES_AFTER_A_CRASH, run_rules
from tests.rules.scenes import scene


def steps(*entries: tuple[date, int]) -> list[dict[str, object]]:
    return [{"since": since, "value": value, "source": "made up for this test"} for since, value in entries]


def test_a_number_changed_in_between_judges_an_old_claim_by_its_own_day() -> None:
    entries = steps((date(2021, 8, 10), 28), (date(2025, 2, 1), 60))
    changed = parse_numbers({"allowance_days": {"unit": "days", "values": entries}}, "test")
    both = dataclasses.replace(too_much_in_hand, numbers={**too_much_in_hand.numbers, **changed})
    bought = {"lines": [{"days_of_supply": 50}]}
    history = [
        {"settled_at": f"{month}-09 10:00", "patient_id": who, **bought}
        for month, who in (("2025-01", "P1"), ("2025-03", "P2"))
    ]
    claims = [{"settled_at": "2025-01-10 10:00"}, {"settled_at": "2025-03-10 10:00", "patient_id": "P2"}]
    batch, context = scene(claims, history)
    assert [hit.claim_row for hit in run_rules(batch, context, [both]).hits] == [0]


def test_a_number_is_read_on_its_day() -> None:
    number = parse_numbers({"a": {"unit": "days", "values": steps((date(2020, 1, 1), 3), (date(2021, 1, 1), 5))}}, "t")[
        "a"
    ]
    days = [day_number(day) for day in (date(2019, 12, 31), date(2020, 12, 31), date(2021, 1, 1))]
    assert number.on(np.array(days)).tolist() == [3, 3, 5]


@pytest.mark.parametrize(
    "content",
    [
        None,
        {"a": {"unit": "days"}},
        {"a": {"unit": "days", "values": []}},
        {"a": {"unit": "days", "values": [{"since": "soon", "value": 1, "source": "s"}]}},
        {"a": {"unit": "days", "values": [{"since": date(2020, 1, 1), "value": 1}]}},
        {"a": {"unit": "days", "values": [{"since": date(2020, 1, 1), "value": 1.5, "source": "s"}]}},
        {"a": {"unit": "days", "values": steps((date(2021, 1, 1), 1), (date(2020, 1, 1), 2))}},
    ],
)
def test_malformed_numbers_are_one_clear_sentence(content: object) -> None:
    with pytest.raises(BadSetting, match=r"Expected .* Correct the file"):
        parse_numbers(content, "test.yaml")


def test_a_missing_file_of_numbers_is_said() -> None:
    with pytest.raises(BadSetting, match=r"nowhere\.yaml"):
        read_numbers("nowhere")


def test_a_rule_must_not_begin_before_its_numbers() -> None:
    with pytest.raises(BadSetting, match="begins later"):
        made(since="2020-01-01", numbers="supply")


def made(since: str = "2000-01-01", numbers: str | None = None):
    return rule(
        code="YC-TEST",
        name_zh="测试",
        name_en="Test",
        category="管理类",
        grade=HIGHLY,
        since=since,
        source="made up",
        subject_kind="institution",
        numbers=numbers,
    )


@made()
def crashes_on_one(facts: Facts, numbers: Numbers) -> Hits:
    """Fails when it meets the claim of a certain till, and finds every other claim."""
    if "BAD" in facts.batch.claims["till_id"].tolist():
        raise ZeroDivisionError
    rows = np.arange(len(facts.batch))
    lines = np.searchsorted(facts.claim_of_line, rows)
    return Hits(rows, lines, np.ones(len(rows), dtype=np.int64), ["x"] * len(rows), ["x"] * len(rows))


def test_a_crash_leaves_one_claim_to_a_person_and_judges_the_rest() -> None:
    tills = ["OK"] * 5 + ["BAD"] + ["OK"] * 4
    batch, context = scene([{"till_id": till, "lines": [{}, {}]} for till in tills])
    result = run_rules(batch, context, [crashes_on_one])
    assert result.crashed == [("YC-TEST", "ZeroDivisionError")]
    assert np.flatnonzero(result.crashed_claims).tolist() == [5]
    assert [hit.claim_row for hit in result.hits] == [0, 1, 2, 3, 4, 6, 7, 8, 9]
    assert all(batch.lines["claim_index"][hit.line_row] == hit.claim_row for hit in result.hits)


def test_a_rule_that_always_crashes_is_asked_a_bounded_number_of_times() -> None:
    asked = []

    @made()
    def always(facts: Facts, numbers: Numbers) -> Hits:
        """Fails."""
        asked.append(len(facts.batch))
        raise ValueError

    batch, context = scene([{}] * 300)
    result = run_rules(batch, context, [always])
    assert result.crashed_claims.all()
    assert len(asked) <= TRIES_AFTER_A_CRASH + np.log2(300) + 2


def test_a_crash_before_the_rule_was_in_force_holds_nothing() -> None:
    batch, context = scene([{"till_id": "BAD", "settled_at": "1999-01-01 10:00"}, {"till_id": "BAD"}])
    assert run_rules(batch, context, [crashes_on_one]).crashed_claims.tolist() == [False, True]


def test_what_cannot_be_told_of_a_batch_hides_no_finding_that_does_not_need_it() -> None:
    batch, context = scene([{"till_id": "OK"}])
    blind = dataclasses.replace(context, institutions={})
    touching = dataclasses.replace(crashes_on_one, touches=frozenset({"drug"}))
    with pytest.raises(KeyError):
        _ = Facts(batch, blind).there
    result = run_rules(batch, blind, [touching, many_purchases])
    assert [(hit.code, hit.claim_row) for hit in result.hits] == [("YC-TEST", 0)]
    assert result.crashed == [(many_purchases.code, "KeyError")]


def test_only_a_definite_hit_may_refuse() -> None:
    @made()
    def eager(facts: Facts, numbers: Numbers) -> Hits:
        """Says that it may refuse though its grade is lower."""
        nothing = np.zeros(1, dtype=np.int64)
        return Hits(nothing, nothing + WHOLE_CLAIM, nothing, ["x"], ["x"], may_refuse=np.array([True]))

    batch, context = scene([{}])
    assert not run_rules(batch, context, [eager]).hits[0].may_refuse
    assert run_rules(batch, context, [dataclasses.replace(eager, grade=DEFINITE)]).hits[0].may_refuse
