"""Each rule against its cases, which are data: `<code>.yaml` beside this file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from claims.batch import ClaimBatch
from claims.context import Context
from rules.catalogue import RULES
from rules.facts import Facts
from rules.frame import Rule
from rules.run import run_rules
from tests.rules.scenes import scene


def cases_of(rule: Rule) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / f"{rule.code}.yaml").read_text("utf-8"))
    return cases


def scene_of(case: dict[str, Any]) -> tuple[ClaimBatch, Context]:
    return scene(**{name: rows for name, rows in case.items() if name not in ("name", "hits", "spared")})


EACH = [pytest.param(rule, case, id=f"{rule.code} {case['name']}") for rule in RULES for case in cases_of(rule)]


@pytest.mark.parametrize(("rule", "case"), EACH)
def test_the_rule_finds_what_its_case_says(rule: Rule, case: dict[str, Any]) -> None:
    batch, context = scene_of(case)
    result = run_rules(batch, context, [rule])
    assert result.crashed == []
    assert len(result.hits) == len(case["hits"]), result.hits
    assert result.spared == {(rule.code, exemption): count for exemption, count in case.get("spared", {}).items()}
    for hit, expected in zip(result.hits, case["hits"], strict=True):
        for name, value in expected.items():
            if name == "says":
                assert value in hit.says_zh
            else:
                found = getattr(hit, {"claim": "claim_row", "line": "line_row"}.get(name, name))
                assert found == value, name


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_each_rule_has_a_hit_and_a_near_miss(rule: Rule) -> None:
    found = [bool(case["hits"]) for case in cases_of(rule)]
    assert any(found)
    assert not all(found)


def test_what_a_rule_is_not_asked_about_it_would_not_have_found() -> None:
    skipped: set[str] = set()
    for other in RULES:
        for case in cases_of(other):
            facts = Facts(*scene_of(case))
            for rule in RULES:
                if rule.touches.isdisjoint(facts.there) and rule.touches:
                    skipped.add(rule.code)
                    found = rule.check(facts, rule.numbers)
                    assert not facts.is_settlement[found.claim_row].any(), (rule.code, other.code, case["name"])
    assert skipped == {rule.code for rule in RULES if rule.touches}
