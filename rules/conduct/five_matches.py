"""五个相符: card with person, illness with drug, drug with quantity, quantity with fee, as far as a claim itself tells.

Person with illness needs the tables of diagnoses by sex and age and is left to rules that read them.
"""

from __future__ import annotations

import numpy as np

from claims.clock import to_day
from claims.lazy import is_text
from claims.masks import is_any, rows_where
from claims.tables import MISSING, Array
from features.compiled import compiled
from features.doses import drug_lines
from rules.facts import TAKEN_HOME, Facts
from rules.findings import nothing, on_claims, on_lines
from rules.frame import HIGHLY, SLIGHTLY, Hits, rule
from rules.numbers import Numbers
from rules.words import micro_yuan, yuan

SOURCE = "闽劳社文〔2003〕344号 五个相符"
_E4, _MICRO_E4_PER_FEN, _MICRO_PER_FEN = 10_000, 10**8, 10_000


@rule(
    code="YC-LIFE",
    name_zh="卡与人不符：死亡后就医",
    name_en="Care after death",
    category="管理类",
    grade=HIGHLY,
    since="2021-05-01",
    source=f"{SOURCE}（卡与人）；医疗保障基金使用监督管理条例 第四十条（一）冒名就医、第四十一条（一）",
    subject_kind="institution",
)
def care_after_death(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """The care began after the day on which the person is registered as dead."""
    died = facts.of_patient("died_on", MISSING)
    if not is_any(died != MISSING):
        return nothing()
    begin = facts.visits.own(facts.visits.begin)
    rows = rows_where(facts.is_settlement & (died != MISSING) & (begin > died))
    total = facts.batch.claims["total_fen"]
    says = []
    for row in rows.tolist():
        end, day, fen = to_day(int(died[row])), to_day(int(begin[row])), yuan(int(total[row]))
        says.append(
            (
                f"参保人登记死亡日期 {end}，就医日期 {day}，{fen} 元",
                f"Registered as dead on {end}, care on {day}; {fen} yuan",
            )
        )
    return on_claims(facts, rows, says)


@rule(
    code="YC-NODIAGNOSIS",
    name_zh="病与药不符：无诊断开药",
    name_en="Drugs without a diagnosis",
    category="管理类",
    grade=SLIGHTLY,
    since="2021-05-01",
    source=f"{SOURCE}（病与药）；处方管理办法（卫生部令第53号）第六条（一）处方须载明临床诊断",
    subject_kind="institution",
    touches=("drug", "herbal"),
)
def drugs_without_diagnosis(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """A hospital or clinic prescribes drugs at the fund's expense and names no diagnosis at all; it reminds."""
    claims, visits = facts.batch.claims, facts.visits
    is_bare = facts.is_settlement & (np.bincount(facts.batch.diagnoses["claim_index"], minlength=len(facts.batch)) == 0)
    if not is_any(is_bare):
        return nothing()
    is_bare &= ~visits.own(visits.is_purchase) & (claims["fund_fen"] > 0)
    if not is_any(is_bare):
        return nothing()
    lines = facts.batch.lines
    is_drug = is_text(lines, "item_kind", "drug") | is_text(lines, "item_kind", "herbal")
    drugs = rows_where(is_bare[facts.claim_of_line] & is_drug)
    money = np.zeros(len(facts.batch), dtype=np.int64)
    np.add.at(money, facts.claim_of_line[drugs], np.maximum(lines["amount_fen"][drugs], 0))
    rows, count = np.unique(facts.claim_of_line[drugs], return_counts=True)
    says = [
        (
            f"开出 {many} 项药品 {yuan(fen)} 元，但未填写任何诊断",
            f"{many} drug lines of {yuan(fen)} yuan, but no diagnosis is named",
        )
        for many, fen in zip(count.tolist(), money[rows].tolist(), strict=True)
    ]
    return on_claims(facts, rows, says, money[rows])


@rule(
    code="YC-QUANTITY",
    name_zh="药与量不符：数量超出填报天数",
    name_en="More packs than the stated days need",
    category="管理类",
    grade=SLIGHTLY,
    since="2021-05-01",
    source=f"{SOURCE}（药与量）；医疗保障基金使用监督管理条例 第三十八条（二）超量开药",
    subject_kind="institution",
    numbers="data",
    touches=(TAKEN_HOME,),
)
def more_than_the_days_need(facts: Facts, numbers: Numbers) -> Hits:
    """At the catalogue's usual use the packs last a multiple of the stated days, and at least a whole pack too many."""
    lines, own = facts.batch.lines, facts.own_lines
    stated, quantity = lines["days_of_supply"], lines["quantity_e4"]
    pack, daily = (facts.of_item(f"units_per_{name}_e4", MISSING) for name in ("pack", "day"))
    share = numbers["surplus_share"].on(facts.settled_day)[facts.claim_of_line]
    too_many = _is_too_many(quantity, stated, pack, daily, share)
    if not is_any(too_many):
        return nothing()
    found = rows_where(too_many & facts.is_judged & (drug_lines(facts.visits.rows).key[own] >= 0))
    lasts, surplus = _lasting(*(column[found] for column in (quantity, stated, pack, daily)))
    money = lines["amount_fen"][found] * surplus * _E4 // quantity[found]
    says = [
        (
            f"“{facts.item_label(line)}”填报用药 {days} 天，按目录用量可用 {long} 天，多出 {packs} 盒 {yuan(fen)} 元",
            f"{facts.item_label(line)}: {days} days stated, the packs last {long}; {packs} too many, {yuan(fen)} yuan",
        )
        for line, days, long, packs, fen in zip(
            found.tolist(), stated[found].tolist(), lasts.tolist(), surplus.tolist(), money.tolist(), strict=True
        )
    ]  # fmt: skip
    return on_lines(facts, found, says, money)


def _lasting(quantity: Array, stated: Array, pack: Array, daily: Array) -> tuple[Array, Array]:
    """How many days lines last at the catalogue's use, and how many packs go beyond the stated days.

    All four are above zero, and otherwise as in `_is_too_many`.
    """
    needed = -(-stated * daily // pack)  # packs, rounded up
    return quantity * pack // (daily * _E4), quantity // _E4 - needed


@compiled
def _is_too_many(quantity: Array, stated: Array, pack: Array, daily: Array, share: Array) -> Array:
    """(m,) whether the packs of a line last much longer than the stated days.

    Args:
        quantity: packs in ten-thousandths.
        stated: days of supply; nothing is said of a line that states none.
        pack: units of a pack in ten-thousandths, MISSING where the catalogue does not say.
        daily: units of a day likewise.
        share: days in per cent of the stated ones from which it is too many.
    """
    too_many = np.zeros(quantity.size, np.bool_)
    for line in range(quantity.size):
        if stated[line] <= 0 or quantity[line] <= 0 or pack[line] <= 0 or daily[line] <= 0:
            continue
        lasts = quantity[line] * pack[line] // (daily[line] * _E4)
        surplus = quantity[line] // _E4 + -stated[line] * daily[line] // pack[line]
        too_many[line] = lasts * 100 >= stated[line] * share[line] and surplus >= 1
    return too_many


@rule(
    code="YC-AMOUNT",
    name_zh="量与费不符：金额不等于数量乘单价",
    name_en="Amount is not quantity times price",
    category="管理类",
    grade=HIGHLY,
    since="2021-05-01",
    source=f"{SOURCE}（量与费）；医疗保障基金使用监督管理条例 第三十八条（三）超标准收费",
    subject_kind="institution",
)
def amount_is_not_the_product(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """A line bills more than quantity times unit price; less is only a reminder, as discounts look like that.

    One fen is rounding. A price in whole fen may itself be rounded, which half a fen a unit allows for.
    """
    lines = facts.batch.lines
    quantity, price, amount = (lines[name] for name in ("quantity_e4", "unit_price_micro_yuan", "amount_fen"))
    found = rows_where(_is_off(quantity, price, amount) & facts.is_judged)
    if not len(found):
        return nothing()
    # Python's whole numbers: price times quantity can pass 64 bits.
    half = _MICRO_E4_PER_FEN // 2
    right = [(int(quantity[line]) * int(price[line]) + half) // _MICRO_E4_PER_FEN for line in found.tolist()]
    over = [int(amount[line]) - product for line, product in zip(found.tolist(), right, strict=True)]
    says = []
    for line, product in zip(found.tolist(), right, strict=True):
        label, billed, most = facts.item_label(line), yuan(int(amount[line])), yuan(product)
        many, each = f"{int(quantity[line]) / _E4:g}", micro_yuan(int(price[line]))
        says.append(
            (
                f"“{label}”数量 {many} × 单价 {each} 元 = {most} 元，明细金额 {billed} 元",
                f"{label}: {many} times {each} yuan is {most}, but {billed} yuan is billed",
            )
        )
    grades = [HIGHLY if excess > 0 else SLIGHTLY for excess in over]
    return on_lines(facts, found, says, np.array(over, dtype=np.int64), grades)


@compiled
def _is_off(quantity: Array, price: Array, amount: Array) -> Array:
    """(m,) whether the amount is further from quantity times price than rounding explains."""
    off = np.zeros(quantity.size, np.bool_)
    for line in range(quantity.size):
        many, each = float(quantity[line]), price[line]
        rounding = 1.0 + (many / (2 * _E4) if each % _MICRO_PER_FEN == 0 else 0.0)
        off[line] = many > 0 and each > 0 and abs(amount[line] - many * each / _MICRO_E4_PER_FEN) > rounding
    return off
