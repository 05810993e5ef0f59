"""进销存异常: more of an item was sold in a period than had been in stock and was bought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from claims.clock import area_day
from claims.lookup import Codes
from claims.masks import rows_where
from claims.tables import MISSING, Array, Columns
from rules.numbers import read_numbers

STOCK_CODES = {"drug": "GZ10000202001000", "consumable": "GZ10000203001000"}
"""The rule of each kind of item."""
SIGN_OF = {"purchase": 1, "purchase_return": -1, "change": 1}
"""How each movement changes the stock; a change carries its own sign, a count says what was there."""


@dataclass(frozen=True)
class Shortfalls:
    """g institutions and items that sold more than they can have had.

    Attributes:
        institution, item, kind: (g,) which.
        since: (g,) first day of the account: that after the last count before the period, else the first of the period.
        available: (g,) in stock at the beginning and bought since, in ten-thousandths.
        sold: (g,) net of returns, in ten-thousandths.
        amount_fen: (g,) the part of the sales that goes beyond.
    """

    institution: Array
    item: Array
    kind: Array
    since: Array
    available: Array
    sold: Array
    amount_fen: Array

    @property
    def excess(self) -> Array:
        """(g,) sold beyond what was available, in ten-thousandths."""
        return self.sold - self.available


def sold_beyond_stock(movements: Columns, sales: Columns, first: int, last: int) -> Shortfalls:
    """What was sold beyond opening stock and purchases, by more than the tolerance.

    Without a count before the period, all that was bought in the half year before counts as still there. Institutions
    that report no stock of a kind of item at all are not judged about it.

    Args:
        movements: rows of `claims.tables.STOCK` with item_kind, of the half year before the period and up to its end;
            of counts also older ones.
        sales: institution_id, item_code, item_kind, day, quantity_e4, amount_fen: net sales by day from the earliest
            count on.
        first: day of the period.
        last: its last day.
    """
    numbers = read_numbers("indicators")
    lead, tolerance = (
        int(numbers[name].on(np.array([first]))[0]) for name in ("stock_lead_days", "stock_tolerance_percent")
    )
    keys = Codes([*_keys(sales), *_keys(movements)])
    of_sale, of_move = keys.of_rows[: len(sales["day"])], keys.of_rows[len(sales["day"]) :]
    size = int(keys.of_rows.max(initial=-1)) + 1
    begin, available = _opening(movements, of_move, size, first)
    available += _moved(movements, of_move, begin, first - lead, last, size)
    # What was sold on the day of a count may have been sold before it.
    since = np.where(begin == MISSING, first, area_day(np.where(begin == MISSING, 0, begin)) + 1)
    counted = (sales["day"] >= since[of_sale]) & (sales["day"] <= last)
    sold, money = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    np.add.at(sold, of_sale[counted], sales["quantity_e4"][counted])
    np.add.at(money, of_sale[counted], sales["amount_fen"][counted])
    reports = set(zip(movements["institution_id"].tolist(), movements["item_kind"].tolist(), strict=True))
    _, row = np.unique(of_sale, return_index=True)  # of each key one sale
    is_reported = np.array([pair in reports for pair in _pairs(sales, row)], dtype=np.bool_)
    key = of_sale[row]
    allowed = np.maximum(available[key], 0)
    beyond = (sold[key] > 0) & (sold[key] * 100 > allowed * (100 + tolerance)) & is_reported
    row, key, allowed = row[beyond], key[beyond], allowed[beyond]
    share = 1 - allowed / sold[key]
    return Shortfalls(
        sales["institution_id"][row],
        sales["item_code"][row],
        sales["item_kind"][row],
        since[key],
        allowed,
        sold[key],
        np.maximum(np.rint(money[key] * share), 0).astype(np.int64),
    )


def _keys(columns: Columns) -> list[tuple[str, str]]:
    return list(zip(columns["institution_id"].tolist(), columns["item_code"].tolist(), strict=True))


def _pairs(sales: Columns, row: Array) -> list[tuple[str, str]]:
    return list(zip(sales["institution_id"][row].tolist(), sales["item_kind"][row].tolist(), strict=True))


def _opening(movements: Columns, of: Array, size: int, first: int) -> tuple[Array, Array]:
    """(size,) the moment of the last count before the period, MISSING without one, and what it counted."""
    counts = rows_where((movements["movement"] == "count") & (area_day(movements["moved_at"]) < first))
    counts = counts[np.argsort(movements["moved_at"][counts], kind="stable")]
    begin, counted = np.full(size, MISSING, dtype=np.int64), np.zeros(size, dtype=np.int64)
    begin[of[counts]] = movements["moved_at"][counts]  # the last one stays
    counted[of[counts]] = movements["quantity_e4"][counts]
    return begin, counted


def _moved(movements: Columns, of: Array, begin: Array, earliest: int, last: int, size: int) -> Array:
    """(size,) bought and changed from the count on, else from the earliest day on, up to the last day."""
    total = np.zeros(size, dtype=np.int64)
    day = area_day(movements["moved_at"])
    has_count = begin[of] != MISSING
    after = np.where(has_count, movements["moved_at"] > begin[of], day >= earliest)
    for movement, sign in SIGN_OF.items():
        chosen = rows_where((movements["movement"] == movement) & after & (day <= last))
        np.add.at(total, of[chosen], sign * movements["quantity_e4"][chosen])
    return total
