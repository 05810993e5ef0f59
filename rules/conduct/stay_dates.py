"""计费日期与住院时间不符: a fee of a stay that occurred before the admission or after the discharge."""

from __future__ import annotations

from claims.clock import to_day
from claims.masks import is_any, rows_where
from claims.tables import MISSING
from rules.facts import Facts
from rules.findings import nothing, on_lines
from rules.frame import HIGHLY, Hits, rule
from rules.numbers import Numbers
from rules.words import yuan


@rule(
    code="GZ10000201008000",
    name_zh="计费日期与住院时间不符",
    name_en="Billed outside the stay",
    category="管理类",
    grade=HIGHLY,
    since="2023-05-15",
    source="国家医保智能监管规则库 GZ10000201008000；医疗保障基金使用监督管理条例 第三十八条（三）",
    subject_kind="institution",
    numbers="stays",
    touches=("inpatient",),
)
def billed_outside_the_stay(facts: Facts, numbers: Numbers) -> Hits:
    """A line of a stay says a day that is not within it; a line without a day of its own is no hit."""
    is_stay = facts.visits.own(facts.visits.is_stay) & facts.is_settlement
    if not is_any(is_stay):
        return nothing()
    claim, claims = facts.claim_of_line, facts.batch.claims
    first, last = claims["admitted_on"][claim], claims["discharged_on"][claim]
    before = numbers["billed_before_admission_days"].on(facts.settled_day)[claim]
    is_dated = is_stay[claim] & (facts.batch.lines["served_at"] != MISSING)
    outside = is_dated & ((facts.line_day < first - before) | (facts.line_day > last))
    lines = rows_where(outside)
    says = []
    for line in lines.tolist():
        days = [to_day(int(column[line])) for column in (facts.line_day, first, last)]
        fen = yuan(int(facts.batch.lines["amount_fen"][line]))
        says.append(
            (
                f"“{facts.item_label(line)}”计费日期 {days[0]}，不在住院期间 {days[1]} 至 {days[2]} 内，{fen} 元",
                f"{facts.item_label(line)}: billed on {days[0]}, the stay lasted {days[1]} to {days[2]}; {fen} yuan",
            )
        )
    return on_lines(facts, lines, says)
