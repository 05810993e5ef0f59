"""限医疗机构级别: a drug or service that is paid from a level of institution on, billed below it."""

from __future__ import annotations

import numpy as np

from claims.masks import rows_where
from rules.facts import Facts
from rules.frame import DEFINITE, HIGHLY, Hits, rule
from rules.knowledge.kinds import DRUG_LEVEL, ITEM_LEVEL
from rules.knowledge.words import LEVEL_WORDS
from rules.line_hits import is_paid, line_hits
from rules.national_rule import national
from rules.numbers import Numbers

LEVEL_OF = {
    **dict.fromkeys(("01", "02", "03", "04", "12"), 3),
    **dict.fromkeys(("05", "06", "07", "13"), 2),
    **dict.fromkeys(("08", "09", "10", "14"), 1),
    "11": 0,
}
"""The level of each national code (hosp_lv); 11 is 无等级. Any other code is no hit."""


@rule(
    code="GZ10000101012000",
    name_zh="药品限医疗机构级别",
    name_en="Drug paid at a higher level of institution",
    category="政策类",
    grade=DEFINITE,
    since="2023-05-15",
    source="国家医保智能监管规则库 GZ10000101012000；“两库”第五批知识点（2025-08-14 公布）；药品目录限定支付范围",
    subject_kind="institution",
    needs=(DRUG_LEVEL,),
)
def drug_of_a_higher_level(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """A drug for hospitals of a level is billed below it; pharmacies, which have none, fill others' prescriptions."""
    return _below_the_level(facts, DRUG_LEVEL)


@national("GZ10000102011000", grade=HIGHLY, needs=(ITEM_LEVEL,))
def service_of_a_higher_level(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001
    """As for a drug, of a service that the area's own table names; a person looks."""
    return _below_the_level(facts, ITEM_LEVEL)


def _below_the_level(facts: Facts, kind: str) -> Hits:
    points = facts.points(kind).one_a_line()
    lines, claim = points.line, facts.claim_of_line[points.line]
    codes = facts.of_institution("level", None)[claim].tolist()
    level = np.array([LEVEL_OF.get(str(code), len(LEVEL_OF)) for code in codes], dtype=np.int64)
    is_pharmacy = facts.of_institution("kind", None)[claim] == "pharmacy"
    least = points.of("least_level")
    chosen = rows_where((level < least) & ~is_pharmacy & is_paid(facts, lines))
    says = []
    for place in chosen.tolist():
        label, own, needed = facts.item_label(lines[place]), int(level[place]), int(least[place])
        says.append(
            (
                f"“{label}”限{LEVEL_WORDS[needed]}及以上医疗机构支付，本机构为{LEVEL_WORDS.get(own, '无等级')}",
                f"{label} is paid from institution level {needed} on, this one has {own or 'none'}",
            )
        )
    return line_hits(facts, lines[chosen], says)
