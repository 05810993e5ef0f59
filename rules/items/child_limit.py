"""儿童专用、限儿童使用: an item for children, infants or newborns, billed for somebody older."""

from __future__ import annotations

import numpy as np

from claims.masks import rows_where
from claims.tables import MISSING, Array
from rules.facts import Facts
from rules.frame import DEFINITE, HIGHLY, Grade, Hits, Rule, rule
from rules.items.age_limit import full_years
from rules.knowledge.kinds import (
    DRUG_CHILD,
    DRUG_CHILD_PAID,
    DRUG_NEWBORN,
    GOODS_CHILD_PAID,
    GOODS_NEWBORN,
    ITEM_CHILD,
    ITEM_CHILD_PAID,
    ITEM_NEWBORN,
)
from rules.knowledge.words import GROUP_WORDS
from rules.line_hits import is_paid, line_hits
from rules.national_rule import national
from rules.numbers import Numbers

_NOTICE = "国家医保智能监管“两库”第一批知识点（2025-05-23 公布）"


@rule(
    code="GZ10000101007000",
    name_zh="药品限儿童使用",
    name_en="Drug paid for children only",
    category="政策类",
    grade=DEFINITE,
    since="2023-05-15",
    source=f"国家医保智能监管规则库 GZ10000101007000；{_NOTICE}；药品目录限定支付范围",
    subject_kind="institution",
    numbers="children",
    needs=(DRUG_CHILD_PAID,),
)
def drug_paid_for_children(facts: Facts, numbers: Numbers) -> Hits:
    """A drug that the catalogue pays for children only is paid for an adult; an unknown birth date is no hit."""
    return _too_old(facts, numbers, DRUG_CHILD_PAID, is_payment_limit=True)


@rule(
    code="GZ10000301002000",
    name_zh="药品儿童专用",
    name_en="Children's drug for an adult",
    category="医疗类",
    grade=HIGHLY,
    since="2023-05-15",
    source=f"国家医保智能监管规则库 GZ10000301002000；{_NOTICE}",
    subject_kind="institution",
    numbers="children",
    needs=(DRUG_CHILD,),
)
def drug_for_children(facts: Facts, numbers: Numbers) -> Hits:
    """A drug made for children is billed for an adult."""
    return _too_old(facts, numbers, DRUG_CHILD)


@rule(
    code="GZ10000302003000",
    name_zh="医疗服务项目儿童专用",
    name_en="Children's service for an older person",
    category="医疗类",
    grade=HIGHLY,
    since="2023-05-15",
    source=f"国家医保智能监管规则库 GZ10000302003000；{_NOTICE}",
    subject_kind="institution",
    numbers="children",
    needs=(ITEM_CHILD,),
)
def service_for_children(facts: Facts, numbers: Numbers) -> Hits:
    """A service for children, infants or newborns is billed for somebody older."""
    return _too_old(facts, numbers, ITEM_CHILD)


def _paid_for_the_young(code: str, kind: str, grade: Grade) -> Rule:
    @national(code, grade=grade, needs=(kind,), numbers="children")
    def paid_for_the_young(facts: Facts, numbers: Numbers) -> Hits:
        """An item that is paid for children, infants or newborns only is paid for somebody older."""
        return _too_old(facts, numbers, kind, is_payment_limit=True)

    return paid_for_the_young


YOUNG_RULES: tuple[Rule, ...] = (
    _paid_for_the_young("GZ10000101006000", DRUG_NEWBORN, HIGHLY),
    _paid_for_the_young("GZ10000102005000", ITEM_NEWBORN, HIGHLY),
    _paid_for_the_young("GZ10000102006000", ITEM_CHILD_PAID, HIGHLY),
    _paid_for_the_young("GZ10000103001000", GOODS_NEWBORN, DEFINITE),
    _paid_for_the_young("GZ10000103002000", GOODS_CHILD_PAID, DEFINITE),
)


def _too_old(facts: Facts, numbers: Numbers, kind: str, *, is_payment_limit: bool = False) -> Hits:
    points = facts.points(kind).one_a_line()
    lines = points.line
    born = facts.of_patient("born_on", MISSING)[facts.claim_of_line[lines]]
    day = _first_possible_day(facts, lines)
    days = day - np.where(born == MISSING, day, born)
    years = full_years(day - days, day)
    group = points.of("group_name")
    too_old = np.select(
        [group == "新生儿", group == "婴幼儿"],
        [days > numbers["newborn_days"].on(day), years >= numbers["infant_years"].on(day)],
        default=years >= numbers["child_years"].on(day),
    )
    chosen = rows_where(too_old & (is_paid(facts, lines) if is_payment_limit else True))
    verb = ("支付", "paid for") if is_payment_limit else ("使用", "for")
    says = []
    for place in chosen.tolist():
        label, age = facts.item_label(lines[place]), _age(int(years[place]), int(days[place]))
        zh, en = group[place], GROUP_WORDS[group[place]]
        says.append((f"“{label}”仅限{zh}{verb[0]}，使用当日 {age[0]}", f"{label} is {verb[1]} {en} only, age {age[1]}"))
    return line_hits(facts, lines[chosen], says)


def _age(years: int, days: int) -> tuple[str, str]:
    return (f"{years} 周岁", f"{years} years") if years else (f"出生 {days} 天", f"{days} days")


def _first_possible_day(facts: Facts, lines: Array) -> Array:
    """The line's day; of a line without its own time in a stay, the first day of the stay."""
    claim = facts.claim_of_line[lines]
    admitted = facts.batch.claims["admitted_on"][claim]
    is_unsure = (facts.batch.lines["served_at"][lines] == MISSING) & (admitted != MISSING)
    return np.where(is_unsure, np.minimum(admitted, facts.line_day[lines]), facts.line_day[lines])
