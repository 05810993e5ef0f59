"""Tiles after the claims of a frame: one entity after the other, in a build and in the service alike."""

from __future__ import annotations

import numpy as np

from claims.tables import MISSING, Array
from features.places import Layout, Places, tile_values
from features.rows import SETTLED, TAKEN_BACK, Rows
from features.tiles import Tile, empty_tile, grow

_NONE = int(np.iinfo(np.int64).min)


def grown_tiles(rows: Rows, entity: str, layout: Layout, places: Places | None = None) -> dict[str, Tile]:
    """The tiles of every entity that has new events.

    Args:
        rows: the frame; all its claims are new without `places`, else those from `places.first_order` on.
        entity: doctor or institution.
        layout: the columns.
        places: the tiles as they were.
    """
    events, first = rows.events, places.first_order if places else _NONE
    new = np.flatnonzero((events.order >= first) & (rows.keys(entity)[events.subject] >= 0))
    values = tile_values(rows, layout)[new]
    key, s = rows.keys(entity)[events.subject[new]], events.s[new]
    if layout.has_patients:
        moved_key, moved_s, change = _moves(rows, entity, first)
        moved = np.zeros((len(moved_key), layout.width), dtype=np.int64)
        moved[:, -1] = change
        key, s = np.concatenate([key, moved_key]), np.concatenate([s, moved_s])
        values = np.concatenate([values, moved])
    # A refund lies at its purchase's time and tells nothing about how far the entity's clock has come.
    own = events.kind[new] != TAKEN_BACK
    known_at = rows.claims["known_at"][events.row[new]]
    spare = np.full(len(key) - len(new), MISSING)
    newest = np.concatenate([np.where(own, events.s[new], MISSING), spare])
    horizon = np.concatenate([np.where(own, np.minimum(events.s[new], known_at), MISSING), spare])
    order = np.concatenate([events.order[new], spare])
    return _grow_each(rows, entity, layout, places, key, (s, values, horizon, newest, order))


def _grow_each(
    rows: Rows, entity: str, layout: Layout, places: Places | None, key: Array,
    columns: tuple[Array, Array, Array, Array, Array],
) -> dict[str, Tile]:  # fmt: skip
    names = list(rows.numbers(f"{entity}_id")[1])
    sorted_rows = np.argsort(key, kind="stable")
    key = key[sorted_rows]
    s, values, horizon, newest, order = (column[sorted_rows] for column in columns)
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    ends = np.append(starts, len(key))[1:]
    tiles: dict[str, Tile] = {}
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        name, part = str(names[key[start]]), slice(start, end)
        old = places.tiles[entity].get(name) if places else None
        tiles[name] = grow(old or empty_tile(layout.width), s[part], values[part], int(horizon[part].max()),
                           int(newest[part].max()), int(order[part].max()))  # fmt: skip
    return tiles


def _moves(rows: Rows, entity: str, first: int) -> tuple[Array, Array, Array]:
    """Where the last settlement of (entity, patient) pairs moved: -1 at the old time, +1 at the new."""
    events = rows.events
    settled = np.flatnonzero((events.kind == SETTLED) & (rows.keys(entity)[events.subject] >= 0))
    key, patient = rows.keys(entity)[events.subject[settled]], rows.keys("patient")[events.subject[settled]]
    is_new, s = events.order[settled] >= first, events.s[settled]
    by_pair = np.lexsort((s, patient, key))
    key, patient, is_new, s = key[by_pair], patient[by_pair], is_new[by_pair], s[by_pair]
    starts = np.flatnonzero((np.diff(key, prepend=-1) != 0) | (np.diff(patient, prepend=-1) != 0))
    if not len(starts):
        nothing = np.empty(0, dtype=np.int64)
        return nothing, nothing, nothing
    old = np.maximum.reduceat(np.where(is_new, _NONE, s), starts)
    new = np.maximum.reduceat(np.where(is_new, s, _NONE), starts)
    moved = new > old
    had = moved & (old != _NONE)
    return (
        np.concatenate([key[starts][moved], key[starts][had]]),
        np.concatenate([new[moved], old[had]]),
        np.concatenate([np.ones(moved.sum(), dtype=np.int64), -np.ones(had.sum(), dtype=np.int64)]),
    )
