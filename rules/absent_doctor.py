"""医师已离岗: the doctor named had left every register that knows him, or had not yet come."""

from __future__ import annotations

import numpy as np

from claims.clock import to_day
from claims.lookup import Codes, is_given
from claims.tables import MISSING, Array
from rules.facts import Facts
from rules.findings import on_lines
from rules.frame import HIGHLY, Hits, rule
from rules.numbers import Numbers
from rules.words import yuan

_OPEN = int(np.iinfo(np.int64).max)


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
    staff = facts.context.staff
    is_doctor = staff["role"] == "doctor"
    first, last = staff["valid_from"][is_doctor], staff["valid_until"][is_doctor]
    named = facts.line_or_claim("doctor_id")
    codes = Codes(staff["staff_id"][is_doctor].tolist())
    asked, day = codes.of(named.tolist()), facts.line_day
    away, left = _away(codes.of_rows, first, np.where(last == MISSING, _OPEN, last), asked, day)
    lines = np.flatnonzero(away & is_given(named) & facts.is_settlement[facts.claim_of_line])
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


def _away(codes: Array, first: Array, last: Array, asked: Array, day: Array) -> tuple[Array, Array]:
    """Whether a known person has no open period on a day, and the last day of the latest period before it.

    Args:
        codes: (r,) persons of the periods.
        first: (r,) their first days.
        last: (r,) their last days.
        asked: (m,) persons, -1 unknown.
        day: (m,) days.
    """
    away, left = asked >= 0, np.full(len(asked), MISSING, dtype=np.int64)
    if not away.any():
        return away, left
    rank = np.argsort(codes, kind="stable")
    begins = np.searchsorted(codes[rank], asked)
    count = np.where(away, np.searchsorted(codes[rank], asked, side="right") - begins, 0)
    for step in range(int(count.max())):  # a person has few periods
        row = rank[np.minimum(begins + step, len(rank) - 1)]
        is_one = step < count
        away &= ~(is_one & (first[row] <= day) & (day <= last[row]))
        left = np.where(is_one & (last[row] < day), np.maximum(left, last[row]), left)
    return away, left
