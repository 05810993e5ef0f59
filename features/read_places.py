"""Reads the tiles of a batch's places, and single claims only where a tile is not exact."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import psycopg

from claims.batch import ClaimBatch
from claims.context import Context
from claims.errors import NotBuilt
from claims.store.columns import ask_few, join, read_few, rows_to_columns
from claims.tables import CLAIMS, DIAGNOSES, LINES, SETTLEMENT, Array, Columns, empty_columns
from features.context import first_order
from features.places import NEWCOMERS, Layout, Needs, Places, fingerprint_of, id_of
from features.rows import ENTITIES, TILE_ENTITIES
from features.tiles import Tile, cut_for, empty_tile, unpack
from features.windows import LONGEST, window

_TILES = """SELECT t.entity_kind, t.entity_id, t.packed FROM unnest(%s::text[], %s::text[]) AS a(kind, id)
JOIN feature_tiles t ON t.entity_kind = a.kind AND t.entity_id = a.id"""

_SINGLE = {
    "institution_amount": """SELECT c.claim_id
    FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::bigint[]) AS a(id, amount, low, high)
    JOIN claims c ON c.institution_id = a.id AND c.total_fen = a.amount AND c.kind = 'settlement'
      AND c.settled_at BETWEEN to_timestamp(a.low) AND to_timestamp(a.high)""",
    "till": """SELECT c.claim_id
    FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[]) AS a(id, till, low, high)
    JOIN claims c ON c.institution_id = a.id AND c.till_id IS NOT DISTINCT FROM a.till AND c.kind = 'settlement'
      AND c.settled_at BETWEEN to_timestamp(a.low) AND to_timestamp(a.high)""",
}

_LATE = """WHERE t.claim_id IN (
    WITH late AS (SELECT claim_id, reverses_claim_id FROM claims
                  WHERE {is_it} AND settled_at >= to_timestamp(%s) AND recorded_order < %s)
    SELECT claim_id FROM late UNION SELECT reverses_claim_id FROM late
    UNION SELECT r.claim_id FROM claims r JOIN late ON r.reverses_claim_id = late.claim_id)
  AND t.recorded_order < %s ORDER BY t.recorded_order"""

_HIDDEN = """SELECT {other}, extract(epoch FROM max(settled_at))::bigint FROM claims
WHERE {is_it} AND kind = 'settlement' AND settled_at >= to_timestamp(%s) AND settled_at < to_timestamp(%s)
  AND recorded_order < %s AND {other} IN (
    SELECT {other} FROM claims
    WHERE {is_it} AND kind = 'settlement' AND settled_at >= to_timestamp(%s) AND recorded_order < %s)
GROUP BY {other}"""

Parts = tuple[str, ...]
"""What the columns of an entity say: one or two ids."""


def read_places(connection: psycopg.Connection, batch: ClaimBatch, context: Context, needs: Needs) -> Places:
    """What the places of `batch` did before it.

    Raises:
        NotBuilt: a tile was written for other features.
    """
    order = first_order(batch)
    named = {entity: _named(batch, context, entity) for entity in TILE_ENTITIES}
    with connection.pipeline():
        packed, single = _ask_tiles(connection, named), _ask_single(connection, batch, needs.single_over, order)
    tiles = _unpacked(packed, needs.layouts, named)
    cuts: dict[str, dict[str, int | None]] = {}
    hidden: dict[tuple[str, str], list[tuple[str, str, int]]] = {}
    claims = [rows_to_columns(CLAIMS, single.fetchall())] if single else []
    for entity, layout in needs.layouts.items():
        cuts[entity] = {}
        for parts, (cut, earliest) in _cuts(batch, entity, tiles[entity], layout).items():
            cuts[entity][id_of(*parts)] = cut
            if cut is not None:
                tail = _LATE.format(is_it=_is_it(entity))
                claims.append(read_few(connection, CLAIMS, tail, (*parts, cut, order, order)))
                for other in {"patient" if other == NEWCOMERS else other for other in layout.others}:
                    low = _hidden_from(layout, cut, earliest)
                    found = _read_hidden(connection, entity, parts, other, (low, cut, order))
                    hidden.setdefault((entity, other), []).extend(found)
    return Places(order, needs.layouts, tiles, cuts, _joined(claims), hidden)


def _is_it(entity: str) -> str:
    return " AND ".join(f"{column} = %s" for column in ENTITIES[entity])


def _named(batch: ClaimBatch, context: Context, entity: str) -> list[str]:
    """The ids of the entities of the batch and of the originals of its reversals."""
    originals = set(batch.claims["reverses_claim_id"].tolist()) - {None}
    found = set(_parts(batch.claims, entity))
    if originals:
        past = context.history.claims
        both = zip(_parts(past, entity), past["claim_id"].tolist(), strict=True)
        found |= {parts for parts, claim in both if claim in originals}
    return sorted(id_of(*parts) for parts in found if None not in parts)


def _parts(claims: Columns, entity: str) -> Iterable[Parts]:
    return zip(*(claims[column].tolist() for column in ENTITIES[entity]), strict=True)


def _ask_tiles(connection: psycopg.Connection, named: dict[str, list[str]]) -> psycopg.Cursor:
    """Begin to read the tiles of all kinds, in one statement."""
    asked = [(entity, name) for entity, names in named.items() for name in names]
    values = [[entity for entity, _ in asked], [name for _, name in asked]]
    return connection.execute(_TILES, values, binary=True)


def _unpacked(
    packed_tiles: psycopg.Cursor, layouts: dict[str, Layout], named: dict[str, list[str]]
) -> dict[str, dict[str, Tile]]:
    marks = {entity: fingerprint_of(layout) for entity, layout in layouts.items()}
    tiles = {entity: {name: empty_tile(layouts[entity].width) for name in names} for entity, names in named.items()}
    for entity, name, packed in packed_tiles.fetchall():
        tile = unpack(bytes(packed), marks[entity])
        if tile is None:
            raise NotBuilt(
                f"The packed past of a {entity} was written for another feature set. "
                "Expected tiles of the features in use. Run `yicha features build`, then try again."
            )
        tiles[entity][name] = tile
    return tiles


def _cuts(
    batch: ClaimBatch, entity: str, tiles: dict[str, Tile], layout: Layout
) -> dict[Parts, tuple[int | None, int]]:
    """For each entity asked for: the earliest cut (None: the tile alone is exact) and the earliest time asked for."""
    found: dict[Parts, tuple[int | None, int]] = {}
    times, kinds = batch.claims["settled_at"].tolist(), batch.claims["kind"].tolist()
    for parts, at, kind in zip(_parts(batch.claims, entity), times, kinds, strict=True):
        if None in parts or kind != SETTLEMENT:
            continue
        cut, earliest = found.get(parts, (None, at))
        own = cut_for(tiles[id_of(*parts)], at, layout.longest)
        both = [moment for moment in (cut, own) if moment is not None]
        found[parts] = (min(both) if both else None, min(earliest, at))
    return found


def _hidden_from(layout: Layout, cut: int, earliest: int) -> int:
    """From where on the last settlement before the cut matters: to a window, or to whether somebody is new."""
    asked = window(layout.longest).start(earliest)
    return min(asked, window(LONGEST).start(cut)) if NEWCOMERS in layout.others else asked


def _read_hidden(
    connection: psycopg.Connection, entity: str, parts: Parts, other: str, moments: tuple[int, int, int]
) -> list[tuple[str, str, int]]:
    low, cut, order = moments
    values = (*parts, low, cut, order, *parts, cut, order)
    query = _HIDDEN.format(is_it=_is_it(entity), other=f"{other}_id")
    return [(id_of(*parts), seen, s) for seen, s in connection.execute(query, values).fetchall()]


def _ask_single(
    connection: psycopg.Connection, batch: ClaimBatch, overs: dict[str, str | None], order: int
) -> psycopg.Cursor | None:
    """Begin to read the claims of the last hours with the amounts or at the tills of the batch, in one statement."""
    settled = np.flatnonzero(batch.claims["kind"] == SETTLEMENT)
    wanted = {entity: over for entity, over in overs.items() if over}
    if not wanted or not len(settled):
        return None
    at = batch.claims["settled_at"][settled]
    values: list[object] = []
    for entity, over in wanted.items():
        values += [batch.claims[column][settled].tolist() for column in ENTITIES[entity]]
        values += [window(over).start(at).tolist(), at.tolist()]
    found = " UNION ".join(_SINGLE[entity] for entity in wanted)
    tail = f"WHERE t.claim_id IN ({found}) AND t.recorded_order < %s ORDER BY t.recorded_order"
    return ask_few(connection, CLAIMS, tail, (*values, order))


def _joined(parts: list[dict[str, Array]]) -> ClaimBatch:
    """One batch without lines of claims that may come from several queries, each once."""
    rows = {row[0]: row for part in parts for row in zip(*(part[name].tolist() for name in CLAIMS.names), strict=True)}
    ordered = sorted(rows.values(), key=lambda row: row[CLAIMS.names.index("recorded_order")])
    return join(rows_to_columns(CLAIMS, ordered), empty_columns(LINES), empty_columns(DIAGNOSES))
