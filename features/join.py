"""Last step of a build: one Parquet file for each block of claims, every value back at its claim."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.catalogue import FEATURES
from features.scatter import ROW, Plan, block_name
from features.shuffle import read_piece


def join_block(plan: Plan, number: int) -> None:
    """Write the file of block `number`: its keys and one float64 column for each feature, in recorded order."""
    keys = read_piece(plan.folder / "keys" / block_name(number), 0)
    matrix = np.empty((len(FEATURES), keys.num_rows), dtype=np.float64)
    for key in plan.keys:
        for path in sorted(plan.pieces("values", key).iterdir()):
            piece = read_piece(path, number)
            rows = piece.column(ROW).to_numpy()
            for name in piece.schema.names[1:]:
                matrix[int(name), rows] = piece.column(name).to_numpy()
    columns = {feature.name: pa.array(values) for feature, values in zip(FEATURES, matrix, strict=True)}
    table = pa.table({**dict(zip(keys.schema.names, keys.columns, strict=True)), **columns})
    plan.out.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, plan.out / part_name(number), compression="zstd", compression_level=1)


def part_name(number: int) -> str:
    """The Parquet file of a block."""
    return f"part-{number:06d}.parquet"
