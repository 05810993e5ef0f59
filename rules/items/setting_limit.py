"""限就医方式: a drug or service that is paid in some care settings only, billed in another one."""

from __future__ import annotations

import numpy as np

from claims.masks import rows_where
from claims.tables import Array
from rules.facts import Facts
from rules.frame import DEFINITE, HIGHLY, Grade, Hits, rule
from rules.knowledge.kinds import DRUG_SETTING, ITEM_SETTING
from rules.knowledge.words import setting_words
from rules.line_hits import is_paid, line_hits
from rules.national_rule import national
from rules.numbers import Numbers

HOME_BED = "71"
"""家庭病床: neither a stay nor an outpatient visit, so that nobody is judged by it."""


@rule(
    code="YC-SETTING",
    name_zh="药品限就医方式",
    name_en="Drug paid in another care setting",
    category="政策类",
    grade=DEFINITE,
    since="2021-05-01",
    source="国家医保智能监管规则库（2025 年版）药品限就医方式；“两库”第四批知识点（2025-08-08 公布）；药品目录",
    subject_kind="institution",
    needs=(DRUG_SETTING,),
)
def drug_of_another_setting(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """A drug that is paid for, say, inpatients only is paid outside.

    A person looks at chronic and special disease, and at emergencies, which may have become a stay.
    """
    return _outside(facts, DRUG_SETTING, DEFINITE)


@national("GZ10000102009000", grade=HIGHLY, needs=(ITEM_SETTING,))
def service_of_another_setting(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001
    """As for a drug, of a service that the area's own table names; a person looks."""
    return _outside(facts, ITEM_SETTING, HIGHLY)


def _outside(facts: Facts, kind: str, surest: Grade) -> Hits:
    points = facts.points(kind).one_a_line()
    lines, claim = points.line, facts.claim_of_line[points.line]
    settings, allowed = _settings(facts)[claim], points.of("settings")
    outside = [
        own is not None and not set(own.split(",")) & set(paid.split(","))
        for own, paid in zip(settings.tolist(), allowed.tolist(), strict=True)
    ]
    chosen = rows_where(np.array(outside, dtype=np.bool_) & is_paid(facts, lines))
    benefit = facts.batch.claims["benefit_kind"][claim]
    says = []
    for place in chosen.tolist():
        label = facts.item_label(lines[place])
        (own_zh, own_en), (zh, en) = setting_words(settings[place]), setting_words(allowed[place])
        says.append(
            (f"“{label}”仅限{zh}支付，本次为{own_zh}", f"{label} is paid for {en} care only, this was {own_en}")
        )
    unsure = np.isin(benefit.astype(str), ("chronic", "special")) | (settings == "emergency")
    grades = [HIGHLY if is_unsure else surest for is_unsure in unsure[chosen].tolist()]
    return line_hits(facts, lines[chosen], says, grades=grades)


def _settings(facts: Facts) -> Array:
    """(n,) the settings of each claim, comma-separated; None where none can be told."""
    claims = facts.batch.claims
    is_pharmacy = np.asarray(facts.of_institution("kind", None) == "pharmacy", dtype=np.bool_)
    rows = zip(
        claims["benefit_kind"].tolist(), claims["care_category"].tolist(), claims["is_emergency"].tolist(),
        is_pharmacy.tolist(), strict=True,
    )  # fmt: skip
    settings = np.empty(len(facts.batch), dtype=object)
    settings[:] = [_setting(*row) for row in rows]
    return settings


def _setting(benefit: str, care: str | None, is_emergency: bool, is_pharmacy: bool) -> str | None:
    """The settings of one claim: emergency care of a stay is both.

    >>> _setting("general_outpatient", "13", False, False), _setting("inpatient", "21", True, False)
    ('emergency', 'emergency,inpatient')
    """
    code = care or ""
    if code.startswith(HOME_BED):
        return None
    is_stay = benefit == "inpatient" or code.startswith(("2", "52"))
    if is_emergency or code.startswith("13"):
        return "emergency,inpatient" if is_stay else "emergency"
    if is_stay:
        return "inpatient"
    return "pharmacy" if is_pharmacy or code.startswith("41") else "outpatient"
