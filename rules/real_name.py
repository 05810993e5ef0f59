"""实名核验: who and which department a line names must stand in the institution's register on that day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from claims.clock import HOUR
from claims.lookup import Codes, is_given, is_open_on_day
from claims.tables import MISSING, Array, Columns
from rules.facts import Facts
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
    """Lines that need a registered name, the names, and how the sentences call them."""

    needed: Array
    named: Array
    registered: Array
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
    doctor, till = facts.line_or_claim("doctor_id"), _till(facts)
    kinds = facts.batch.lines["item_kind"].tolist()
    ordered = np.fromiter(map(NEEDS_A_DOCTOR.__contains__, kinds), dtype=np.bool_, count=len(kinds))
    is_own_doctor = _is_staff(facts, doctor, "doctor")
    wrong_pharmacist = is_given(doctor) & _is_pharmacist_elsewhere(facts, doctor)
    questions = (
        _Question(ordered & ~at_pharmacy, doctor, is_own_doctor, "医师", "Doctor"),
        _Question(
            at_pharmacy, till, _is_staff(facts, till, "till") | _is_staff(facts, till, "pharmacist"), "收费员", "Till"
        ),
        _Question(at_pharmacy & wrong_pharmacist, doctor, _is_staff(facts, doctor, "pharmacist"), "药师", "Pharmacist"),
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
    department, table = facts.line_or_claim("department_id"), facts.context.departments
    codes = Codes(zip(table["institution_id"].tolist(), table["department_id"].tolist(), strict=True))
    institution = facts.batch.claims["institution_id"][facts.claim_of_line]
    asked = codes.of(zip(institution.tolist(), department.tolist(), strict=True))
    registered = is_open_on_day(codes.of_rows, table["valid_from"], table["valid_until"], asked, facts.line_day)
    return _hits(facts, numbers, (_Question(~_at_pharmacy(facts), department, registered, "科室", "Department"),))


def _at_pharmacy(facts: Facts) -> Array:
    return np.asarray(facts.of_institution("kind", None) == PHARMACY, dtype=np.bool_)[facts.claim_of_line]


def _till(facts: Facts) -> Array:
    return facts.batch.claims["till_id"][facts.claim_of_line]


def _is_staff(facts: Facts, named: Array, role: str) -> Array:
    """(m,) whether the institution registered the named person in this role on the line's day."""
    table = _with_role(facts.context.staff, role)
    codes = Codes(zip(table["institution_id"].tolist(), table["staff_id"].tolist(), strict=True))
    institution = facts.batch.claims["institution_id"][facts.claim_of_line]
    asked = codes.of(zip(institution.tolist(), named.tolist(), strict=True))
    return is_open_on_day(codes.of_rows, table["valid_from"], table["valid_until"], asked, facts.line_day)


def _is_pharmacist_elsewhere(facts: Facts, named: Array) -> Array:
    """(m,) whether the person stands as a pharmacist in some register, at any time, and as a doctor in none."""

    def listed(role: str) -> Array:
        return Codes(_with_role(facts.context.staff, role)["staff_id"].tolist()).of(named.tolist()) >= 0

    return np.asarray(listed("pharmacist") & ~listed("doctor"))


def _with_role(staff: Columns, role: str) -> dict[str, Array]:
    chosen = staff["role"] == role
    return {name: column[chosen] for name, column in staff.items()}


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
    reliance = _reliance(facts, numbers)
    found: list[tuple[int, str, str, str]] = []
    for question in questions:
        wrong = question.needed & facts.is_settlement[facts.claim_of_line] & ~question.registered
        found += [
            (line, *_finding(question, question.named[line], str(reliance[facts.claim_of_line[line]])))
            for line in np.flatnonzero(wrong).tolist()
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
