"""What holds for every rule over the knowledge tables, and how their points are found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from claims.tables import MISSING
from rules.catalogue import RULES
from rules.facts import Facts
from rules.frame import DEFINITE, Hits, Rule
from rules.indicators.catalogue import INDICATORS, PERIOD_CODES
from rules.knowledge.kinds import KINDS
from rules.known import Known
from rules.library.national import national_rules
from rules.run import run_rules
from tests.rules.scenes import scene
from tests.rules.test_all_rules import one_big_scene

OVER_TABLES = [pytest.param(rule, id=rule.code) for rule in RULES if rule.needs]
FAR = 40_000
"""A day after every claim of the cases."""


@pytest.mark.parametrize("rule", OVER_TABLES)
def test_without_its_table_a_rule_is_not_even_asked(rule: Rule) -> None:
    batch, context = one_big_scene(rule)

    def asked(facts: Facts, numbers: object) -> Hits:
        raise AssertionError

    deaf = replace(rule, check=asked)
    assert context.knowledge is not None
    nothing = {name: column[:0] for name, column in context.knowledge.items()}
    for knowledge in (None, nothing):
        result = run_rules(batch, replace(context, knowledge=knowledge), [deaf])
        assert (result.hits, result.crashed) == ([], [])


@pytest.mark.parametrize("rule", OVER_TABLES)
def test_a_table_that_begins_later_or_has_ended_judges_nobody(rule: Rule) -> None:
    batch, context = one_big_scene(rule)
    assert context.knowledge is not None
    size = len(context.knowledge["kind"])
    later = {**context.knowledge, "valid_from": np.full(size, FAR)}
    ended = {**context.knowledge, "valid_from": np.zeros(size, dtype=np.int64), "valid_until": np.full(size, 10)}
    for knowledge in (later, ended):
        result = run_rules(batch, replace(context, knowledge=knowledge), [rule])
        assert (result.hits, result.crashed) == ([], [])


@pytest.mark.parametrize("rule", OVER_TABLES)
def test_the_points_of_other_items_change_nothing(rule: Rule) -> None:
    batch, context = one_big_scene(rule)
    assert context.knowledge is not None
    others = dict(context.knowledge)
    others["item_code"] = np.array([f"{code}-OTHER" for code in others["item_code"]], dtype=object)
    both = {name: np.concatenate([others[name], context.knowledge[name]]) for name in others}
    found = [run_rules(batch, replace(context, knowledge=knowledge), [rule]) for knowledge in (context.knowledge, both)]
    assert [hit.says_zh for hit in found[0].hits] == [hit.says_zh for hit in found[1].hits]


def test_every_kind_of_point_has_a_rule_that_reads_it() -> None:
    codes = {rule.code for rule in RULES} | PERIOD_CODES
    assert {kind.code for kind in KINDS.values()} <= codes
    needed = {kind for rule in RULES for kind in rule.needs} | {each.needs for each in INDICATORS if each.needs}
    assert needed | {"drug_sex", "item_sex"} == set(KINDS)


def test_rules_of_medicine_over_tables_never_refuse() -> None:
    for rule in RULES:
        if rule.needs and rule.category == "医疗类":
            batch, context = one_big_scene(rule)
            assert not any(hit.may_refuse for hit in run_rules(batch, context, [rule]).hits)


REAL_NAME = {"YC-DOCTOR", "YC-DEPARTMENT", "YC-SERVICE"}
"""Not of the library: an institution's own register, declared complete and confirmed, says who may order."""


def test_only_a_limit_of_policy_with_an_official_table_or_a_failed_real_name_check_is_definite() -> None:
    library = {each.code: each for each in national_rules()}
    for rule in RULES:
        each = library.get(rule.code)
        if rule.code in REAL_NAME or (each and each.class_zh == "政策类" and each.table == "official"):
            continue
        batch, context = one_big_scene(rule)
        assert rule.grade is not DEFINITE, rule.code
        assert not any(hit.grade is DEFINITE for hit in run_rules(batch, context, [rule]).hits), rule.code


def test_of_two_points_of_a_line_the_one_that_began_last_counts() -> None:
    _, context = scene(
        [{}],
        knowledge=[
            {"kind": "item_count", "most_count_e4": 20_000, "valid_from": "2021-01-01"},
            {"kind": "item_count", "most_count_e4": 10_000, "valid_from": "2020-01-01"},
        ],
    )
    known = Known(context.knowledge)
    items = known.numbers_of(np.array(["XC09AA-TEST-1", "UNKNOWN"], dtype=object))
    points = known.points("item_count", items, np.full(2, 20_000))
    assert points.line.tolist() == [0, 0]
    assert points.one_a_line().of("most_count_e4").tolist() == [20_000]
    assert points.one_a_line().of("valid_until").tolist() == [MISSING]
