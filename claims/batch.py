"""Claims with their lines and diagnoses, as columns: one claim or ten million."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from claims.tables import CLAIMS, DIAGNOSES, LINES, Array, Columns, empty_columns


@dataclass(frozen=True)
class ClaimBatch:
    """n claims in order, m lines and d diagnoses that point at them.

    Attributes:
        claims: the columns of `CLAIMS`, n rows.
        lines: the columns of `LINES` and `claim_index` (row of the claim in `claims`), m rows sorted by claim and line.
        diagnoses: the columns of `DIAGNOSES` and `claim_index`, d rows sorted by claim and sequence.
    """

    claims: Columns
    lines: Columns
    diagnoses: Columns

    def __len__(self) -> int:
        """How many claims."""
        return len(self.claims["claim_id"])


def empty_batch() -> ClaimBatch:
    """A batch of no claims."""
    index = np.empty(0, dtype=np.int64)
    return ClaimBatch(
        empty_columns(CLAIMS),
        {**empty_columns(LINES), "claim_index": index},
        {**empty_columns(DIAGNOSES), "claim_index": index},
    )


def take(columns: Columns, rows: Array) -> dict[str, Array]:
    """The given rows (numbers or a mask) of each column."""
    return {name: column[rows] for name, column in columns.items()}


def concat(parts: list[ClaimBatch]) -> ClaimBatch:
    """Batches one after the other; `claim_index` is moved along."""
    starts = np.cumsum([0] + [len(part) for part in parts[:-1]])

    def joined(pieces: list[Columns]) -> dict[str, Array]:
        columns = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
        if "claim_index" in columns:
            shifts = np.repeat(starts, [len(piece["claim_index"]) for piece in pieces])
            columns["claim_index"] = columns["claim_index"] + shifts
        return columns

    return ClaimBatch(
        joined([part.claims for part in parts]),
        joined([part.lines for part in parts]),
        joined([part.diagnoses for part in parts]),
    )


def select(batch: ClaimBatch, rows: Array) -> ClaimBatch:
    """The claims in `rows` (rising row numbers) with their lines and diagnoses."""
    new_row = np.full(len(batch), -1, dtype=np.int64)
    new_row[rows] = np.arange(len(rows))

    def children(columns: Columns) -> dict[str, Array]:
        kept = take(columns, new_row[columns["claim_index"]] >= 0)
        kept["claim_index"] = new_row[kept["claim_index"]]
        return kept

    return ClaimBatch(take(batch.claims, rows), children(batch.lines), children(batch.diagnoses))
