"""Findings of rules that speak about single lines: the amount stands at the end of each sentence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from claims.tables import Array
from rules.facts import Facts
from rules.frame import Grade, Hits
from rules.words import yuan

Words = tuple[str, str]


def line_hits(
    facts: Facts,
    lines: Array,
    says: Sequence[Words],
    amounts: Array | None = None,
    grades: Sequence[Grade] | None = None,
) -> Hits:
    """Findings about lines of the batch.

    Args:
        facts: of the batch.
        lines: (h,) rows of the lines.
        says: h sentences in Chinese and English, without the amount.
        amounts: (h,) fen; None for the whole lines.
        grades: h grades where they differ from the rule's.
    """
    whole = np.maximum(facts.batch.lines["amount_fen"][lines], 0)
    fen = whole if amounts is None else np.clip(amounts, 0, whole)
    money = [yuan(amount) for amount in fen.tolist()]
    return Hits(
        facts.claim_of_line[lines],
        lines,
        fen,
        [f"{zh}，涉及 {amount} 元" for (zh, _), amount in zip(says, money, strict=True)],
        [f"{en}: {amount} yuan" for (_, en), amount in zip(says, money, strict=True)],
        grades=grades,
    )


def is_paid(facts: Facts, lines: Array) -> Array:
    """Whether the fund pays for lines: not where the source says that nothing of them is in its scope."""
    return np.asarray(facts.batch.lines["in_scope_fen"][lines] != 0)


def share(amount_fen: int, part: int, whole: int) -> int:
    """The part of an amount that belongs to a part of the quantity, rounded down.

    >>> share(1000, 1, 3), share(1000, 5, 3)
    (333, 1000)
    """
    return amount_fen * min(part, whole) // whole if whole > 0 else 0
