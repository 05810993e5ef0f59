"""儿童禁用、老年人用药安全、诊断与年龄不符: an item or a diagnosis at an age for which it is not meant."""

from __future__ import annotations

import numpy as np

from claims.masks import rows_where
from claims.tables import MISSING, Array
from rules.diagnoses import points_of_diagnoses
from rules.facts import Facts
from rules.findings import on_claims
from rules.frame import HIGHLY, SLIGHTLY, Hits
from rules.items.age_limit import full_years
from rules.knowledge.kinds import DIAGNOSIS_AGE, DIAGNOSIS_SEX, DRUG_ELDERLY, DRUG_NOT_CHILD
from rules.knowledge.words import SEX_WORDS, says
from rules.known import Points
from rules.line_hits import line_hits
from rules.national_rule import national
from rules.numbers import Numbers
from rules.pairs import first_of_each


@national("GZ10000301003000", grade=HIGHLY, needs=(DRUG_NOT_CHILD,), numbers="children")
def drug_forbidden_for_children(facts: Facts, numbers: Numbers) -> Hits:
    """A drug is billed for a child of an age for which it is forbidden; an unknown birth date is no hit."""
    return _at_an_unsafe_age(facts, numbers, DRUG_NOT_CHILD)


@national("GZ10000301009000", grade=SLIGHTLY, needs=(DRUG_ELDERLY,), numbers="children")
def drug_unsafe_for_the_elderly(facts: Facts, numbers: Numbers) -> Hits:
    """A drug is billed for somebody of an age for which it is unsafe; often it is right all the same: a reminder."""
    return _at_an_unsafe_age(facts, numbers, DRUG_ELDERLY)


@national("GZ10000204007000", grade=SLIGHTLY, needs=(DIAGNOSIS_AGE,), numbers="children")
def diagnosis_of_another_age(facts: Facts, numbers: Numbers) -> Hits:
    """A diagnosis is named at an age at which it does not occur; an unknown birth date is no hit."""
    points = points_of_diagnoses(facts, DIAGNOSIS_AGE).in_table_order()
    claim = facts.batch.diagnoses["claim_index"][points.line]
    within, years = _within(facts, numbers, points, claim, facts.served_day[claim])
    chosen = rows_where((years != MISSING) & ~within)
    chosen = chosen[first_of_each(claim[chosen])]
    words = []
    for place in chosen.tolist():
        code, (zh, en) = facts.batch.diagnoses["code"][points.line[place]], _point_words(points, place)
        words.append(
            (
                f"诊断 {code} {zh}，就诊当日 {years[place]} 周岁",
                f"The diagnosis {code} is {en}, the age was {years[place]} years",
            )
        )
    return on_claims(facts, claim[chosen], words)


@national("GZ10000204006000", grade=HIGHLY, needs=(DIAGNOSIS_SEX,))
def diagnosis_of_the_other_sex(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """A diagnosis of one sex only is named for a person of the other; an unknown sex is no hit."""
    points = points_of_diagnoses(facts, DIAGNOSIS_SEX).in_table_order()
    claim = facts.batch.diagnoses["claim_index"][points.line]
    sex, only = facts.of_patient("sex", None)[claim], points.of("only_sex")
    chosen = rows_where(np.isin(sex.astype(str), tuple(SEX_WORDS)) & (sex != only))
    chosen = chosen[first_of_each(claim[chosen])]
    words = []
    for place in chosen.tolist():
        code, (zh, en) = facts.batch.diagnoses["code"][points.line[place]], SEX_WORDS[only[place]]
        words.append(
            (f"诊断 {code} 仅见于{zh}，与参保人登记性别不符", f"{code} occurs in {en} only, not the registered sex")
        )
    return on_claims(facts, claim[chosen], words)


def _at_an_unsafe_age(facts: Facts, numbers: Numbers, kind: str) -> Hits:
    points = facts.points(kind).one_a_line()
    lines = points.line
    within, years = _within(facts, numbers, points, facts.claim_of_line[lines], facts.line_day[lines])
    chosen = rows_where(within)
    words = []
    for place in chosen.tolist():
        label, (zh, en) = facts.item_label(lines[place]), _point_words(points, place)
        words.append(
            (f"“{label}”{zh}，使用当日 {years[place]} 周岁", f"{label} is {en}, the age was {years[place]} years")
        )
    return line_hits(facts, lines[chosen], words)


def _within(facts: Facts, numbers: Numbers, points: Points, claim: Array, day: Array) -> tuple[Array, Array]:
    """(k,) whether the person's age lies within that of the point, and the age in full years, MISSING if unknown."""
    born = facts.of_patient("born_on", MISSING)[claim]
    is_known = born != MISSING
    days = day - np.where(is_known, born, day)
    years = full_years(day - days, day)
    group = points.of("group_name")
    within = np.select(
        [group == "新生儿", group == "婴幼儿", group == "儿童", group == "老年人"],
        [
            days <= numbers["newborn_days"].on(day),
            years < numbers["infant_years"].on(day),
            years < numbers["child_years"].on(day),
            years >= numbers["elderly_years"].on(day),
        ],
        default=True,
    )
    for age, unit in ((years, "years"), (days, "days")):
        least, most = points.of(f"least_age_{unit}"), points.of(f"most_age_{unit}")
        within &= ((least == MISSING) | (age >= least)) & ((most == MISSING) | (age <= most))
    return within & is_known, np.where(is_known, years, MISSING)


def _point_words(points: Points, place: int) -> tuple[str, str]:
    """The sentence of one point."""
    row = int(points.row[place])
    values = {name: column[row] for name, column in points.table.items()}
    return says({name: None if value == MISSING else value for name, value in values.items()})
