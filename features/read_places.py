"""The tiles of a batch's places, and single claims where a tile is not exact."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import psycopg

from claims.batch import ClaimBatch, empty_batch
from claims.context import Context
from claims.errors import NotBuilt
from claims.store.columns import TwoArrays, array_text, place_in_two_arrays, row_columns, two_arrays
from claims.tables import CLAIMS, SETTLEMENT, Columns
from features.answers import NEEDS, Answers, ids_in
from features.places import NEWCOMERS, Layout, Places, fingerprint_of, id_of
from features.rows import ENTITIES, TILE_ENTITIES
from features.tiles import Tile, cut_for, empty_tile, unpack
from features.windows import LONGEST, window

_TILES = """SELECT t.entity_kind, t.entity_id, t.packed FROM unnest(%s::text[], %s::text[]) AS a(kind, id)
JOIN feature_tiles t ON t.entity_kind = a.kind AND t.entity_id = a.id"""

_LATE = """SELECT {row} FROM claims t WHERE t.claim_id IN (
    WITH late AS (SELECT claim_id, reverses_claim_id FROM claims
                  WHERE {is_it} AND settled_at >= to_timestamp(%s) AND recorded_order < %s)
    SELECT claim_id FROM late UNION SELECT reverses_claim_id FROM late
    UNION SELECT r.claim_id FROM claims r JOIN late ON r.reverses_claim_id = late.claim_id)
  AND t.recorded_order < %s"""

_HIDDEN = """SELECT {other}, extract(epoch FROM max(settled_at))::bigint FROM claims
WHERE {is_it} AND kind = 'settlement' AND settled_at >= to_timestamp(%s) AND settled_at < to_timestamp(%s)
  AND recorded_order < %s AND {other} IN (
    SELECT {other} FROM claims
    WHERE {is_it} AND kind = 'settlement' AND settled_at >= to_timestamp(%s) AND recorded_order < %s)
GROUP BY {other}"""

_NOTHING = empty_batch()
_ORDER = place_in_two_arrays(CLAIMS, "recorded_order")

Parts = tuple[str, ...]
"""What the columns of an entity say: one or two ids."""


def read_places(connection: psycopg.Connection, batch: ClaimBatch, context: Context, answers: Answers) -> Places:
    """What the places of `batch` did before it.

    Args:
        connection: an open connection, for what the answers do not hold.
        batch: n claims.
        context: holds the originals of the batch's reversals.
        answers: about the batch.

    Raises:
        NotBuilt: a tile was written for other features.
    """
    order, layouts = answers.below, NEEDS.layouts
    tiles = _tiles(connection, batch, context, answers)
    cuts: dict[str, dict[str, int | None]] = {}
    hidden: dict[tuple[str, str], list[tuple[str, str, int]]] = {}
    claims: list[TwoArrays] = [(texts, numbers) for texts, numbers, *_ in answers.of("single")]
    for entity, layout in layouts.items():
        cuts[entity] = {}
        for parts, (cut, earliest) in _cuts(batch, entity, tiles[entity], layout).items():
            cuts[entity][id_of(*parts)] = cut
            if cut is not None:
                late = _LATE.format(row=two_arrays(CLAIMS, "t"), is_it=_is_it(entity))
                claims += connection.execute(late, (*parts, cut, order, order), binary=True).fetchall()
                for other in {"patient" if other == NEWCOMERS else other for other in layout.others}:
                    low = _hidden_from(layout, cut, earliest)
                    found = _read_hidden(connection, entity, parts, other, (low, cut, order))
                    hidden.setdefault((entity, other), []).extend(found)
    return Places(order, layouts, tiles, cuts, _joined(claims), hidden)


def _is_it(entity: str) -> str:
    return " AND ".join(f"{column} = %s" for column in ENTITIES[entity])


def _tiles(
    connection: psycopg.Connection, batch: ClaimBatch, context: Context, answers: Answers
) -> dict[str, dict[str, Tile]]:
    """The tiles of the entities of the batch, and of the originals of its reversals, which the context tells."""
    packed = [(entity, name, packed) for (entity, name), _, _, packed, *_ in answers.of("tile")]
    named = answers.named
    originals = set(batch.claims["reverses_claim_id"].tolist()) - {None}
    if originals:
        past = context.history.claims
        is_original = [name in originals for name in past["claim_id"].tolist()]
        taken_back = {column: past[column][is_original] for entity in TILE_ENTITIES for column in ENTITIES[entity]}
        more = {entity: set(ids_in(taken_back, entity)) - set(named[entity]) for entity in TILE_ENTITIES}
        named = {entity: [*names, *sorted(more[entity])] for entity, names in named.items()}
        asked = [(entity, name) for entity, names in more.items() for name in names]
        values = [array_text(entity for entity, _ in asked), array_text(name for _, name in asked)]
        packed += connection.execute(_TILES, values, binary=True).fetchall()
    tiles = {
        entity: {name: empty_tile(NEEDS.layouts[entity].width) for name in names} for entity, names in named.items()
    }
    for entity, name, each in packed:
        tile = unpack(each, _mark(entity))
        if tile is None:
            raise NotBuilt(
                f"The packed past of a {entity} was written for another feature set. "
                "Expected tiles of the features in use. Run `yicha features build`, then try again."
            )
        tiles[entity][name] = tile
    return tiles


@cache
def _mark(entity: str) -> bytes:
    return fingerprint_of(NEEDS.layouts[entity])


def _parts(claims: Columns, entity: str) -> Iterable[Parts]:
    return zip(*(claims[column].tolist() for column in ENTITIES[entity]), strict=True)


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


def _joined(rows: list[TwoArrays]) -> ClaimBatch:
    """One batch without lines of claims that may have been found several times, each once."""
    row_of = {row[1][_ORDER]: row for row in rows}
    found = row_columns(CLAIMS, [row_of[order] for order in sorted(row_of)])  # type: ignore[type-var]  # all have one
    return ClaimBatch(found, _NOTHING.lines, _NOTHING.diagnoses)
