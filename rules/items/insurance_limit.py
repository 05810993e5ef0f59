"""限工伤保险、限生育保险: a drug or service that only another insurance pays, billed to the basic medical insurance."""

from __future__ import annotations

import numpy as np

from claims.lookup import is_given
from claims.masks import rows_where
from rules.facts import Facts
from rules.frame import DEFINITE, HIGHLY, Grade, Hits, rule
from rules.knowledge.kinds import DRUG_INSURANCE, ITEM_INSURANCE
from rules.knowledge.words import INSURANCE_WORDS
from rules.line_hits import is_paid, line_hits
from rules.national_rule import national
from rules.numbers import Numbers

BASIC = ("310", "380", "390", "391")
"""职工基本医疗, 新农合, 城乡居民, 城镇居民; of all other types nobody can say here what they pay."""

MATERNITY_CARE = "5"
"""First digit of the care categories 51 生育门诊 and 52 生育住院: since the merger, basic insurance pays them."""

_NOTICE = "国家医保智能监管“两库”第三批知识点（2025-07-30 公布）；药品目录工伤保险、生育保险部分"


@rule(
    code="GZ10000101001000",
    name_zh="药品限工伤保险",
    name_en="Drug of the work-injury insurance",
    category="政策类",
    grade=DEFINITE,
    since="2023-05-15",
    source=f"国家医保智能监管规则库 GZ10000101001000；{_NOTICE}",
    subject_kind="institution",
    needs=(DRUG_INSURANCE,),
)
def drug_of_work_injury(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """A drug that only the work-injury insurance pays is billed to the basic insurance; an unknown type is no hit."""
    return _of_another(facts, DRUG_INSURANCE, "work_injury", DEFINITE)


@rule(
    code="GZ10000101002000",
    name_zh="药品限生育保险",
    name_en="Drug of the maternity insurance",
    category="政策类",
    grade=DEFINITE,
    since="2023-05-15",
    source=f"国家医保智能监管规则库 GZ10000101002000；{_NOTICE}",
    subject_kind="institution",
    needs=(DRUG_INSURANCE,),
)
def drug_of_maternity(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """A drug that only the maternity insurance pays is billed to the basic insurance outside of maternity care."""
    return _of_another(facts, DRUG_INSURANCE, "maternity", DEFINITE)


@national("GZ10000102003000", grade=HIGHLY, needs=(ITEM_INSURANCE,))
def service_of_work_injury(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001
    """As for a drug, of a service that the area's own table names; a person looks."""
    return _of_another(facts, ITEM_INSURANCE, "work_injury", HIGHLY)


@national("GZ10000102004000", grade=HIGHLY, needs=(ITEM_INSURANCE,))
def service_of_maternity(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001
    """As for a drug, of a service that the area's own table names; a person looks."""
    return _of_another(facts, ITEM_INSURANCE, "maternity", HIGHLY)


def _of_another(facts: Facts, kind: str, only: str, surest: Grade) -> Hits:
    points = facts.points(kind).one_a_line()
    points = points.where(points.of("only_insurance") == only)
    lines, claim = points.line, facts.claim_of_line[points.line]
    stated = facts.batch.claims["insurance_type"][claim]
    insurance = np.where(is_given(stated), stated, facts.of_patient("insurance_type", None)[claim])
    care = facts.batch.claims["care_category"][claim].tolist()
    is_basic = np.isin(insurance.astype(str), BASIC)
    is_maternity = np.array([str(code or "").startswith(MATERNITY_CARE) for code in care], dtype=np.bool_)
    chosen = rows_where(is_basic & is_paid(facts, lines) & ~(is_maternity & (only == "maternity")))
    zh, en = INSURANCE_WORDS[only]
    says = [
        (
            f"“{facts.item_label(lines[place])}”仅由{zh}支付，本次由基本医疗保险（险种 {insurance[place]}）结算",
            f"{facts.item_label(lines[place])} is paid by {en} only, billed to basic insurance ({insurance[place]})",
        )
        for place in chosen.tolist()
    ]
    # Only what the claim itself says is sure enough to refuse it; the register may be behind.
    grades = [surest if stated[place] is not None else HIGHLY for place in chosen.tolist()]
    return line_hits(facts, lines[chosen], says, grades=grades)
