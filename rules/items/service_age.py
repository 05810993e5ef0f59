"""医疗服务项目限年龄: a service that is paid within an age range of the knowledge table, billed outside of it."""

from __future__ import annotations

import numpy as np

from claims.masks import rows_where
from claims.tables import MISSING
from rules.facts import Facts
from rules.frame import DEFINITE, Hits, rule
from rules.items.age_limit import full_years
from rules.knowledge.kinds import ITEM_AGE
from rules.knowledge.words import age_words
from rules.line_hits import is_paid, line_hits
from rules.numbers import Numbers


@rule(
    code="YC-ITEMAGE",
    name_zh="医疗服务项目限年龄",
    name_en="Service outside the paid age range",
    category="政策类",
    grade=DEFINITE,
    since="2021-05-01",
    source="国家医保智能监管规则库（2025 年版）医疗服务项目限年龄；“两库”第八批知识点（2026-01-06 公布）",
    subject_kind="institution",
    needs=(ITEM_AGE,),
)
def service_outside_the_paid_age(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """The person's age on the line's day lies outside the service's range; an unknown birth date is no hit."""
    points = facts.points(ITEM_AGE).one_a_line()
    lines, day = points.line, facts.line_day[points.line]
    born = facts.of_patient("born_on", MISSING)[facts.claim_of_line[lines]]
    days = day - np.where(born == MISSING, day, born)
    years = full_years(day - days, day)
    outside = np.zeros(len(lines), dtype=np.bool_)
    for age, unit in ((years, "years"), (days, "days")):
        least, most = points.of(f"least_age_{unit}"), points.of(f"most_age_{unit}")
        outside |= ((least != MISSING) & (age < least)) | ((most != MISSING) & (age > most))
    chosen = rows_where(outside & (born != MISSING) & is_paid(facts, lines))
    limits = [points.of(name) for name in ("least_age_years", "most_age_years", "most_age_days")]
    says = []
    for place in chosen.tolist():
        label = facts.item_label(lines[place])
        zh, en = age_words(*(None if limit[place] == MISSING else int(limit[place]) for limit in limits))
        own = f"{years[place]} 周岁（出生 {days[place]} 天）" if years[place] < 1 else f"{years[place]} 周岁"
        says.append((f"“{label}”{zh}支付，使用当日 {own}", f"{label} is paid {en}, the age was {years[place]} years"))
    return line_hits(facts, lines[chosen], says)
