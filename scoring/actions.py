"""From rule hits to a proposed action for each line and claim."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from claims.batch import ClaimBatch
from claims.tables import Array
from rules.frame import DEFINITE, SLIGHTLY, WHOLE_CLAIM, Hit

PASS, REMIND, REVIEW, REFUSE = "pass", "remind", "review", "refuse"
ACTIONS = (PASS, REMIND, REVIEW, REFUSE)
"""From the mildest to the strongest: 通过, 提醒, 审核, 拒付."""


def action_of(hit: Hit) -> int:
    """The place in ACTIONS that a hit alone proposes; only a definite one that may refuse does refuse."""
    if hit.grade is DEFINITE and hit.may_refuse:
        return ACTIONS.index(REFUSE)
    return ACTIONS.index(REMIND if hit.grade is SLIGHTLY else REVIEW)


def actions_of_lines(batch: ClaimBatch, hits: Sequence[Hit], held_claims: Array) -> Array:
    """The strongest action that the findings propose for each line.

    Args:
        batch: n claims, m lines.
        hits: findings of rules.
        held_claims: (n,) claims that something other than a rule sends to a person.

    Returns:
        (m,) places in ACTIONS.
    """
    of_claim = np.where(held_claims, ACTIONS.index(REVIEW), 0)
    of_line = np.zeros(len(batch.lines["claim_index"]), dtype=np.int64)
    for hit in hits:
        strength, column, row = action_of(hit), of_line, hit.line_row
        if row == WHOLE_CLAIM:
            column, row = of_claim, hit.claim_row
        column[row] = max(column[row], strength)
    return np.maximum(of_line, of_claim[batch.lines["claim_index"]])


def actions_of_claims(batch: ClaimBatch, of_line: Array, hits: Sequence[Hit], held_claims: Array) -> Array:
    """The action for each claim as a whole.

    A claim is refused only when every line of it is. Where some are, it has the strongest action of the others, and at
    least a reminder, so that the till sees that part of it is not paid.

    Returns:
        (n,) places in ACTIONS.
    """
    refuse, index = ACTIONS.index(REFUSE), batch.lines["claim_index"]
    action = np.where(held_claims, ACTIONS.index(REVIEW), 0)
    kept = of_line < refuse
    np.maximum.at(action, index[kept], of_line[kept])
    np.maximum.at(action, index[~kept], ACTIONS.index(REMIND))
    lines, refused = (np.bincount(rows, minlength=len(batch)) for rows in (index, index[~kept]))
    for hit in hits:
        if hit.line_row == WHOLE_CLAIM and lines[hit.claim_row] == 0:
            action[hit.claim_row] = max(action[hit.claim_row], action_of(hit))
    return np.where((lines > 0) & (refused == lines), refuse, action)


def named(actions: Array) -> Array:
    """Places in ACTIONS as their names."""
    return np.array(ACTIONS, dtype=object)[actions]
