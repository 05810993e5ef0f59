"""Reads the tiles of a batch's doctors and institutions, and single claims only where a tile is not exact."""

from __future__ import annotations

import numpy as np
import psycopg

from claims.batch import ClaimBatch
from claims.context import Context
from claims.errors import NotBuilt
from claims.store.columns import join, read_few, rows_to_columns
from claims.tables import CLAIMS, DIAGNOSES, LINES, SETTLEMENT, Array, empty_columns
from features.context import first_order
from features.places import Layout, Needs, Places, fingerprint_of
from features.rows import TILE_ENTITIES
from features.tiles import Tile, cut_for, empty_tile, unpack
from features.windows import window

_LATE = """WHERE t.claim_id IN (
    WITH late AS (SELECT claim_id, reverses_claim_id FROM claims
                  WHERE {entity}_id = %s AND settled_at >= to_timestamp(%s) AND recorded_order < %s)
    SELECT claim_id FROM late UNION SELECT reverses_claim_id FROM late
    UNION SELECT r.claim_id FROM claims r JOIN late ON r.reverses_claim_id = late.claim_id)
  AND t.recorded_order < %s ORDER BY t.recorded_order"""

_HIDDEN = """SELECT patient_id, extract(epoch FROM max(settled_at))::bigint FROM claims
WHERE {entity}_id = %s AND kind = 'settlement' AND settled_at >= to_timestamp(%s) AND settled_at < to_timestamp(%s)
  AND recorded_order < %s AND patient_id IN (
    SELECT patient_id FROM claims
    WHERE {entity}_id = %s AND kind = 'settlement' AND settled_at >= to_timestamp(%s) AND recorded_order < %s)
GROUP BY patient_id"""

_SAME_AMOUNT = """WHERE t.claim_id IN (
    SELECT c.claim_id FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::bigint[]) AS a(id, amount, low, high)
    JOIN claims c ON c.institution_id = a.id AND c.total_fen = a.amount AND c.kind = 'settlement'
      AND c.settled_at BETWEEN to_timestamp(a.low) AND to_timestamp(a.high))
  AND t.recorded_order < %s ORDER BY t.recorded_order"""


def read_places(connection: psycopg.Connection, batch: ClaimBatch, context: Context, needs: Needs) -> Places:
    """What the doctors and institutions of `batch` did before it.

    Raises:
        NotBuilt: a tile was written for other features.
    """
    order = first_order(batch)
    tiles: dict[str, dict[str, Tile]] = {}
    cuts: dict[str, dict[str, int | None]] = {}
    hidden: dict[str, list[tuple[str, str, int]]] = {}
    claims = [_same_amount(connection, batch, needs.same_amount_over, order)]
    for entity in TILE_ENTITIES:
        layout = needs.layouts[entity]
        tiles[entity] = _read_tiles(connection, entity, layout, _named(batch, context, entity))
        cuts[entity], hidden[entity] = {}, []
        for name, (cut, earliest) in _cuts(batch, entity, tiles[entity], layout).items():
            cuts[entity][name] = cut
            if cut is not None:
                values = (name, cut, order, order)
                claims.append(read_few(connection, CLAIMS, _LATE.format(entity=entity), values))
                low = window(layout.longest).start(earliest)
                hidden[entity] += _read_hidden(connection, entity, name, low, cut, order)
    return Places(order, needs.layouts, tiles, cuts, _joined(claims), hidden)


def _named(batch: ClaimBatch, context: Context, entity: str) -> list[str]:
    """The entities of the batch and of the originals of its reversals."""
    originals = set(batch.claims["reverses_claim_id"].tolist()) - {None}
    past = context.history.claims
    column = f"{entity}_id"
    found = set(batch.claims[column].tolist())
    if originals:
        found |= {
            name
            for name, claim in zip(past[column].tolist(), past["claim_id"].tolist(), strict=True)
            if claim in originals
        }
    return sorted(found - {None})


def _read_tiles(connection: psycopg.Connection, entity: str, layout: Layout, names: list[str]) -> dict[str, Tile]:
    rows = connection.execute(
        "SELECT entity_id, packed FROM feature_tiles WHERE entity_kind = %s AND entity_id = ANY(%s)",
        (entity, names),
        binary=True,
    ).fetchall()
    tiles = {name: empty_tile(layout.width) for name in names}
    for name, packed in rows:
        tile = unpack(bytes(packed), fingerprint_of(layout))
        if tile is None:
            raise NotBuilt(
                f"The packed past of a {entity} was written for another feature set. "
                "Expected tiles of the features in use. Run `yicha features build`, then try again."
            )
        tiles[name] = tile
    return tiles


def _cuts(batch: ClaimBatch, entity: str, tiles: dict[str, Tile], layout: Layout) -> dict[str, tuple[int | None, int]]:
    """For each entity asked for: the earliest cut (None: the tile alone is exact) and the earliest time asked for."""
    found: dict[str, tuple[int | None, int]] = {}
    columns = (batch.claims[name].tolist() for name in (f"{entity}_id", "settled_at", "kind"))
    for name, at, kind in zip(*columns, strict=True):
        if name is None or kind != SETTLEMENT:
            continue
        cut, earliest = found.get(name, (None, at))
        own = cut_for(tiles[name], at, layout.longest)
        both = [moment for moment in (cut, own) if moment is not None]
        found[name] = (min(both) if both else None, min(earliest, at))
    return found


def _read_hidden(
    connection: psycopg.Connection, entity: str, name: str, low: int, cut: int, order: int
) -> list[tuple[str, str, int]]:
    values = (name, low, cut, order, name, cut, order)
    rows = connection.execute(_HIDDEN.format(entity=entity), values).fetchall()
    return [(name, patient, s) for patient, s in rows]


def _same_amount(connection: psycopg.Connection, batch: ClaimBatch, over: str | None, order: int) -> dict[str, Array]:
    settled = np.flatnonzero(batch.claims["kind"] == SETTLEMENT)
    if over is None or not len(settled):
        return empty_columns(CLAIMS)
    at = batch.claims["settled_at"][settled]
    places, amounts = batch.claims["institution_id"][settled].tolist(), batch.claims["total_fen"][settled].tolist()
    values = (places, amounts, window(over).start(at).tolist(), at.tolist(), order)
    return read_few(connection, CLAIMS, _SAME_AMOUNT, values)


def _joined(parts: list[dict[str, Array]]) -> ClaimBatch:
    """One batch without lines of claims that may come from several queries, each once."""
    rows = {row[0]: row for part in parts for row in zip(*(part[name].tolist() for name in CLAIMS.names), strict=True)}
    ordered = sorted(rows.values(), key=lambda row: row[CLAIMS.names.index("recorded_order")])
    return join(rows_to_columns(CLAIMS, ordered), empty_columns(LINES), empty_columns(DIAGNOSES))
