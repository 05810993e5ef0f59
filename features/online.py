"""The service's side: one order for claims that share an entity, packed tiles, and the same computation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import psycopg

from claims.batch import ClaimBatch
from claims.context import Context
from claims.store.columns import array_text
from claims.tables import Array
from features.answers import check_built
from features.catalogue import FEATURES
from features.closed.recall import recall
from features.compute import compute_rows, gather_for
from features.context import NEWEST, ReadContext, answers_about, look_back
from features.grown import grown_tiles
from features.nodes import nodes_of
from features.pasts import WRITE_WHOLE, pasts_after
from features.places import Places, fingerprint_of
from features.read_places import read_places
from features.rows import Rows
from features.tiles import pack


def lock_entities(connection: psycopg.Connection, batch: ClaimBatch) -> None:
    """Wait until nobody else settles for the same patients, doctors or institutions; held until the transaction ends.

    Patients come first, so that the doctor of a reversal's original can be read before the second round.
    """
    _lock(connection, "patient", batch.claims["patient_id"].tolist())
    names = [name for name in batch.claims["reverses_claim_id"].tolist() if name is not None]
    doctors = (
        connection.execute("SELECT doctor_id FROM claims WHERE claim_id = ANY(%s)", (names,)).fetchall()
        if names
        else []
    )
    others = [f"doctor {name}" for name in (*batch.claims["doctor_id"].tolist(), *(row[0] for row in doctors)) if name]
    _lock(connection, "", [*others, *(f"institution {name}" for name in batch.claims["institution_id"].tolist())])


def _lock(connection: psycopg.Connection, kind: str, names: Iterable[str]) -> None:
    digests = (hashlib.blake2b(f"{kind} {name}".encode(), digest_size=8).digest() for name in set(names))
    keys = sorted(int.from_bytes(digest, "big", signed=True) for digest in digests)
    connection.execute("SELECT pg_advisory_xact_lock(k) FROM unnest(%s::bigint[]) k", (keys,))


def draw_orders(connection: psycopg.Connection, count: int) -> Array:
    """The next `count` recorded orders, rising; draw them after `lock_entities`.

    Waits for an import that is placing claims: one drawn beside it would lie above claims that it cannot see yet.
    """
    connection.execute("LOCK TABLE claims IN ROW EXCLUSIVE MODE")
    rows = connection.execute("SELECT nextval('recorded_order') FROM generate_series(1, %s)", (count,)).fetchall()
    return np.array([row[0] for row in rows], dtype=np.int64)


def serve(connection: psycopg.Connection, batch: ClaimBatch, context: Context) -> Array:
    """The columns of claims that are settled now; also brings the tiles up to date.

    Runs inside the caller's transaction after `lock_entities` and `draw_orders`, before or after the claims are stored.

    Args:
        connection: of the service role.
        batch: n claims with their orders; reversals change the tiles and get a row of zeros.
        context: from `read_context`.

    Returns:
        (n, k) float64 in the order of `FEATURES`.

    Raises:
        NotBuilt: claims were imported that no feature build has seen, or the tiles are of another feature set.
    """
    looked = look(connection, batch, context)
    write_past(connection, looked)
    return looked.matrix


@dataclass(frozen=True)
class Looked:
    """What `look` found: the columns (n, k), and from what the past grows."""

    matrix: Array
    batch: ClaimBatch
    history: ClaimBatch
    rows: Rows
    places: Places


def look(connection: psycopg.Connection, batch: ClaimBatch, context: Context) -> Looked:
    """Read and compute as `serve` does, without writing.

    Raises:
        NotBuilt: as in `serve`.
    """
    answers = answers_about(connection, batch, context)
    check_built(connection, answers)
    places = read_places(connection, batch, context, answers)
    (((closed,), *_),) = answers.of("closed")
    tables = recall(connection, batch, closed)
    if isinstance(context, ReadContext):  # the frame's own context knows no frames: a circle would outlive the answer
        rows = gather_for(batch, replace(context, closed=tables, frames=[]), places)
        context.frames[:] = [rows]
    else:
        rows = gather_for(batch, replace(context, closed=tables), places)
    nodes = nodes_of((kind, name, at, values) for (kind, name), (at,), values, *_ in answers.of("node"))
    matrix = compute_rows(FEATURES, rows, places, nodes)
    return Looked(matrix, batch, context.history, rows, places)


_WRITE = f"""WITH tiles AS (
    INSERT INTO feature_tiles SELECT * FROM unnest(%(kinds)s::text[], %(ids)s::text[], %(tiles)b::bytea[])
    ON CONFLICT (entity_kind, entity_id) DO UPDATE SET packed = excluded.packed),
whole AS ({WRITE_WHOLE})
UPDATE patient_pasts p SET added = coalesce(p.added, '') || a.added
FROM unnest(%(others)s::text[], %(added)b::bytea[]) AS a(id, added) WHERE p.patient_id = a.id"""


def write_past(connection: psycopg.Connection, looked: Looked) -> None:
    """Bring tiles and packed pasts up to date with the claims that were looked at."""
    rows, places = looked.rows, looked.places
    written = [
        (entity, name, pack(tile, fingerprint_of(layout)))
        for entity, layout in places.layouts.items()
        for name, tile in grown_tiles(rows, entity, layout, places).items()
    ]
    pasts = pasts_after(looked.batch, looked.history, look_back(looked.batch))
    kinds, ids, tiles = zip(*written, strict=True) if written else ((), (), ())
    connection.execute(
        _WRITE,
        {
            "kinds": array_text(kinds),
            "ids": array_text(ids),
            "tiles": list(tiles),
            "whole": array_text(pasts.whole),
            "packed": list(pasts.whole.values()),
            "others": array_text(pasts.added),
            "added": list(pasts.added.values()),
        },
        prepare=True,
    )


def advise(connection: psycopg.Connection, batch: ClaimBatch, context: Context) -> Array:
    """The columns that the claims would get if they were settled now; writes nothing and needs no lock.

    Raises:
        NotBuilt: as in `serve`.
    """
    order = np.arange(NEWEST, NEWEST + len(batch), dtype=np.int64)
    asked = replace(batch, claims={**batch.claims, "recorded_order": order})
    return look(connection, asked, context).matrix
