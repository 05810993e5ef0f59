"""药费、检验检查、耗材、治疗、CT、核磁占比: which part of an institution's fees is of a kind."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from claims.lookup import is_given
from claims.tables import Array, Columns
from rules.indicators.frame import FEN, Figures, Indicator, Period, added_up
from rules.knowledge.kinds import CT_ITEM, MRI_ITEM

TESTS, TREATMENT, CONSUMABLES, DRUGS = ("03", "04"), ("05",), ("08",), ("09", "10", "11")
"""National charge types (med_chrgitm_type): 检查化验, 治疗, 卫生材料, 西药饮片成药."""


def _of_charge_types(types: tuple[str, ...], *kinds: str) -> Callable[[Columns], Array]:
    """Which rows are of some charge types; where the source states none, of some kinds of items."""

    def is_part(money: Columns) -> Array:
        stated = money["charge_type"]
        is_stated = is_given(stated)
        charged = np.isin(np.where(is_stated, stated, "").astype(str), (*types, *(code.lstrip("0") for code in types)))
        return np.where(is_stated, charged, np.isin(money["item_kind"].astype(str), kinds))

    return is_part


def _share(code: str, is_part: Callable[[Columns], Array], needs: str | None = None) -> Indicator:
    def figures(period: Period) -> Figures:
        money = period.money
        inside = (money["month"] >= period.first_month) & (money["month"] <= period.last_month)
        whole = np.where(inside, money["amount_fen"], 0)
        part = np.where(is_part(money), whole, 0)
        columns = (money["institution_id"], money["month"], part, whole)
        return added_up(*(column[inside] for column in columns))

    return Indicator(code, FEN, figures, needs)


SHARES: tuple[Indicator, ...] = (
    _share("ZB10000205001000", _of_charge_types(DRUGS, "drug", "herbal")),
    _share("ZB10000205002000", _of_charge_types(TESTS)),
    _share("ZB10000205003000", _of_charge_types(CONSUMABLES, "consumable")),
    _share("ZB10000205004000", _of_charge_types(TREATMENT)),
    _share("ZB10000205005000", lambda money: money["is_ct"], CT_ITEM),
    _share("ZB10000205006000", lambda money: money["is_mri"], MRI_ITEM),
)
