"""实名核验: who and which department a line names must stand in the institution's register on that day."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from claims.clock import HOUR, to_day
from claims.lookup import is_given
from claims.masks import is_any, rows_where
from claims.tables import MISSING, Array
from rules.facts import Facts, pairs_of
from rules.findings import nothing
from rules.frame import DEFINITE, HIGHLY, SLIGHTLY, Grade, Hits, rule
from rules.numbers import Numbers

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


class _Question(NamedTuple):
    """What is asked of lines.

    Attributes:
        needed: (m,) lines that need a registered name.
        named: (m,) the names; of services pairs with the department.
        registered: gives (m,) which of them are registered.
        rests_on: the registers that must be complete and confirmed before a missing name may refuse.
        zh, en: how the sentences call who or what is named.
        also: what the sentences add about a line, in Chinese and English.
    """

    needed: Array
    named: Array
    registered: Callable[[], Array]
    rests_on: tuple[str, ...]
    zh: str
    en: str
    also: Callable[[int], tuple[str, str]] = lambda _: ("", "")


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

    Of a hospital's doctor who stands in no register any more this rule also says since when; no other rule speaks of
    that line's doctor. At a pharmacy the named person may also be the outside doctor of a prescription that was brought
    along; so somebody who is registered as a doctor anywhere, or of whom the context knows nothing, is not held against
    the pharmacy.
    """
    at_pharmacy = facts.at_pharmacy
    doctor, till = facts.doctor_of_line, facts.batch.claims["till_id"][facts.claim_of_line]
    register = facts.staff
    questions = (
        _Question(
            facts.needs_a_doctor,
            doctor,
            lambda: register.has(doctor, "doctor"),
            ("doctors",),
            "医师",
            "Doctor",
            partial(_left, facts),
        ),
        _Question(
            at_pharmacy,
            till,
            lambda: register.has(till, "till", "pharmacist"),
            ("tills", "pharmacists"),
            "收费员",
            "Till",
        ),
        _Question(
            at_pharmacy & is_given(doctor),
            doctor,
            lambda: register.has(doctor, "pharmacist") | ~register.is_only(doctor, "pharmacist", "doctor"),
            ("pharmacists",),
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
    department = facts.department_of_line
    question = _Question(
        ~facts.at_pharmacy,
        department,
        lambda: facts.departments.has(department),
        ("departments",),
        "科室",
        "Department",
    )
    return _hits(facts, numbers, (question,))


@rule(
    code="YC-SERVICE",
    name_zh="科室服务项目实名核验",
    name_en="Service not registered for the department",
    category="管理类",
    grade=DEFINITE,
    since="2010-07-01",
    source=SOURCE,
    subject_kind="institution",
    numbers="real_name",
    touches=("service",),
)
def service_is_registered(facts: Facts, numbers: Numbers) -> Hits:
    """A hospital or clinic line's service is none of those that its department had registered on the line's day.

    Asked only of institutions that declared something about their register of services: the others have none. A line
    without a department is another rule's question.
    """
    known, *_ = facts.declared.of("services", facts.batch.claims["institution_id"])
    if not is_any(known):
        return nothing()
    department = facts.department_of_line
    is_service = np.asarray(facts.batch.lines["item_kind"] == "service", dtype=np.bool_)
    needed = is_service & ~facts.at_pharmacy & is_given(department) & known[facts.claim_of_line]
    pairs = pairs_of(department, facts.batch.lines["item_code"])
    question = _Question(
        needed,
        pairs,
        lambda: facts.services.has(pairs),
        ("services",),
        "科室服务项目",
        "Service of a department",
    )
    return _hits(facts, numbers, (question,))


def _left(facts: Facts, line: int) -> tuple[str, str]:
    """Since when the line's doctor stands in no register, for one whom some register knew."""
    away, left = facts.doctors_away
    return since_words(int(left[line])) if away[line] else ("", "")


def since_words(last_day: int) -> tuple[str, str]:
    """How sentences say that a doctor is registered nowhere; MISSING for one who had not yet come."""
    if last_day == MISSING:
        return "，当日尚未登记", ", not yet registered anywhere that day"
    return f"，登记已于 {to_day(last_day)} 终止", f", registration ended on {to_day(last_day)}"


def _reliance(facts: Facts, numbers: Numbers, registers: tuple[str, ...]) -> Array:
    """(n,) why the institution's registers may or may not refuse this claim: a key of `_GRADE_OF`."""
    claims = facts.batch.claims
    limit = numbers["register_confirmed_within_hours"].on(facts.settled_day) * HOUR
    is_complete, is_current = np.ones(len(limit), dtype=np.bool_), np.ones(len(limit), dtype=np.bool_)
    for register in registers:
        _, complete, confirmed = facts.declared.of(register, claims["institution_id"])
        age = np.where(confirmed == MISSING, -1, claims["settled_at"] - confirmed)
        is_complete &= complete
        is_current &= (age >= 0) & (age <= limit)
    return np.select(
        [claims["is_emergency"], claims["channel"] != "networked", ~is_complete, ~is_current],
        ["emergency", "not_local", "incomplete", "stale"],
        default="current",
    )


def _hits(facts: Facts, numbers: Numbers, questions: tuple[_Question, ...]) -> Hits:
    wrong = [
        (question, rows_where(needed & ~question.registered()))
        for question in questions
        for needed in [question.needed & facts.is_judged]
        if is_any(needed)
    ]
    if not any(len(lines) for _, lines in wrong):
        return nothing()
    found = [
        (line, *_finding(question, line, str(reliance[facts.claim_of_line[line]])))
        for question, lines in wrong
        for reliance in [_reliance(facts, numbers, question.rests_on)]
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


def _finding(question: _Question, line: int, reliance: str) -> tuple[str, str, str]:
    """Why it may or may not be refused, and the sentences."""
    named = question.named[line]
    if named is None:
        return "unnamed", f"未填写{question.zh}", f"No {question.en.lower()} is named on the line"
    named = "：".join(named) if isinstance(named, tuple) else named
    (zh, en), (also_zh, also_en) = _BECAUSE[reliance], question.also(line)
    return (
        reliance,
        f"{question.zh} {named} 当日不在本机构登记册中{also_zh}{zh}",
        f"{question.en} {named} is not in this institution's register on that day{also_en}{en}",
    )
