"""How many days of a drug class a person still had at home when a claim came, line by line."""

from __future__ import annotations

import numpy as np

from claims.batch import ClaimBatch
from claims.clock import DAY
from claims.context import Context
from claims.lazy import is_text
from claims.tables import Array
from features.bought import ROW, doses
from features.doses import class_key, line_days
from features.past import spans
from features.rows import Rows, gather
from features.stock import stocks_left
from features.windows import LONGEST


def days_in_hand(batch: ClaimBatch, context: Context) -> tuple[Array, Array]:
    """Whole days in hand of each line's drug class, just before its claim; the same stock as the supply features.

    Returns:
        For the m lines of the batch: days in hand (m,), -1 where the line is no drug taken home; days that the line
        itself supplies (m,), 0 where unknown.
    """
    return days_in_hand_of(gather(batch, [context.history], context))


def days_in_hand_of(rows: Rows) -> tuple[Array, Array]:
    """As `days_in_hand`, of the claims that a frame asks for, which are its last ones."""
    lines = np.arange(_first_line(rows), len(rows.line_row))
    return _in_hand(rows, lines, doses(rows)), line_days(rows)[lines]


def paid_days_in_hand_of(rows: Rows, lines: Array) -> Array:
    """Days in hand of a few of these lines, by their place among them, of what the fund paid for.

    What came from personal accounts is left out: an account may buy for husband or wife, parents and children.
    """
    bought = doses(rows)
    is_account = is_text(rows.claims, "benefit_kind", "personal_account")
    return _in_hand(rows, lines + _first_line(rows), bought[~is_account[bought[:, ROW]]])


def _first_line(rows: Rows) -> int:
    return int(np.searchsorted(rows.line_row, rows.at[0])) if len(rows.at) else len(rows.line_row)


def _in_hand(rows: Rows, lines: Array, bought: Array) -> Array:
    claim = rows.line_row[lines]
    settled_at, order = rows.claims["settled_at"][claim], rows.claims["recorded_order"][claim]
    stock = stocks_left(bought, class_key(rows)[lines], settled_at, order, spans((LONGEST,))[0], DAY)
    return np.where(class_key(rows)[lines] >= 0, stock // DAY, -1)
