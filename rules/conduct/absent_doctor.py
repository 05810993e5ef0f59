"""医师已离岗: the doctor named had left every register that knows him, or had not yet come."""

from __future__ import annotations

import numpy as np

from claims.clock import to_day
from claims.tables import MISSING
from rules.facts import Facts
from rules.findings import on_lines
from rules.frame import HIGHLY, Hits, rule
from rules.numbers import Numbers
from rules.words import yuan


@rule(
    code="YC-ABSENT",
    name_zh="医师不在岗期间开单",
    name_en="Ordered by a doctor who was away",
    category="管理类",
    grade=HIGHLY,
    since="2021-05-01",
    source="医疗保障基金使用监督管理条例 第四十条（二）、（三）；医保发〔2024〕23号 相关人员医保支付资格管理",
    subject_kind="doctor",
)
def ordered_while_away(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """The doctor of a line stands in registers, but in none of them on the line's day: he had left or not yet come.

    Of a doctor whom no register knows nothing is said here. Where he works is another rule's question, so prescriptions
    brought to a pharmacy are looked at as well.
    """
    named = facts.doctor_of_line
    away, left = facts.staff.away(named, "doctor")
    lines = np.flatnonzero(away & facts.is_settlement[facts.claim_of_line])
    day = facts.line_day
    says = []
    for line in lines.tolist():
        since = to_day(int(left[line])) if left[line] != MISSING else None
        label, on, fen = (
            facts.item_label(line),
            to_day(int(day[line])),
            yuan(int(facts.batch.lines["amount_fen"][line])),
        )
        zh = f"登记已于 {since} 终止" if since else "当日尚未登记"
        en = f"registration ended on {since}" if since else "not yet registered that day"
        says.append(
            (
                f"开单医师 {named[line]} {zh}，“{label}”{on}，{fen} 元",
                f"Doctor {named[line]}: {en}; {label} of {on}, {fen} yuan",
            )
        )
    return on_lines(facts, lines, says)
