"""What really happened, for judges only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from claims.city.visits import Block
from claims.city.wrongs import FIRST_LINE_MISTAKE
from claims.tables import Array


@dataclass(frozen=True)
class Truth:
    """t wrongs.

    Attributes:
        claim: row of the claim.
        line: row of the line, -1 where the whole claim is wrong.
        wrong: place in `WRONGS`.
        ring: number of the group or place within its scheme, -1 none.
        amount_fen: what was taken; 0 where it was refunded.
    """

    claim: Array
    line: Array
    wrong: Array
    ring: Array
    amount_fen: Array


def find_truth(claims: Block) -> Truth:
    """The wrongs of settled claims, whole claims first, then single lines."""
    visits, lines = claims.visits, claims.lines
    whole = np.flatnonzero((visits["scheme"] >= 0) & (visits["is_reversal"] == 0))
    taken = np.bincount(lines["visit"], weights=lines["amount_fen"] * lines["is_taken"], minlength=len(claims))
    single = np.flatnonzero((lines["mistake"] >= 0) & (lines["reverses_line"] < 0))
    claim = np.concatenate([whole, lines["visit"][single]])
    amount = np.concatenate([taken[whole].astype(np.int64), lines["excess_fen"][single]])
    return Truth(
        claim,
        np.concatenate([np.full(len(whole), -1), single]),
        np.concatenate([visits["scheme"][whole], lines["mistake"][single] + FIRST_LINE_MISTAKE]),
        np.concatenate([visits["ring"][whole], np.full(len(single), -1)]),
        np.where(visits["is_refunded"][claim] == 1, 0, amount),
    )
