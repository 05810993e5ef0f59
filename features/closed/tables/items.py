"""At each institution ('' for all) for each item ('' for all): lines, and the lower median of the unit price."""

from __future__ import annotations

import numpy as np

from claims.tables import Array
from features.closed.cut import EVERYTHING, Cut, Learned, Part
from features.closed.runs import Runs


def learn(cut: Cut) -> Learned:
    """Lines and price, 0 where none has a price."""
    institution, item, price = (cut.lines[name] for name in ("institution", "item", "price"))
    everywhere = np.full(len(item), EVERYTHING)
    here, whole = Runs(institution), np.array([EVERYTHING])
    parts = (
        _priced(institution, item, price),
        _priced(everywhere, item, price),
        (here.of(institution), here.of(everywhere), (here.sizes, np.zeros_like(here.sizes))),
        (whole, whole, (np.array([len(item)]), np.zeros_like(whole))),
    )
    return Learned(cut.texts["institution"], cut.texts["item"], parts)


def _priced(page: Array, item: Array, price: Array) -> Part:
    runs = Runs(page, item, then=price)
    free = runs.total(price <= 0)
    is_priced = free < runs.sizes
    usual = runs.tenths(price, skipped=np.where(is_priced, free, 0))
    return runs.of(page), runs.of(item), (runs.sizes, np.where(is_priced, usual, 0))
