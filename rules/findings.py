"""Puts findings together: on whole claims or on lines, with what was billed as the amount unless it is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from claims.tables import Array
from rules.facts import Facts
from rules.frame import WHOLE_CLAIM, Grade, Hits

Says = Sequence[tuple[str, str]]
"""A Chinese and an English sentence for each finding."""


_NO_ROWS = np.empty(0, dtype=np.int64)
_NO_ROWS.setflags(write=False)
_NOTHING = Hits(_NO_ROWS, _NO_ROWS, _NO_ROWS, (), ())


def nothing() -> Hits:
    """No finding, for a batch that has nothing of the kind."""
    return _NOTHING


def on_claims(
    facts: Facts,
    rows: Array,
    says: Says,
    amount_fen: Array | None = None,
    grades: Sequence[Grade] | None = None,
    spared: Mapping[str, Array] | None = None,
) -> Hits:
    """Findings on the claims in `rows`; the amount is the claim's total if none is given."""
    if not len(rows) and not spared:
        return nothing()
    billed = facts.batch.claims["total_fen"][rows] if amount_fen is None else amount_fen
    return _hits(rows, np.full(len(rows), WHOLE_CLAIM, dtype=np.int64), billed, says, grades, spared)


def on_lines(
    facts: Facts,
    lines: Array,
    says: Says,
    amount_fen: Array | None = None,
    grades: Sequence[Grade] | None = None,
    spared: Mapping[str, Array] | None = None,
) -> Hits:
    """Findings on the lines in `lines`; the amount is the line's if none is given."""
    if not len(lines) and not spared:
        return nothing()
    billed = facts.batch.lines["amount_fen"][lines] if amount_fen is None else amount_fen
    return _hits(facts.claim_of_line[lines], lines, billed, says, grades, spared)


def _hits(
    claims: Array,
    lines: Array,
    amount: Array,
    says: Says,
    grades: Sequence[Grade] | None,
    spared: Mapping[str, Array] | None,
) -> Hits:
    zh, en = [zh for zh, _ in says], [en for _, en in says]
    return Hits(claims, lines, np.maximum(amount, 0), zh, en, grades=grades, spared=spared)
