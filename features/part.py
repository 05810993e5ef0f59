"""Second step of a build: the columns and tiles of one part, from what the first step brought together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
import psycopg
import pyarrow as pa

from claims.batch import empty_batch
from claims.context import Context
from claims.shuffle import read_part, write_pieces, write_whole
from claims.store.batches import batch_of, columns_of
from claims.store.columns import read_bulk
from claims.store.stream import Moment
from claims.tables import (
    CATALOGUE,
    DEPARTMENTS,
    INSTITUTIONS,
    PATIENTS,
    SETTLEMENT,
    STAFF,
    empty_columns,
)
from features.catalogue import FEATURES
from features.closed.store import read_closed
from features.compute import compute_rows
from features.grown import grown_tiles
from features.partitions import ALONE, key_of_entity, places_of
from features.places import fingerprint_of, layout_of
from features.rows import TILE_ENTITIES, Rows
from features.scatter import BLOCK, CHILDREN, ROW, ROWS_IN_A_SLICE, Plan, block_name, nodes_name
from features.tiles import pack
from features.verdicts import ask_confirmed, confirmed_of
from graphs.columns import NODE_KINDS, NodeChanges, changes_of, read_ring_changes

TILES = "tiles"
"""The folder of those that go into the store."""

TILE_SCHEMA = pa.schema({"entity_kind": pa.string(), "entity_id": pa.string(), "packed": pa.binary()})


def compute_part(plan: Plan, task: tuple[str, int]) -> None:
    """Compute part (key, number): the values go back to the blocks of their claims, the tiles to a file."""
    key, number = task
    claims = read_part(plan.pieces("claims", key), number)
    rows = _rows(plan, key, number, claims)
    _write_values(plan, key, number, rows, claims)
    tiles = tiles_of(rows, [entity for entity in TILE_ENTITIES if key in (ALONE, key_of_entity(entity))])
    write_whole(plan.folder / TILES / f"{key}-{block_name(number)}", tiles)


def _write_values(plan: Plan, key: str, number: int, rows: Rows, claims: pa.Table) -> None:
    places = places_of(FEATURES, key)
    matrix = compute_rows([FEATURES[place] for place in places], rows, None, _nodes(plan, key, number))
    values = {str(place): pa.array(matrix[:, column]) for column, place in enumerate(places)}
    table = pa.table({ROW: claims[ROW].take(pa.array(rows.at)), **values})
    slice_ = claims[BLOCK].to_numpy()[rows.at] * plan.slices + table[ROW].to_numpy() // ROWS_IN_A_SLICE
    write_pieces(plan.pieces("values", key) / block_name(number), table, slice_, len(plan.blocks) * plan.slices)


def tiles_of(rows: Rows, entities: Sequence[str]) -> pa.Table:
    """The packed tiles of all entities of these kinds of which `rows` holds every claim."""
    found: list[tuple[str, str, bytes]] = []
    for entity in entities:
        layout = layout_of(FEATURES, entity)
        mark = fingerprint_of(layout)
        found += [(entity, name, pack(tile, mark)) for name, tile in grown_tiles(rows, entity, layout).items()]
    return pa.table(list(zip(*found, strict=True)) or [()] * 3, schema=TILE_SCHEMA)


def rows_of(claims: pa.Table, children: Mapping[str, pa.Table], context: Context) -> Rows:
    """The frame of claims in recorded order; its settlements are asked for.

    Args:
        claims: in recorded order.
        children: their lines and diagnoses by the table's name; none of a table that is not there.
        context: the reference tables, and what whole months taught.
    """
    batch = batch_of(claims, children)
    return Rows(batch, np.flatnonzero(batch.claims["kind"] == SETTLEMENT), context)


def _rows(plan: Plan, key: str, number: int, claims: pa.Table) -> Rows:
    context = _reference_of(plan.moment, plan.closed)
    if key not in (ALONE, "patient"):
        return rows_of(claims, {}, context)
    children = {table.name: read_part(plan.pieces(table.name, key), number) for table in CHILDREN}
    patients = read_part(plan.pieces("patients", key), number)
    return rows_of(claims, children, replace(context, patients=columns_of(patients, PATIENTS)))


@lru_cache(maxsize=1)
def _reference_of(moment: Moment, closed: Moment) -> Context:
    with moment.connect() as connection, closed.connect() as learned:
        return replace(read_reference(connection), closed=read_closed(learned))


def read_reference(connection: psycopg.Connection) -> Context:
    """The reference tables that are small enough to be held whole, and all verdicts; no claims and no patients."""
    institutions, departments, staff, catalogue = (
        read_bulk(connection, table) for table in (INSTITUTIONS, DEPARTMENTS, STAFF, CATALOGUE)
    )
    confirmed = confirmed_of(ask_confirmed(connection))
    return Context(empty_batch(), empty_columns(PATIENTS), institutions, departments, staff, catalogue, confirmed)


def _nodes(plan: Plan, key: str, number: int) -> dict[str, NodeChanges]:
    found: dict[str, NodeChanges] = {
        kind: changes_of(
            read_part(plan.pieces(nodes_name(kind), key), number).sort_by([("id", "ascending"), ("at", "ascending")])
        )
        for kind in NODE_KINDS
        if key in (ALONE, kind)
    }
    return found if "patient" in found else {**found, "patient": _rings_of(plan.moment)}


@lru_cache(maxsize=1)
def _rings_of(moment: Moment) -> NodeChanges:
    """Which patients stood in which rings: few, wherever they went, so that every part knows all of them."""
    with moment.connect() as connection:
        return read_ring_changes(connection)
