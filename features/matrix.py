"""The built columns as files: a folder of Parquet parts, written in one step and read as far as needed."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from claims.errors import NotBuilt
from claims.settings import Settings
from claims.tables import Array
from features.catalogue import feature_set

MATRIX_KEYS = ("claim_id", "recorded_order", "settled_at")
"""What stands beside the values."""


class Matrix(NamedTuple):
    """n settlements in recorded order and k of their columns.

    Attributes:
        names: k feature names.
        claim_ids, recorded_order, settled_at: (n,).
        values: (n, k) float64.
    """

    names: tuple[str, ...]
    claim_ids: Array
    recorded_order: Array
    settled_at: Array
    values: Array


def read_matrix(folder: Path, names: Sequence[str] | None = None, keep: pc.Expression | None = None) -> Matrix:
    """Read built columns; beside the result only one part is held at a time.

    Args:
        folder: of a build.
        names: the columns wanted, all by default.
        keep: which settlements, a condition on `MATRIX_KEYS` such as `pc.field("settled_at") >= begin`; all by default.

    Raises:
        NotBuilt: there is no such build.
    """
    parts = sorted(folder.glob("part-*.parquet"))
    if not parts:
        raise NotBuilt(
            f"There are no feature files in {folder.name}. Expected those of a build. Run `yicha features build`."
        )
    keys = [_read(part, MATRIX_KEYS, keep) for part in parts]
    wanted = tuple(names or (name for name in pq.read_schema(parts[0]).names if name not in MATRIX_KEYS))
    values = np.empty((sum(len(table) for table in keys), len(wanted)), dtype=np.float64)
    end = 0
    for part, table in zip(parts, keys, strict=True):
        start, end = end, end + len(table)
        if start == end:
            continue
        block = _read(part, wanted, keep)
        for place, name in enumerate(wanted):
            values[start:end, place] = block[name].to_numpy()
    claim_ids, order, settled_at = (pa.concat_tables(keys)[name].to_numpy() for name in MATRIX_KEYS)
    return Matrix(wanted, claim_ids.astype(object), order, settled_at, values)


def newest_build(connection: psycopg.Connection, settings: Settings) -> Path:
    """The folder of the newest build of the features in use.

    Raises:
        NotBuilt: these features were never built here.
    """
    row = connection.execute("SELECT path FROM feature_builds WHERE feature_set = %s", (feature_set(),)).fetchone()
    if row is None:
        raise NotBuilt(
            f"The feature set {feature_set()} was not built in this store. "
            "Expected its columns. Run `yicha features build`, then try again."
        )
    return settings.path_of(row[0])


def publish(unfinished: Path, folder: Path) -> Path:
    """Give a finished build its own name beside the earlier ones, which readers may still hold.

    Returns:
        The build's folder: `features-<feature set>-<number>`.
    """
    number = 1 + max((int(path.name.rsplit("-", 1)[1]) for path in builds_in(folder)), default=0)
    path = folder / f"features-{feature_set()}-{number:04d}"
    unfinished.replace(path)
    return path


def builds_in(folder: Path) -> list[Path]:
    """The builds of the features in use."""
    return [path for path in folder.glob(f"features-{feature_set()}-*") if path.name.rsplit("-", 1)[1].isdecimal()]


def remove_others(path: Path) -> None:
    """Remove the earlier builds of the same features; a reader that began before the last build may lose its files."""
    for other in set(builds_in(path.parent)) - {path}:
        shutil.rmtree(other, ignore_errors=True)


def _read(part: Path, names: Sequence[str], keep: pc.Expression | None) -> pa.Table:
    if keep is None:
        return pq.read_table(part, columns=list(names))
    return pq.read_table(part, columns=list(dict.fromkeys((*names, *MATRIX_KEYS))), filters=keep).select(list(names))
