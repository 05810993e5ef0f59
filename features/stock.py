"""Stock of a drug class over time: each purchase adds its days, time takes one day a day, never below zero."""

from __future__ import annotations

import numpy as np

from claims.tables import Array
from features.bought import DAYS, KEY, LINE, ORDER, S
from features.compiled import compiled
from features.past import begin, first_from


@compiled
def net_days(doses: Array, dose: int, r: int) -> int:
    """Days of a purchase after the refunds known before order r; refunds lie at the same time."""
    if doses[dose, DAYS] <= 0 or doses[dose, ORDER] >= r:
        return 0
    net, other = int(doses[dose, DAYS]), dose + 1
    while other < len(doses) and doses[other, KEY] == doses[dose, KEY] and doses[other, S] == doses[dose, S]:
        if doses[other, LINE] == doses[dose, LINE] and doses[other, ORDER] < r and doses[other, DAYS] < 0:
            net += doses[other, DAYS]
        other += 1
    return max(0, net)


@compiled
def stocks_left(doses: Array, q_key: Array, q_t: Array, q_order: Array, span: Array, day: int) -> Array:
    """Seconds of stock in hand of n drug classes, each at a moment of its own.

    Args:
        doses: see `features.bought`.
        q_key: n keys of doses.
        q_t: n moments, seconds.
        q_order: n orders below which a dose is known.
        span: the window from which on the stock is followed, see `begin`.
        day: seconds of one day of supply.

    Returns:
        (n,) int64.
    """
    out = np.zeros(q_key.size, np.int64)
    for q in range(q_key.size):
        start = begin(q_t[q], span)
        dose = first_from(doses[:, KEY], doses[:, S], q_key[q], start)
        out[q], _ = stock_left(doses, dose, q_key[q], start, q_t[q], q_order[q], day)
    return out


@compiled
def stock_left(doses: Array, dose: int, wanted: int, start: int, t: int, r: int, day: int) -> tuple[int, int]:
    """Seconds of stock of the class `wanted` at the moment t, followed from its first dose at `start` or later.

    Returns:
        The stock, and the first dose after t or of another class.
    """
    left, now = 0, start
    while dose < len(doses) and doses[dose, KEY] == wanted and doses[dose, S] <= t:
        net = net_days(doses, dose, r)
        if net > 0:
            left = max(0, left - (doses[dose, S] - now)) + net * day
            now = doses[dose, S]
        dose += 1
    return max(0, left - (t - now)), dose
