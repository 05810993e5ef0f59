"""The batch together with what came before it, so that a claim is compared with earlier ones of either."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from claims.batch import ClaimBatch, concat, select
from claims.context import Context
from claims.masks import is_any, rows_where
from claims.tables import MISSING, Array, Columns

_CLAIM_COLUMNS = (
    "claim_id", "kind", "reverses_claim_id", "patient_id", "institution_id",
    "served_at", "settled_at", "total_fen", "recorded_order",
)  # fmt: skip
_LINE_COLUMNS = (
    "claim_index", "item_code", "quantity_e4", "amount_fen",
)  # fmt: skip
_LAST = int(np.iinfo(np.int64).max)


@dataclass(frozen=True)
class Past:
    """p claims: those of the history that the batch does not hold, then the batch.

    Attributes:
        claims, lines: the columns that comparisons need; lines have `claim_index` and are sorted by claim.
        order: (p,) `recorded_order`; a claim that only asks for advice has none yet and comes last.
        first_of_batch: row of the batch's first claim.
        parts: the history as it was given, and the batch; for columns that few rules ask for.
        kept: rows of the history's claims that are here; None for all.
    """

    claims: Columns
    lines: Columns
    order: Array
    first_of_batch: int
    parts: tuple[ClaimBatch, ClaimBatch]
    kept: Array | None

    @property
    def first_line_of_batch(self) -> int:
        """Row of the batch's first line."""
        return len(self.lines["claim_index"]) - len(self.parts[1].lines["claim_index"])

    def claim(self, name: str) -> Array:
        """(p,) any other column of the claims."""
        return self._joined(self.parts[0].claims[name], self.parts[1].claims[name], self.kept)

    def line(self, name: str) -> Array:
        """Any other column of the lines."""
        earlier, own = (part.lines for part in self.parts)
        chosen = None if self.kept is None else rows_where(np.isin(earlier["claim_index"], self.kept))
        return self._joined(earlier[name], own[name], chosen)

    @staticmethod
    def _joined(earlier: Array, own: Array, chosen: Array | None) -> Array:
        return np.concatenate([earlier if chosen is None else earlier[chosen], own])


def past_of(batch: ClaimBatch, context: Context) -> Past:
    """The batch appended to its history, each claim once."""
    own, earlier = _thin(batch), _thin(context.history)
    in_batch = set(batch.claims["claim_id"].tolist())
    ids = earlier.claims["claim_id"].tolist()
    seen = np.fromiter(map(in_batch.__contains__, ids), dtype=np.bool_, count=len(ids))
    kept = rows_where(~seen) if is_any(seen) else None
    if kept is not None:
        earlier = select(earlier, kept)
    joined = concat([earlier, own])
    order = joined.claims["recorded_order"]
    after_all = _LAST - len(order) + np.arange(len(order))
    return Past(
        joined.claims,
        joined.lines,
        np.where(order == MISSING, after_all, order),
        len(earlier),
        (context.history, batch),
        kept,
    )


def _thin(batch: ClaimBatch) -> ClaimBatch:
    def only(columns: Mapping[str, Array], names: tuple[str, ...]) -> dict[str, Array]:
        return {name: columns[name] for name in names}

    return ClaimBatch(
        only(batch.claims, _CLAIM_COLUMNS),
        only(batch.lines, _LINE_COLUMNS),
        {"claim_index": np.empty(0, dtype=np.int64)},
    )
