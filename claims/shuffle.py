"""Brings rows that belong together into one part: each block of rows leaves one file that holds a piece for each part.

A part is read from the same place of every block's file, so its rows come in the order of the blocks, and neither the
writer of a block nor the reader of a part ever holds more than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from claims.tables import Array

OPTIONS = pa.ipc.IpcWriteOptions(compression="lz4")


def write_pieces(path: Path, table: pa.Table, part: Array, parts: int) -> None:
    """Write a block's rows, sorted by part and in their own order within each.

    Args:
        path: the block's file; the folder is made.
        table: n rows.
        part: n part numbers.
        parts: how many parts there are.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    is_sorted = bool((part[1:] >= part[:-1]).all())
    moved = table if is_sorted else table.take(np.argsort(part.astype(np.int32), kind="stable"))
    ends = np.cumsum(np.bincount(part, minlength=parts))
    with pa.ipc.new_file(path, table.schema, options=OPTIONS) as file:
        for end, start in zip(ends.tolist(), [0, *ends[:-1].tolist()], strict=True):
            file.write_batch(_one_batch(moved.slice(start, end - start)))


def write_whole(path: Path, table: pa.Table) -> None:
    """Write rows that nobody needs in pieces; `read_piece(path, 0)` has them again."""
    write_pieces(path, table, np.zeros(len(table), dtype=np.int64), 1)


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)


def read_piece(path: Path, part: int, columns: Sequence[str] | None = None) -> pa.RecordBatch:
    """One part's rows of one block, all columns or some."""
    with pa.OSFile(str(path)) as source:
        return _opened(source, columns).get_batch(part)


def read_block(path: Path, columns: Sequence[str]) -> pa.Table:
    """Some columns of all parts' rows of one block."""
    with pa.OSFile(str(path)) as source:
        return _opened(source, columns).read_all()


def read_part(folder: Path, part: int, columns: Sequence[str] | None = None) -> pa.Table:
    """One part's rows of all blocks in `folder`, in the order of the files' names, all columns or some."""
    return pa.Table.from_batches([read_piece(path, part, columns) for path in sorted(folder.iterdir())])


def _opened(source: pa.OSFile, columns: Sequence[str] | None) -> pa.RecordBatchFileReader:
    file = pa.ipc.open_file(source)
    if columns is None:
        return file
    names = file.schema.names
    return pa.ipc.open_file(source, options=pa.ipc.IpcReadOptions(included_fields=[*map(names.index, columns)]))
