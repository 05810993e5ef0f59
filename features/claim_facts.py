"""Facts that the row of a claim tells by itself; each is compiled and takes one claim or whole columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from claims.clock import AREA_OFFSET_SECONDS, DAY, HOUR
from claims.tables import MISSING, Array
from features.compiled import compiled

NIGHT_BEGINS, NIGHT_ENDS = 22, 6
SMALL_FEN = 5_000
"""Below 50 yuan: about half of a mean pharmacy purchase (96 yuan in 2025)."""
ROUND_FEN = 1_000
"""Whole tens of yuan."""
DAYS_IN_YEAR = 365.25


@compiled
def is_at_night(at: Any) -> Any:
    """Whether a moment lies between 22:00 and 6:00 on the area's clock."""
    hour = (at + AREA_OFFSET_SECONDS) % DAY // HOUR
    return (hour >= NIGHT_BEGINS) | (hour < NIGHT_ENDS)


@compiled
def is_round(total: Any) -> Any:
    """Whether a total is a whole number of tens of yuan."""
    return total % ROUND_FEN == 0


@compiled
def is_small(total: Any) -> Any:
    """Whether a total is below 50 yuan."""
    return total < SMALL_FEN


@compiled
def is_emptied(balance: Any, account: Any) -> Any:
    """Whether something was paid from the personal account and nothing was left on it."""
    return (balance == 0) & (account > 0)


FACTS = (
    "is_at_night", "is_round_amount", "is_small_amount", "is_account_emptied", "fund_share", "hour", "weekday",
    "patient_age",
)  # fmt: skip
"""What `facts` tells, in the order of its rows."""


@compiled
def facts(
    at: Array, settled_at: Array, total: Array, fund: Array, account: Array, balance: Array, patient: Array,
    born: Array,
) -> Array:  # fmt: skip
    """The facts of the asked claims.

    Args:
        at: n asked claims among m.
        settled_at: (m,) seconds.
        total: (m,) fen.
        fund: (m,) fen.
        account: (m,) fen.
        balance: (m,) fen.
        patient: (n,) places in `born`, -1 for a person that is not in the table.
        born: days since 1970, MISSING where that is not known.

    Returns:
        (8, n) float64: conditions as 1 and 0; the fund's share, zero where the total is; the hour, 0 to 23; the day of
        the week, 0 Monday to 6 Sunday (1970-01-01 was a Thursday); the age in years, -1 where it is not known.
    """
    out = np.zeros((8, at.size))
    for claim in range(at.size):
        row = at[claim]
        day = (settled_at[row] + AREA_OFFSET_SECONDS) // DAY
        birth = born[patient[claim]] if patient[claim] >= 0 else MISSING
        out[0, claim] = is_at_night(settled_at[row])
        out[1, claim] = is_round(total[row])
        out[2, claim] = is_small(total[row])
        out[3, claim] = is_emptied(balance[row], account[row])
        out[4, claim] = fund[row] / total[row] if total[row] != 0 else 0.0
        out[5, claim] = (settled_at[row] + AREA_OFFSET_SECONDS) % DAY // HOUR
        out[6, claim] = (day + 3) % 7
        out[7, claim] = (day - birth) / DAYS_IN_YEAR if birth != MISSING else -1.0
    return out
