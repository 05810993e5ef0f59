"""How many days of a drug class a person still had at home when a claim came, line by line."""

from __future__ import annotations

import numpy as np

from claims.batch import ClaimBatch
from claims.clock import DAY
from claims.context import Context
from claims.tables import Array
from features.bought import doses
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
    first = int(np.searchsorted(rows.line_row, rows.at[0])) if len(rows.at) else len(rows.line_row)
    lines = np.arange(first, len(rows.line_row))
    claim = rows.line_row[lines]
    settled_at, order = rows.claims["settled_at"][claim], rows.claims["recorded_order"][claim]
    stock = stocks_left(doses(rows), class_key(rows)[lines], settled_at, order, spans((LONGEST,))[0], DAY)
    return np.where(class_key(rows)[lines] >= 0, stock // DAY, -1), line_days(rows)[lines]
