"""Claims with their lines and diagnoses, as columns: one claim or ten million."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from claims.lazy import JoinedColumns, count, is_on_demand
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
        return count(self.claims, "recorded_order")  # numbers: nobody may have asked for texts yet


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
    """Batches one after the other; `claim_index` is moved along. Lazy where the first one is."""
    starts = list(accumulate((len(part) for part in parts[:-1]), initial=0))

    def all_of(pieces: list[Columns]) -> Columns:
        columns = JoinedColumns(pieces, starts)
        return dict(columns) if isinstance(pieces[0], dict) else columns

    return ClaimBatch(
        all_of([part.claims for part in parts]),
        all_of([part.lines for part in parts]),
        all_of([part.diagnoses for part in parts]),
    )


def select(batch: ClaimBatch, rows: Array) -> ClaimBatch:
    """The claims in `rows` (row numbers, in the order wanted) with their lines and diagnoses."""
    new_row = np.full(len(batch), -1, dtype=np.int64)
    new_row[rows] = np.arange(len(rows))

    def children(columns: Columns) -> Columns:
        index = new_row[columns["claim_index"]]
        if not len(index):
            return columns
        chosen = np.flatnonzero(index >= 0)
        chosen = chosen[np.argsort(index[chosen], kind="stable")]
        return _taken(columns, chosen, {"claim_index": index[chosen]})

    return ClaimBatch(_taken(batch.claims, rows, {}), children(batch.lines), children(batch.diagnoses))


def _taken(columns: Columns, rows: Array, instead: dict[str, Array]) -> Columns:
    """Some rows of columns, but those of `instead` as they are there; lazy where the columns are."""
    return columns.taken(rows, instead) if is_on_demand(columns) else {**take(columns, rows), **instead}
