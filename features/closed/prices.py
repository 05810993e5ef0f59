"""Unit prices beside the region's and the institution's own, and how unusual an item is at the institution."""

from __future__ import annotations

import math

import numpy as np

from claims.tables import Array
from features.asked import places_of
from features.closed.asked import EVERYWHERE
from features.closed.search import Sheets, find, month_at
from features.closed.smooth import smoothed_lift
from features.closed.tables import ITEMS, TABLES
from features.compiled import compiled
from features.items import line_items
from features.rows import Rows

PRICES = (
    "price_over_region", "price_over_own_past", "fen_above_region", "fen_above_own_past",
    "item_lift_least", "item_lift_most",
)  # fmt: skip
"""What `compare` reads, in the order of its rows."""

_ITEMS, _WIDTH = TABLES.index(ITEMS), len(ITEMS.values)


def read_prices(rows: Rows) -> Array:
    """The readings of `PRICES` for the n asked claims (6, n)."""
    tables, (item, items) = rows.closed, line_items(rows)
    institution, institutions = rows.numbers("institution_id")
    return compare(
        _ITEMS, _WIDTH, rows.at, rows.claims["known_at"], institution,
        tables.pages(ITEMS, (*institutions, EVERYWHERE)), rows.line_row, item, tables.members((*items, EVERYWHERE)),
        rows.lines["unit_price_micro_yuan"], rows.lines["amount_fen"], *tables.sheets,
    )  # fmt: skip


@compiled
def compare(
    table: int, width: int, at: Array, known_at: Array, institution: Array, page: Array,
    line_row: Array, item: Array, member: Array, price: Array, amount: Array,
    *pages: Array,
) -> Array:  # fmt: skip
    """Compare each line of the asked claims with what was learned about its item.

    Args:
        table: the number of `ITEMS`.
        width: how many values it has.
        at: n asked claims among m.
        known_at: (m,) seconds.
        institution: (m,) places in `page`.
        page: the page of each institution; the last one is the region's.
        line_row: (l,) the claim of each line.
        item: (l,) places in `member`.
        member: the member of each item; the last one stands for all items.
        price: (l,) millionths of a yuan.
        amount: (l,) fen.
        *pages: the arrays of `Sheets`.

    Returns:
        (6, n) float64: largest ratio to the region's median price and to the institution's own, 1 without; whole fen
        above what these prices would have cost; smallest and largest lift, 1 without.
    """
    sheets = Sheets(*pages)
    values = sheets.values
    place = places_of(at, known_at.size)
    out = np.zeros((6, at.size))
    out[:2], out[4], out[5] = -np.inf, np.inf, -np.inf
    for line in range(line_row.size):
        row = line_row[line]
        claim = place[row]
        if claim < 0:
            continue
        month, own = month_at(sheets, table, known_at[row]), page[institution[row]]
        region_item = find(sheets, month, page[-1], member[item[line]], width)
        own_item = find(sheets, month, own, member[item[line]], width)
        for side, found in enumerate((region_item, own_item)):
            median = values[found + 1]
            if median > 0 and price[line] > 0:
                out[side, claim] = max(out[side, claim], price[line] / median)
            if median > 0 and price[line] > median and amount[line] > 0:
                excess = float(amount[line]) * (price[line] - median) / price[line]
                out[2 + side, claim] += math.floor(excess)  # whole numbers, so their order does not matter
        if values[region_item] > 0:
            here = values[find(sheets, month, own, member[-1], width)]
            whole = values[find(sheets, month, page[-1], member[-1], width)]
            lift = smoothed_lift(values[own_item], here, values[region_item], whole)
            out[4, claim], out[5, claim] = min(out[4, claim], lift), max(out[5, claim], lift)
    return np.where(np.isinf(out), 1.0, out)
