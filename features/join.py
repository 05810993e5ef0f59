"""Last step of a build: one Parquet file for each block of claims, every value back at its claim."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from claims.shuffle import read_piece
from claims.tables import Array
from features.catalogue import FEATURES
from features.compiled import compiled
from features.matrix import MATRIX_KEYS
from features.scatter import ROW, ROWS_IN_A_SLICE, Plan, block_name

FEW, SAMPLE = 512, 2048
"""A column with at most so many values among so many rows is written with a dictionary: to make one costs more than it
saves where values hardly repeat."""


def join_block(plan: Plan, number: int) -> None:
    """Write the file of block `number`: its keys and one float64 column for each feature, in recorded order.

    A slice of the block's rows makes a row group; all slices share their memory, as memory costs most when it is new.
    """
    keys = read_piece(plan.folder / "keys" / block_name(number), 0)
    plan.out.mkdir(parents=True, exist_ok=True)
    schema = pa.schema([*keys.schema, *((feature.name, pa.float64()) for feature in FEATURES)])
    matrix = np.empty((len(FEATURES), min(ROWS_IN_A_SLICE, keys.num_rows)), dtype=np.float64)
    _fill(matrix, plan, number, 0)
    with pq.ParquetWriter(
        plan.out / part_name(number), schema, use_dictionary=_repeating(matrix),
        compression="zstd", compression_level=1, write_statistics=list(MATRIX_KEYS),
    ) as file:  # fmt: skip
        for slice_ in range(plan.slices):
            here = keys.slice(slice_ * ROWS_IN_A_SLICE, ROWS_IN_A_SLICE)
            values = matrix[:, : here.num_rows]
            if slice_:
                _fill(values, plan, number, slice_)
            file.write_table(pa.Table.from_arrays([*here.columns, *map(pa.array, values)], schema=schema))


def _repeating(matrix: Array) -> list[str]:
    """The features whose values repeat."""
    return [
        feature.name
        for feature, values in zip(FEATURES, matrix[:, :SAMPLE], strict=True)
        if len(np.unique(values)) <= FEW
    ]


def _fill(matrix: Array, plan: Plan, number: int, slice_: int) -> None:
    """Bring the values of all parts to their rows: (features, rows of the slice).

    Feature by feature: the rows of one stay near the processor while every part writes some of them.
    """
    for key in plan.keys:
        paths = sorted(plan.pieces("values", key).iterdir())
        pieces = [read_piece(path, number * plan.slices + slice_) for path in paths]
        rows = [piece.column(ROW).to_numpy() - slice_ * ROWS_IN_A_SLICE for piece in pieces]
        for place, name in enumerate(pieces[0].schema.names[1:], 1):
            for own, piece in zip(rows, pieces, strict=True):
                _put(matrix[int(name)], own, piece.column(place).to_numpy())


@compiled
def _put(column: Array, rows: Array, values: Array) -> None:
    for place in range(rows.size):
        column[rows[place]] = values[place]


def part_name(number: int) -> str:
    """The Parquet file of a block."""
    return f"part-{number:06d}.parquet"
