"""医师已离岗: the doctor named had left every register that knows him, or had not yet come."""

from __future__ import annotations

from functools import cache, partial

import numpy as np

from claims.clock import to_day
from claims.masks import is_any, rows_where
from claims.tables import Array
from rules.conduct.real_name import since_words
from rules.facts import Facts
from rules.findings import nothing
from rules.frame import HIGHLY, SLIGHTLY, Hits, rule
from rules.numbers import Numbers
from rules.words import yuan

_INCOMPLETE = (
    "；其登记机构的医师登记册未申报完整，仅提醒",
    "; not every register that knew him is declared complete, reminder only",
)


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

    Asked of the lines whose doctor need not be registered at the line's own institution, such as a prescription that is
    brought to a pharmacy; of the others YC-DOCTOR says it. Of a doctor whom no register knows nothing is said here.
    """
    is_outside = ~facts.needs_a_doctor & facts.is_judged
    if not is_any(is_outside):
        return nothing()
    away, left = facts.doctors_away
    lines = rows_where(away & is_outside)
    if not len(lines):
        return nothing()
    are_complete = cache(partial(_registers_are_complete, facts))
    complete = [are_complete(doctor) for doctor in facts.doctor_of_line[lines].tolist()]
    says = [_sentence(facts, line, int(left[line]), sure) for line, sure in zip(lines.tolist(), complete, strict=True)]
    return Hits(
        facts.claim_of_line[lines],
        lines,
        np.maximum(facts.batch.lines["amount_fen"][lines], 0),
        [zh for zh, _ in says],
        [en for _, en in says],
        grades=[HIGHLY if sure else SLIGHTLY for sure in complete],
    )


def _registers_are_complete(facts: Facts, doctor: str) -> bool:
    """Whether every institution that ever registered the doctor declared its doctors complete."""
    table = facts.context.staff
    places: Array = table["institution_id"][(table["staff_id"] == doctor) & (table["role"] == "doctor")]
    _, complete, _ = facts.declared.of("doctors", places)
    return bool(complete.all())


def _sentence(facts: Facts, line: int, last_day: int, sure: bool) -> tuple[str, str]:
    (since_zh, since_en), (also_zh, also_en) = since_words(last_day), ("", "") if sure else _INCOMPLETE
    named, label = facts.doctor_of_line[line], facts.item_label(line)
    on, fen = to_day(int(facts.line_day[line])), yuan(int(facts.batch.lines["amount_fen"][line]))
    return (
        f"开单医师 {named}{since_zh}，“{label}”{on}，{fen} 元{also_zh}",
        f"Doctor {named}{since_en}; {label} of {on}, {fen} yuan{also_en}",
    )
