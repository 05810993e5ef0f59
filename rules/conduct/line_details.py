"""结算明细信息异常: details of a line, or of all lines together, that cannot be."""

from __future__ import annotations

import numpy as np

from claims.clock import to_day
from claims.masks import is_any, rows_where
from claims.tables import MISSING, Array
from features.compiled import compiled
from rules.facts import Facts
from rules.findings import nothing
from rules.frame import HIGHLY, SLIGHTLY, WHOLE_CLAIM, Grade, Hits, rule
from rules.numbers import Numbers
from rules.words import yuan

_Says = tuple[str, str]
_Found = tuple[int, int, int, Grade, _Says]
"""Claim, line, fen, grade, and the sentences."""


@rule(
    code="GZ10000201002000",
    name_zh="结算明细信息异常",
    name_en="Impossible line details",
    category="管理类",
    grade=HIGHLY,
    since="2023-05-15",
    source="国家医保智能监管规则库 GZ10000201002000；医疗保障基金使用监督管理条例 第三十九条 未按规定传送数据",
    subject_kind="institution",
    numbers="data",
)
def impossible_details(facts: Facts, numbers: Numbers) -> Hits:
    """A line's fields are missing or contradict each other, or the lines do not add up to the claim's total.

    What only makes the record doubtful is a reminder; lines that do not add up are highly suspicious.
    """
    found = _of_lines(facts, numbers) + _of_totals(facts)
    if not found:
        return nothing()
    found.sort(key=lambda one: one[:2])
    claims, lines, money = (np.array([one[place] for one in found], dtype=np.int64) for place in range(3))
    zh, en = [one[4][0] for one in found], [one[4][1] for one in found]
    return Hits(claims, lines, money, zh, en, grades=[one[3] for one in found])


_LINE_FAULTS = (
    ("数量为零但有金额", "no quantity but an amount"),
    ("数量与金额正负相反", "quantity and amount have opposite signs"),
    ("单价为负", "a negative unit price"),
    ("单价为零但有金额", "no unit price but an amount"),
    ("符合范围金额大于明细金额", "more in scope than billed"),
    ("用药天数不可能", "impossible days of supply"),
    ("费用发生日期晚于结算日期", "the fee occurred after the settlement"),
    ("费用发生日期早于出生日期", "the fee occurred before the birth"),
    ("缺项目编码或类别", "no item code or kind"),
)
"""What can be wrong with a line: the columns of `_faults`, and at last that a code or kind is missing."""


def _of_lines(facts: Facts, numbers: Numbers) -> list[_Found]:
    lines, claim = facts.batch.lines, facts.claim_of_line
    amount = lines["amount_fen"]
    faults = _faults(
        lines["quantity_e4"], amount, lines["unit_price_micro_yuan"], lines["in_scope_fen"], lines["days_of_supply"],
        numbers["longest_stated_days"].on(facts.settled_day)[claim], lines["served_at"], facts.line_day,
        facts.settled_day[claim], facts.of_patient("born_on", MISSING)[claim],
    )  # fmt: skip
    named = zip(lines["item_kind"].tolist(), lines["item_code"].tolist(), strict=True)
    faults[:, -1] = [not kind or not code for kind, code in named]
    if not is_any(faults):
        return []
    found: list[_Found] = []
    for line, which in np.argwhere(faults & facts.is_judged[:, None]).tolist():
        zh, en = _LINE_FAULTS[which]
        fen, day, label = max(int(amount[line]), 0), to_day(int(facts.line_day[line])), facts.item_label(line)
        says = f"“{label}”{zh}（{day}，{yuan(fen)} 元）", f"{label}: {en} ({day}, {yuan(fen)} yuan)"
        found.append((int(claim[line]), line, fen, SLIGHTLY, says))
    return found


@compiled
def _faults(
    quantity: Array, amount: Array, price: Array, in_scope: Array, stated: Array, longest: Array, served: Array,
    day: Array, settled_day: Array, born: Array,
) -> Array:  # fmt: skip
    """Which of `_LINE_FAULTS` each of m lines has, (m, 9), the last left open.

    Args:
        quantity: ten-thousandths.
        amount: fen.
        price: millionths of a yuan.
        in_scope: fen.
        stated: days of supply, MISSING where the line says none.
        longest: days that may be stated.
        served: seconds, MISSING where the line says none.
        day: when the fee occurred, else the claim's day.
        settled_day: when its claim was settled.
        born: the person's birth date, MISSING where it is not known.
    """
    faults = np.zeros((quantity.size, len(_LINE_FAULTS)), np.bool_)
    for line in range(quantity.size):
        many, fen = quantity[line], amount[line]
        faults[line, 0] = many == 0 and fen != 0
        faults[line, 1] = (many > 0 and fen < 0) or (many < 0 and fen > 0)
        faults[line, 2] = price[line] < 0
        faults[line, 3] = price[line] == 0 and fen > 0
        faults[line, 4] = fen > 0 and in_scope[line] > fen
        faults[line, 5] = stated[line] != MISSING and (stated[line] < 0 or stated[line] > longest[line])
        faults[line, 6] = served[line] != MISSING and day[line] > settled_day[line]
        faults[line, 7] = born[line] != MISSING and day[line] < born[line]
    return faults


def _of_totals(facts: Facts) -> list[_Found]:
    """Claims whose lines differ from the total by more than one fen each, which rounding explains."""
    total = facts.batch.claims["total_fen"]
    summed, is_off = _added_up(facts.claim_of_line, facts.batch.lines["amount_fen"], total)
    return [
        (
            row,
            WHOLE_CLAIM,
            max(int(total[row] - summed[row]), 0),
            HIGHLY,
            (
                f"结算总额 {yuan(int(total[row]))} 元，明细合计 {yuan(int(summed[row]))} 元，两者不符",
                f"The total is {yuan(int(total[row]))} yuan, its lines add up to {yuan(int(summed[row]))}",
            ),
        )
        for row in rows_where(is_off & facts.is_settlement).tolist()
    ]


@compiled
def _added_up(claim: Array, amount: Array, total: Array) -> tuple[Array, Array]:
    """(n,) what the lines of each claim add up to, and whether a total of some lines is further off than a fen each."""
    summed, count = np.zeros(total.size, np.int64), np.zeros(total.size, np.int64)
    for line in range(claim.size):
        summed[claim[line]] += amount[line]
        count[claim[line]] += 1
    return summed, (count > 0) & (np.abs(total - summed) > count)
