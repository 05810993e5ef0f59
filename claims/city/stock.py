"""What pharmacies bought: a month's purchases follow what really went over the counter."""

from __future__ import annotations

import numpy as np

from claims.city.dice import dice
from claims.city.places import PHARMACY
from claims.city.visits import Block, World
from claims.clock import DAY, HOUR
from claims.tables import Array

EMPTY_SWIPES = 2


def purchases_of_stock(world: World, claims: Block) -> dict[str, Array]:
    """Purchases: institution, item, quantity_e4, moved (wall-clock second), in time order; nothing for empty swipes."""
    rng = dice(world.plan.seed, "stock")
    visits, lines = claims.visits, claims.lines
    kind = world.places.columns["kind"][visits["institution"]]
    real = ((kind == PHARMACY) & (visits["scheme"] != EMPTY_SWIPES))[lines["visit"]]
    real &= (lines["quantity_e4"] > 0) & world.medicine.drugs[lines["item"]]
    place, item = visits["institution"][lines["visit"][real]], lines["item"][real]
    month = (visits["settled"][lines["visit"][real]] // DAY - world.plan.first) // 30
    items, months = len(world.medicine.items["code"]), world.plan.days // 30 + 1
    key = (place * months + month) * items + item
    sold = np.bincount(key, weights=lines["quantity_e4"][real] // 10_000, minlength=1)
    rows = np.flatnonzero(sold)
    bought = np.ceil(sold[rows] * rng.uniform(1.0, 1.12, len(rows))).astype(np.int64)
    day = world.plan.first + rows // items % months * 30 - rng.integers(1, 8, len(rows))
    columns = {"institution": rows // items // months, "item": rows % items, "quantity_e4": bought * 10_000}
    columns["moved"] = day * DAY + rng.integers(8 * HOUR, 18 * HOUR, len(rows))
    order = np.argsort(columns["moved"], kind="stable")
    return {name: column[order] for name, column in columns.items()}
