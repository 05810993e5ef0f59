"""结算明细信息异常: details of a line, or of all lines together, that cannot be."""

from __future__ import annotations

import numpy as np

from claims.clock import area_day, to_day
from claims.tables import MISSING, Array
from rules.facts import Facts
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
    found.sort(key=lambda one: one[:2])
    claims, lines, money = (np.array([one[place] for one in found], dtype=np.int64) for place in range(3))
    zh, en = [one[4][0] for one in found], [one[4][1] for one in found]
    return Hits(claims, lines, money, zh, en, grades=[one[3] for one in found])


def _of_lines(facts: Facts, numbers: Numbers) -> list[_Found]:
    lines, claim = facts.batch.lines, facts.claim_of_line
    quantity, amount, price = lines["quantity_e4"], lines["amount_fen"], lines["unit_price_micro_yuan"]
    served, stated, in_scope = lines["served_at"], lines["days_of_supply"], lines["in_scope_fen"]
    longest = numbers["longest_stated_days"].on(facts.settled_day[claim])
    born = facts.of_patient("born_on", MISSING)[claim]
    checks: tuple[tuple[Array, str, str], ...] = (
        ((quantity == 0) & (amount != 0), "数量为零但有金额", "no quantity but an amount"),
        (np.sign(quantity) * np.sign(amount) < 0, "数量与金额正负相反", "quantity and amount have opposite signs"),
        (price < 0, "单价为负", "a negative unit price"),
        ((price == 0) & (amount > 0), "单价为零但有金额", "no unit price but an amount"),
        ((amount > 0) & (in_scope > amount), "符合范围金额大于明细金额", "more in scope than billed"),
        ((stated != MISSING) & ((stated < 0) | (stated > longest)), "用药天数不可能", "impossible days of supply"),
        (
            (served != MISSING) & (area_day(served) > facts.settled_day[claim]),
            "费用发生日期晚于结算日期",
            "the fee occurred after the settlement",
        ),
        ((born != MISSING) & (facts.line_day < born), "费用发生日期早于出生日期", "the fee occurred before the birth"),
        (_is_empty(lines["item_kind"]) | _is_empty(lines["item_code"]), "缺项目编码或类别", "no item code or kind"),
    )
    is_settled = facts.is_settlement[claim]
    found: list[_Found] = []
    for is_wrong, zh, en in checks:
        for line in np.flatnonzero(is_wrong & is_settled).tolist() if is_wrong.any() else ():
            fen, day = max(int(amount[line]), 0), to_day(int(facts.line_day[line]))
            label = facts.item_label(line)
            says = f"“{label}”{zh}（{day}，{yuan(fen)} 元）", f"{label}: {en} ({day}, {yuan(fen)} yuan)"
            found.append((int(claim[line]), line, fen, SLIGHTLY, says))
    return found


def _is_empty(texts: Array) -> Array:
    return np.asarray(texts == "", dtype=np.bool_) | np.asarray(texts == np.array(None), dtype=np.bool_)


def _of_totals(facts: Facts) -> list[_Found]:
    """Claims whose lines differ from the total by more than one fen each, which rounding explains."""
    total, count = facts.batch.claims["total_fen"], np.bincount(facts.claim_of_line, minlength=len(facts.batch))
    summed = np.zeros(len(total), dtype=np.int64)
    np.add.at(summed, facts.claim_of_line, facts.batch.lines["amount_fen"])
    is_wrong = facts.is_settlement & (count > 0) & (np.abs(total - summed) > count)
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
        for row in np.flatnonzero(is_wrong).tolist()
    ]
