"""Unit prices beside the region's and the institution's own, and how unusual an item is at the institution."""

from __future__ import annotations

import numpy as np

from claims.tables import Array
from features.closed.asked import everywhere, institution, item, known_at, lines_of
from features.closed.lookup import Keys
from features.closed.smooth import largest, least, smoothed_lift
from features.closed.tables import ITEMS
from features.rows import Rows


def _items(rows: Rows, here: bool) -> Array:
    """Lines and median price of each asked line's item, at its institution or in the region (m, 2)."""
    return rows.once("closed", f"items {here}", lambda: _read(rows, _page(rows, here), item(rows)))  # type: ignore[no-any-return]


def _page(rows: Rows, here: bool) -> Keys:
    lines = lines_of(rows)
    return institution(rows).at(lines.claim) if here else everywhere(len(lines.row))


def _read(rows: Rows, page: Keys, member: Keys) -> Array:
    return rows.closed.read(ITEMS, known_at(rows)[lines_of(rows).claim], page, member)


def _ratio(rows: Rows, here: bool) -> Array:
    lines, median = lines_of(rows), _items(rows, here)[:, 1]
    price = rows.lines["unit_price_micro_yuan"][lines.row]
    ratio = np.divide(price, median, out=np.full(len(price), np.nan), where=(price > 0) & (median > 0))
    return largest(ratio, lines.claim, len(rows.at), 1.0)


def _excess(rows: Rows, here: bool) -> Array:
    """Fen of each line that the median price would have saved, whole fen a line."""
    lines, median = lines_of(rows), _items(rows, here)[:, 1]
    price = rows.lines["unit_price_micro_yuan"][lines.row]
    amount = rows.lines["amount_fen"][lines.row]
    dear = np.flatnonzero((median > 0) & (price > median) & (amount > 0))
    excess = np.floor(amount[dear].astype(np.float64) * (price[dear] - median[dear]) / price[dear])
    return np.bincount(lines.claim[dear], excess, len(rows.at))  # whole numbers, so their order does not matter


def price_over_region(rows: Rows) -> Array:
    """The largest ratio of a line's unit price to the region's median of the item."""
    return _ratio(rows, here=False)


def price_over_own_past(rows: Rows) -> Array:
    """The largest ratio of a line's unit price to this institution's own median of the item."""
    return _ratio(rows, here=True)


def fen_above_region(rows: Rows) -> Array:
    """Fen above what the region's median prices would have cost."""
    return _excess(rows, here=False)


def fen_above_own_past(rows: Rows) -> Array:
    """Fen above what this institution's own median prices would have cost."""
    return _excess(rows, here=True)


def _lift(rows: Rows) -> Array:
    """How much more often each line's item is billed here than in the region."""
    return rows.once("closed", "item lift", lambda: _lift_of(rows))  # type: ignore[no-any-return]


def _lift_of(rows: Rows) -> Array:
    lines = lines_of(rows)
    nothing = everywhere(len(lines.row))
    here = _read(rows, _page(rows, True), nothing)[:, 0]
    whole = _read(rows, nothing, nothing)[:, 0]
    return smoothed_lift(_items(rows, True)[:, 0], here, _items(rows, False)[:, 0], whole)


def item_lift_least(rows: Rows) -> Array:
    """The smallest lift among the items of the claim."""
    return least(_lift(rows), lines_of(rows).claim, len(rows.at), 1.0)


def item_lift_most(rows: Rows) -> Array:
    """The largest lift among the items of the claim."""
    return largest(_lift(rows), lines_of(rows).claim, len(rows.at), 1.0)
