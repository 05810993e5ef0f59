"""The page of rules says what the library and the declarations say."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from rules.catalogue import RULES
from rules.indicators.catalogue import PERIOD_CODES
from rules.knowledge.page import knowledge_page
from rules.library.national import TABLES, national_rules
from rules.page import rule_page

PAGE = Path(__file__).parents[1] / "docs" / "rules.md"


def test_the_page_is_current() -> None:
    stale = "docs/rules.md does not say what rules/ declares: run `yicha rules document`"
    assert PAGE.read_text(encoding="utf-8") == rule_page(), stale


def test_the_page_of_tables_is_current() -> None:
    stale = "docs/knowledge.md does not say what rules/knowledge declares: run `yicha knowledge document`"
    assert PAGE.with_name("knowledge.md").read_text(encoding="utf-8") == knowledge_page(), stale


def test_at_least_seventy_rules_of_the_library_work() -> None:
    working = {rule.code for rule in RULES} | PERIOD_CODES
    waiting = [each for each in national_rules() if each.code not in working]
    assert len(waiting) <= 88 - 70
    assert all(each.needs for each in waiting)  # each says what data it waits for


def test_the_library_is_that_of_2025() -> None:
    library = national_rules()
    assert [each.number for each in library] == list(range(1, 89))
    assert Counter(each.class_zh for each in library) == {"政策类": 34, "管理类": 29, "医疗类": 25}
    assert sum(each.code.startswith("YC-") for each in library) == 9  # and one more that only changed its name
    assert len({each.code for each in library}) == 88
    assert {each.table for each in library} == set(TABLES)


def test_a_rule_of_the_library_has_its_name_and_class() -> None:
    library = {each.code: each for each in national_rules()}
    named = [(rule, library[rule.code]) for rule in RULES if rule.code in library]
    assert named
    for rule, each in named:
        assert (rule.name_zh, rule.category) == (each.name_zh, each.class_zh), rule.code


def test_every_rule_has_one_row() -> None:
    rows = [line.split("`")[1] for line in rule_page().splitlines() if line.startswith("| ") and "`" in line]
    assert sorted(rows) == sorted({each.code for each in national_rules()} | {rule.code for rule in RULES})
