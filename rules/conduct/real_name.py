"""实名核验: who and which department a line names must stand in the institution's register on that day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from claims.clock import HOUR
from claims.lookup import is_given
from claims.tables import MISSING, Array
from rules.facts import Facts
from rules.findings import nothing
from rules.frame import DEFINITE, HIGHLY, SLIGHTLY, Grade, Hits, rule
from rules.numbers import Numbers

NEEDS_A_DOCTOR = frozenset({"drug", "herbal", "service", "consumable"})
"""Beds and other facilities are billed by the day, not ordered line by line."""

PHARMACY = "pharmacy"
SOURCE = (
    "厦门市医保实名申报与医保医师库、科室库（2010 年 7 月起）；医保发〔2024〕23号 定点医药机构相关人员医保支付资格管理"
)

_GRADE_OF: dict[str, Grade] = {
    "current": DEFINITE,
    "stale": HIGHLY,
    "incomplete": SLIGHTLY,
    "not_local": SLIGHTLY,
    "emergency": SLIGHTLY,
    "unnamed": SLIGHTLY,
}
_BECAUSE = {
    "current": ("", ""),
    "stale": (
        "；登记册未在时限内确认，转人工核对",
        "; the register is not current (confirmed too long ago), a person checks",
    ),
    "incomplete": (
        "；登记册未申报完整，仅提醒",
        "; the register is not current (not declared complete), reminder only",
    ),
    "not_local": ("；非本地联网结算，仅提醒", "; not settled on the local network, reminder only"),
    "emergency": ("；急诊抢救，仅提醒", "; emergency care, reminder only"),
    "unnamed": ("", ""),
}


@dataclass(frozen=True)
class _Question:
    """Lines that need a registered name, the names, which of them are registered, and how the sentences call them."""

    needed: Array
    named: Array
    registered: Callable[[], Array]
    zh: str
    en: str


@rule(
    code="YC-DOCTOR",
    name_zh="医务人员实名核验",
    name_en="Staff not in the register",
    category="管理类",
    grade=DEFINITE,
    since="2010-07-01",
    source=SOURCE,
    subject_kind="institution",
    numbers="real_name",
)
def staff_is_registered(facts: Facts, numbers: Numbers) -> Hits:
    """A hospital line's doctor, or a pharmacy line's till and named pharmacist, is not registered on the line's day.

    At a pharmacy the named person may also be the outside doctor of a prescription that was brought along; so somebody
    who is registered as a doctor anywhere, or of whom the context knows nothing, is not held against the pharmacy.
    """
    at_pharmacy = _at_pharmacy(facts)
    doctor, till = facts.doctor_of_line, facts.batch.claims["till_id"][facts.claim_of_line]
    kinds = facts.batch.lines["item_kind"].tolist()
    ordered = np.fromiter(map(NEEDS_A_DOCTOR.__contains__, kinds), dtype=np.bool_, count=len(kinds))
    register = facts.staff
    questions = (
        _Question(ordered & ~at_pharmacy, doctor, lambda: register.has(doctor, "doctor"), "医师", "Doctor"),
        _Question(at_pharmacy, till, lambda: register.has(till, "till", "pharmacist"), "收费员", "Till"),
        _Question(
            at_pharmacy & is_given(doctor),
            doctor,
            lambda: register.has(doctor, "pharmacist") | ~register.is_only(doctor, "pharmacist", "doctor"),
            "药师",
            "Pharmacist",
        ),
    )
    return _hits(facts, numbers, questions)


@rule(
    code="YC-DEPARTMENT",
    name_zh="科室实名核验",
    name_en="Department not in the register",
    category="管理类",
    grade=DEFINITE,
    since="2010-07-01",
    source=SOURCE,
    subject_kind="institution",
    numbers="real_name",
)
def department_is_registered(facts: Facts, numbers: Numbers) -> Hits:
    """A hospital or clinic line's department is not registered on the line's day; pharmacies have none."""
    department, at_pharmacy = facts.department_of_line, _at_pharmacy(facts)
    return _hits(
        facts,
        numbers,
        (_Question(~at_pharmacy, department, lambda: facts.departments.has(department), "科室", "Department"),),
    )


def _at_pharmacy(facts: Facts) -> Array:
    return np.asarray(facts.of_institution("kind", None) == PHARMACY, dtype=np.bool_)[facts.claim_of_line]


def _reliance(facts: Facts, numbers: Numbers) -> Array:
    """(n,) why the institution's register may or may not refuse this claim: a key of `_GRADE_OF`."""
    claims = facts.batch.claims
    confirmed = facts.of_institution("register_confirmed_at", MISSING)
    age = np.where(confirmed == MISSING, -1, claims["settled_at"] - confirmed)
    limit = numbers["register_confirmed_within_hours"].on(facts.settled_day) * HOUR
    complete = facts.of_institution("register_is_complete", False)
    return np.select(
        [claims["is_emergency"], claims["channel"] != "networked", ~complete, (age < 0) | (age > limit)],
        ["emergency", "not_local", "incomplete", "stale"],
        default="current",
    )


def _hits(facts: Facts, numbers: Numbers, questions: tuple[_Question, ...]) -> Hits:
    wrong = [
        (question, np.flatnonzero(needed & ~question.registered()))
        for question in questions
        for needed in [question.needed & facts.is_settlement[facts.claim_of_line]]
        if needed.any()
    ]
    if not any(len(lines) for _, lines in wrong):
        return nothing()
    reliance = _reliance(facts, numbers)
    found = [
        (line, *_finding(question, question.named[line], str(reliance[facts.claim_of_line[line]])))
        for question, lines in wrong
        for line in lines.tolist()
    ]
    lines = np.array([line for line, *_ in found], dtype=np.int64)
    return Hits(
        facts.claim_of_line[lines],
        lines,
        np.maximum(facts.batch.lines["amount_fen"][lines], 0),
        [zh for _, _, zh, _ in found],
        [en for _, _, _, en in found],
        grades=[_GRADE_OF[why] for _, why, _, _ in found],
        may_refuse=np.array([why == "current" for _, why, _, _ in found], dtype=np.bool_),
    )


def _finding(question: _Question, named: str | None, reliance: str) -> tuple[str, str, str]:
    """Why it may or may not be refused, and the sentences."""
    if named is None:
        return "unnamed", f"未填写{question.zh}", f"No {question.en.lower()} is named on the line"
    zh, en = _BECAUSE[reliance]
    return (
        reliance,
        f"{question.zh} {named} 当日不在本机构登记册中{zh}",
        f"{question.en} {named} is not in this institution's register on that day{en}",
    )
