"""限年龄: an item that the catalogue pays within an age range only, billed for somebody outside it."""

from __future__ import annotations

import numpy as np

from claims.masks import is_any, rows_where
from claims.tables import MISSING, Array
from rules.facts import Facts
from rules.findings import nothing
from rules.frame import HIGHLY, Hits, rule
from rules.numbers import Numbers


@rule(
    code="YC-AGE",
    name_zh="药品、项目限年龄",
    name_en="Outside the paid age range",
    category="政策类",
    grade=HIGHLY,
    since="2023-05-15",
    source="国家医保智能监管规则库 GZ10000101007000 药品限儿童使用、医疗服务项目限年龄（2025 年版）；药品目录",
    subject_kind="institution",
)
def outside_the_paid_age(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """The person's full years on the line's day lie outside the item's range; an unknown birth date is no hit."""
    least, most = facts.of_item("least_age_years", MISSING), facts.of_item("most_age_years", MISSING)
    if not is_any(least != MISSING) and not is_any(most != MISSING):
        return nothing()
    born = facts.of_patient("born_on", MISSING)[facts.claim_of_line]
    age = full_years(np.where(born == MISSING, facts.line_day, born), facts.line_day)
    outside = ((least != MISSING) & (age < least)) | ((most != MISSING) & (age > most))
    lines = rows_where(outside & (born != MISSING) & facts.is_judged)
    says = [(facts.item_label(line), *_range(int(least[line]), int(most[line]))) for line in lines.tolist()]
    ages = age[lines].tolist()
    return Hits(
        facts.claim_of_line[lines],
        lines,
        np.maximum(facts.batch.lines["amount_fen"][lines], 0),
        [f"“{label}”仅限{zh}支付，使用当日 {years} 周岁" for (label, zh, _), years in zip(says, ages, strict=True)],
        [
            f"{label} is paid {en} only; the age that day was {years}"
            for (label, _, en), years in zip(says, ages, strict=True)
        ],
    )


def full_years(born: Array, day: Array) -> Array:
    """Birthdays passed between two calendar days (days since 1970); one born on 29 February has it on 1 March.

    >>> full_years(np.array([0, 0]), np.array([364, 365])).tolist()
    [0, 1]
    """
    born_month, month = (days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) for days in (born, day))
    born_of_month = born - _first_of(born_month)
    whole_months = month - born_month - (day - _first_of(month) < born_of_month)
    return np.asarray(whole_months // 12)


def _first_of(month: Array) -> Array:
    return np.asarray(month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64))


def _range(least: int, most: int) -> tuple[str, str]:
    if least == MISSING:
        return f" {most} 周岁及以下", f"up to the age of {most}"
    if most == MISSING:
        return f" {least} 周岁及以上", f"from the age of {least}"
    return f" {least} 至 {most} 周岁", f"from {least} to {most} years"
