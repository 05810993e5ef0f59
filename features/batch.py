"""Builds the columns of every settlement in the store, and the tiles from which the service goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq

from claims.errors import NotBuilt
from claims.settings import Settings
from claims.store.columns import read_batch
from claims.tables import Array
from features.catalogue import FEATURES, feature_set
from features.compute import compute_rows, gather_for
from features.context import read_whole_context
from features.grown import grown_tiles
from features.long_pasts import replace_pasts
from features.places import fingerprint_of, layout_of
from features.rows import TILE_ENTITIES, Rows
from features.tiles import pack
from graphs.columns import NODE_KINDS, read_changes

KEYS = ("claim_id", "recorded_order", "settled_at")
Progress = Callable[[str], None]


def build(
    connection: psycopg.Connection, settings: Settings, folder: Path | None = None, progress: Progress | None = None
) -> Path:
    """Compute and write the columns of every settlement, renew all tiles, and note how far the build reaches.

    Args:
        connection: of the owner; committed at the end.
        settings: where the data folder is.
        folder: where the Parquet file goes, `features/` in the data folder by default; made if missing.
        progress: called with the name of each step when it begins.

    Returns:
        The Parquet file: the keys and one float64 column per feature, settlements in recorded order.

    Raises:
        NotBuilt: the store holds no claims.
    """
    say = progress or (lambda _step: None)
    say("reading claims")
    rows = read_rows(connection)
    if not len(rows.at):
        raise NotBuilt("The store holds no claims. Expected imported claims. Run `yicha import` first.")
    say("computing columns")
    matrix = compute_rows(FEATURES, rows, None, {kind: read_changes(connection, kind, None) for kind in NODE_KINDS})
    say("writing columns")
    path = _write(rows, matrix, folder or settings.data_folder / "features")
    say("writing tiles")
    connection.execute("LOCK TABLE feature_tiles IN SHARE ROW EXCLUSIVE MODE")  # settlements wait here, and only here
    newest = connection.execute("SELECT max(recorded_order) FROM claims").fetchone()
    if newest and newest[0] != rows.claims["recorded_order"].max():
        rows = read_rows(connection)
    write_tiles(connection, rows)
    replace_pasts(connection, rows.batch)
    _note(connection, int(rows.claims["recorded_order"].max()), settings.stored_path(path))
    connection.commit()
    return path


def read_rows(connection: psycopg.Connection, where: str = "true") -> Rows:
    """The frame of all claims of the store; `where` is trusted SQL on claims, called `t`."""
    history = read_batch(connection, where)
    return gather_for(history, read_whole_context(connection, history))


def _write(rows: Rows, matrix: Array, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"features-{feature_set()}.parquet"
    settled = np.flatnonzero(rows.is_settlement)
    keys = {name: pa.array(rows.claims[name][settled].tolist()) for name in KEYS}
    columns = {feature.name: pa.array(matrix[settled, place]) for place, feature in enumerate(FEATURES)}
    unfinished = path.with_suffix(".unfinished")
    pq.write_table(pa.table({**keys, **columns}), unfinished, compression="zstd", compression_level=1)
    unfinished.replace(path)
    return path


def write_tiles(connection: psycopg.Connection, rows: Rows) -> None:
    """Replace all tiles by those of `rows`, which hold every claim."""
    connection.execute("DELETE FROM feature_tiles")
    with connection.cursor().copy(
        "COPY feature_tiles (entity_kind, entity_id, packed) FROM STDIN (FORMAT binary)"
    ) as copy:
        copy.set_types(["text", "text", "bytea"])
        for entity in TILE_ENTITIES:
            layout = layout_of(FEATURES, entity)
            mark = fingerprint_of(layout)
            for name, tile in grown_tiles(rows, entity, layout).items():
                copy.write_row((entity, name, pack(tile, mark)))


def _note(connection: psycopg.Connection, until: int, path: str) -> None:
    connection.execute("DELETE FROM feature_builds")  # the tiles now are those of this build alone
    connection.execute(
        "INSERT INTO feature_builds (feature_set, built_until_order, path) VALUES (%s, %s, %s)",
        (feature_set(), until, path),
    )


def read_matrix(path: Path) -> tuple[tuple[str, ...], Array, Array, Array, Array]:
    """Read a built file.

    Returns:
        Feature names (k), claim ids (n,), recorded orders (n,), settlement times (n,) and values (n, k) float64.

    Raises:
        NotBuilt: there is no such file.
    """
    if not path.is_file():
        raise NotBuilt(
            f"There is no feature file {path.name}. Expected one that was built. Run `yicha features build`."
        )
    table = pq.read_table(path)
    names = tuple(name for name in table.column_names if name not in KEYS)
    claim_ids = np.array(table.column("claim_id").to_pylist(), dtype=object)
    matrix = np.empty((table.num_rows, len(names)), dtype=np.float64)
    for place, name in enumerate(names):
        matrix[:, place] = table.column(name).to_numpy()
    return names, claim_ids, table.column("recorded_order").to_numpy(), table.column("settled_at").to_numpy(), matrix


def newest_build(connection: psycopg.Connection, settings: Settings) -> Path:
    """The Parquet file of the newest build of the features in use.

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
