"""超限价: a unit price above the highest permitted one."""

from __future__ import annotations

import numpy as np

from claims.masks import is_any, rows_where
from claims.tables import MISSING, Array
from features.compiled import compiled
from rules.facts import Facts
from rules.findings import nothing
from rules.frame import HIGHLY, Hits, rule
from rules.numbers import Numbers
from rules.words import micro_yuan, yuan

_MICRO_E4_PER_FEN = 10**8
"""Millionths of a yuan times ten-thousandths of a unit, in one fen."""


@rule(
    code="GZ10000102001000",
    name_zh="医疗服务项目超限定单价收费",
    name_en="Service above the price ceiling",
    category="政策类",
    grade=HIGHLY,
    since="2021-05-01",
    source="国家医保智能监管规则库 GZ10000102001000；医疗保障基金使用监督管理条例 第三十八条（三）超标准收费",
    subject_kind="institution",
    touches=("service",),
)
def service_above_ceiling(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """A service's unit price lies above the ceiling of its day; the amount is the excess."""
    return _above(facts, services=True)


@rule(
    code="YC-PRICE",
    name_zh="药品耗材超限定单价收费",
    name_en="Drug or consumable above the price ceiling",
    category="政策类",
    grade=HIGHLY,
    since="2021-05-01",
    source="医疗保障基金使用监督管理条例 第三十八条（三）超标准收费；统筹区药品、耗材限价",
    subject_kind="institution",
    touches=("drug", "herbal", "consumable", "facility"),
)
def goods_above_ceiling(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """The unit price of a drug, consumable or facility lies above the ceiling of its day; the amount is the excess."""
    return _above(facts, services=False)


def _above(facts: Facts, *, services: bool) -> Hits:
    lines = facts.batch.lines
    price, quantity = lines["unit_price_micro_yuan"], lines["quantity_e4"]
    known, stated = facts.of_item("price_ceiling_micro_yuan", MISSING), lines["price_ceiling_micro_yuan"]
    above = _is_above(price, quantity, known, stated)
    if not is_any(above):
        return nothing()
    ceiling = ceilings(facts)
    above &= (lines["item_kind"] == "service") == services
    candidates = rows_where(above & facts.is_judged).tolist()
    # Python's whole numbers: price times quantity can pass 64 bits.
    excess = [(int(price[row]) - int(ceiling[row])) * int(quantity[row]) // _MICRO_E4_PER_FEN for row in candidates]
    found = [(row, fen) for row, fen in zip(candidates, excess, strict=True) if fen > 0]
    rows = np.array([row for row, _ in found], dtype=np.int64)
    says = [
        (facts.item_label(row), micro_yuan(int(price[row])), micro_yuan(int(ceiling[row])), yuan(fen))
        for row, fen in found
    ]
    return Hits(
        facts.claim_of_line[rows],
        rows,
        np.array([min(fen, max(int(lines["amount_fen"][row]), 0)) for row, fen in found], dtype=np.int64),
        [f"“{label}”单价 {own} 元，高于限价 {most} 元，超出 {over} 元" for label, own, most, over in says],
        [f"{label}: unit price {own} yuan, ceiling {most} yuan, {over} yuan above" for label, own, most, over in says],
    )


def ceilings(facts: Facts) -> Array:
    """(m,) the catalogue's ceiling of the line's day, else the one that the line itself states; MISSING for none."""
    return _ceilings(facts.of_item("price_ceiling_micro_yuan", MISSING), facts.batch.lines["price_ceiling_micro_yuan"])


@compiled
def _ceilings(known: Array, stated: Array) -> Array:
    """(m,) the known ceiling, else the stated one, MISSING where neither is positive."""
    ceiling = np.where(known > 0, known, stated)
    return np.where(ceiling > 0, ceiling, MISSING)


@compiled
def _is_above(price: Array, quantity: Array, known: Array, stated: Array) -> Array:
    """(m,) whether something is billed above the ceiling of `_ceilings`."""
    above = np.zeros(price.size, np.bool_)
    for line in range(price.size):
        ceiling = known[line] if known[line] > 0 else stated[line]
        above[line] = ceiling > 0 and price[line] > ceiling and quantity[line] > 0
    return above
