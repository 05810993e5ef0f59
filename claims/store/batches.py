"""Arrow tables of claims and their children as a batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial

import numpy as np
import pyarrow as pa

from claims.batch import ClaimBatch
from claims.lazy import ArrowColumns
from claims.numbering import coded_of
from claims.store.columns import to_array
from claims.tables import CLAIMS, DIAGNOSES, LINES, Array, Columns, Kind, Table, empty_columns


def batch_of(claims: pa.Table, children: Mapping[str, pa.Table]) -> ClaimBatch:
    """A batch of the columns that are there, each made when it is asked for.

    Args:
        claims: in recorded order.
        children: their lines and diagnoses by the table's name; none of a table that is not there.
    """
    columns = columns_of(claims, CLAIMS)
    lines, diagnoses = (
        _children(columns["recorded_order"], children.get(table.name), table) for table in (LINES, DIAGNOSES)
    )
    return ClaimBatch(columns, lines, diagnoses)


def columns_of(table: pa.Table, kinds: Table, more: Mapping[str, Callable[[], Array]] | None = None) -> ArrowColumns:
    """The table's columns and more; texts stay numbers until somebody asks for them: most are only compared."""
    there = [column for column in kinds.columns if column.name in table.column_names]
    return ArrowColumns(
        table,
        {**{column.name: partial(to_array, table[column.name], column.kind) for column in there}, **(more or {})},
        {column.name: cache(partial(coded_of, table[column.name])) for column in there if column.kind is Kind.TEXT},
    )


def _children(order: Array, rows: pa.Table | None, kinds: Table) -> Columns:
    if rows is None:
        return {**empty_columns(kinds), "claim_index": np.empty(0, dtype=np.int64)}
    parent = np.searchsorted(order, rows["recorded_order"].to_numpy())
    return columns_of(rows, kinds, {"claim_index": lambda: parent})
