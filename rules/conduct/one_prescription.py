"""One prescription with too many drugs on it: 药品种类超标, 中药饮片超大处方."""

from __future__ import annotations

import numpy as np

from claims.lazy import coded, is_text
from claims.masks import rows_where
from claims.tables import Array
from rules.facts import Facts
from rules.findings import nothing, on_lines
from rules.frame import SLIGHTLY, Hits, rule
from rules.numbers import DatedNumber, Numbers
from rules.words import yuan


@rule(
    code="GZ10000202004000",
    name_zh="药品种类超标",
    name_en="Too many drugs on one prescription",
    category="管理类",
    grade=SLIGHTLY,
    since="2023-05-15",
    source="国家医保智能监管规则库 GZ10000202004000；处方管理办法（卫生部令第53号）第六条",
    subject_kind="institution",
    numbers="one_prescription",
    touches=("drug",),
)
def too_many_drugs(facts: Facts, numbers: Numbers) -> Hits:
    """A prescription names more different western and patent drugs than it may.

    Orders of a stay are no prescription, nor is what people choose for their own account.
    """
    return _more_than(facts, "drug", numbers["most_drugs"], ("种药品", "different drugs"))


@rule(
    code="YC-HERBS",
    name_zh="中药饮片超大处方",
    name_en="Oversized herbal prescription",
    category="医疗类",
    grade=SLIGHTLY,
    since="2021-05-01",
    source="医疗保障基金使用监督管理条例 第三十八条（二）超量开药；国家规则库 中药饮片超大处方（2025 年版）",
    subject_kind="institution",
    numbers="one_prescription",
    touches=("herbal",),
)
def too_many_herbal_pieces(facts: Facts, numbers: Numbers) -> Hits:
    """A prescription is made of more different herbal pieces than the area thinks sensible."""
    return _more_than(facts, "herbal", numbers["most_herbal_pieces"], ("味中药饮片", "different herbal pieces"))


def _more_than(facts: Facts, kind: str, most: DatedNumber, called: tuple[str, str]) -> Hits:
    """Prescriptions with too many items of a kind, at their first line; the amount is that of all these lines."""
    lines, claim, limit = facts.batch.lines, facts.claim_of_line, most.on(facts.settled_day)
    if not len(claim) or np.bincount(claim).max() <= limit.min():
        return nothing()
    paid_by = facts.batch.claims["benefit_kind"]
    is_open = facts.is_settlement & (paid_by != "inpatient") & (paid_by != "personal_account")
    chosen = rows_where(is_text(lines, "item_kind", kind) & is_open[claim] & (lines["quantity_e4"] > 0))
    if not len(chosen) or np.bincount(claim[chosen]).max() <= limit.min():
        return nothing()
    first, count, money = _by_slip(facts, chosen)
    too_many = rows_where(count > limit[claim[first]])
    first, count, money = first[too_many], count[too_many], money[too_many]
    says = [
        (
            f"一张处方开具 {own} {called[0]}，超过 {least}，合计 {yuan(fen)} 元",
            f"One prescription names {own} {called[1]}, more than {least}; together {yuan(fen)} yuan",
        )
        for own, least, fen in zip(count.tolist(), limit[claim[first]].tolist(), money.tolist(), strict=True)
    ]
    return on_lines(facts, first, says, money)


def _by_slip(facts: Facts, chosen: Array) -> tuple[Array, Array, Array]:
    """First line, number of different items, and fen of each prescription; lines without one are one by claim."""
    item = coded(facts.batch.lines, "item_code").codes[chosen]
    _, first, slip = np.unique(slips_of(facts, chosen), return_index=True, return_inverse=True)
    width = int(item.max()) + 1
    count = np.bincount(np.unique(slip * width + item) // width, minlength=len(first))
    money = np.zeros(len(first), dtype=np.int64)
    np.add.at(money, slip, facts.batch.lines["amount_fen"][chosen])
    return chosen[first], count, money


def slips_of(facts: Facts, lines: Array) -> Array:
    """(k,) numbers of the prescriptions of lines; lines without one are one by claim."""
    slip = coded(facts.batch.lines, "prescription_id").codes[lines]
    of_claim = facts.claim_of_line[lines] * (int(slip.max(initial=0)) + 2) + slip + 1
    return np.unique(of_claim, return_inverse=True)[1].astype(np.int64)
