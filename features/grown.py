"""Tiles after the claims of a frame: in a build for all entities at once, and in the service alike."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from claims.tables import MISSING, Array
from features.last_seen import moves
from features.newcomers import changes
from features.places import NEWCOMERS, Layout, Places, keys_by_id, tile_column
from features.rows import SETTLED, TAKEN_BACK, Rows
from features.tiles import Clock, Tile, empty_tile

_CELLS_AT_ONCE = 4_000_000
"""A build sums a few columns at a time, so that its memory does not grow with the number of columns."""


def grown_tiles(rows: Rows, entity: str, layout: Layout, places: Places | None = None) -> dict[str, Tile]:
    """The tiles of every entity that has new events.

    Args:
        rows: the frame; all its claims are new without `places`, else those from `places.first_order` on.
        entity: one of `TILE_ENTITIES`.
        layout: the columns.
        places: the tiles as they were.
    """
    events, first = rows.events, places.first_order if places else MISSING
    key_of = rows.keys(entity)[events.subject]
    new = np.flatnonzero((events.order >= first) & (key_of >= 0))
    if not len(new):
        return {}
    keys, places_of = np.unique(key_of[new], return_inverse=True)
    names = {key: name for name, key in keys_by_id(rows, entity).items()}
    ids = [names[key] for key in keys.tolist()]
    tiles = places.tiles[entity] if places else {}
    old = [tiles.get(name) or empty_tile(layout.width) for name in ids]
    clock = _clock(rows, new, places_of, old, layout)
    others = [_others(rows, entity, other, places, keys) for other in layout.others]
    lengths = [len(tile.starts) for tile in old]
    parts = [
        (np.repeat(np.arange(len(old)), lengths), np.concatenate([tile.starts for tile in old])),
        (places_of, events.s[new]),
        *((place, s) for place, s, _ in others),
    ]
    place, s = (np.concatenate(column) for column in zip(*parts, strict=True))
    bins = Clock(*(bound[place] for bound in clock[:3])).bin_of(s)
    bounds = np.cumsum([0, *(len(part[0]) for part in parts)])
    columns = _columns(rows, layout, old, new, [change for _, _, change in others], bounds)
    return _tiles(ids, place, bins, columns, clock, layout.width)


def _clock(rows: Rows, new: Array, place: Array, old: list[Tile], layout: Layout) -> Clock:
    """The clocks of all entities after the new events, arrays."""
    events = rows.events
    now = np.array([[int(number) for number in tile.clock] for tile in old], dtype=np.int64).T
    # A refund lies at its purchase's time and tells nothing about how far the entity's clock has come.
    own, settled = events.kind[new] != TAKEN_BACK, events.kind[new] == SETTLED
    s, known_at = events.s[new], rows.claims["known_at"][events.row[new]]
    for row, moments in ((3, np.where(own, s, MISSING)), (4, np.where(settled, s, MISSING)),
                         (5, np.where(own, np.minimum(s, known_at), MISSING)), (6, events.order[new])):  # fmt: skip
        np.maximum.at(now[row], place, moments)
    return Clock(*now).moved(layout.longest)


def _others(rows: Rows, entity: str, other: str, places: Places | None, keys: Array) -> tuple[Array, Array, Array]:
    """What the new events change in a column of others: place of the entity, time, change."""
    if other == NEWCOMERS:
        key, s, order, change = changes(rows, entity, places)
        new = order >= (places.first_order if places else MISSING)
        key, s, change = key[new], s[new], change[new]
    else:
        key, s, change = moves(rows, entity, other, places)
    return np.searchsorted(keys, key), s, change


def _columns(
    rows: Rows, layout: Layout, old: list[Tile], new: Array, others: list[Array], bounds: Array
) -> Iterator[Array]:
    """Blocks (m, few) of the values that the old bins, the new events and the changes add, column after column."""
    size, at_once = int(bounds[-1]), max(1, _CELLS_AT_ONCE // max(1, int(bounds[-1])))
    before = np.concatenate([tile.values for tile in old])
    for low in range(0, layout.width, at_once):
        block = np.zeros((size, min(at_once, layout.width - low)), dtype=np.int64)
        block[: bounds[1]] = before[:, low : low + at_once]
        for column in range(low, low + block.shape[1]):
            if column < len(layout.measures):
                block[bounds[1] : bounds[2], column - low] = tile_column(rows, layout.measures[column], new)
            else:
                which = column - len(layout.measures)
                block[bounds[2 + which] : bounds[3 + which], column - low] = others[which]
        yield block


def _tiles(
    ids: list[str], place: Array, bins: Array, columns: Iterator[Array], clock: Clock, width: int
) -> dict[str, Tile]:
    by_bin = np.lexsort((bins, place))
    place, bins = place[by_bin], bins[by_bin]
    first = np.flatnonzero((np.diff(place, prepend=-1) != 0) | (np.diff(bins, prepend=0) != 0))
    sums = [np.add.reduceat(block[by_bin], first, axis=0) for block in columns]
    values = np.concatenate(sums, axis=1) if sums else np.empty((len(first), width), dtype=np.int64)
    place, bins = place[first], bins[first]
    kept = (bins >= clock.kept_from[place]) & values.any(axis=1)
    place, bins, values = place[kept], bins[kept], values[kept]
    ends = np.searchsorted(place, np.arange(len(ids) + 1))
    clocks = zip(*(numbers.tolist() for numbers in clock), strict=True)
    return {
        name: Tile(bins[low:high], values[low:high], Clock(*numbers))
        for name, low, high, numbers in zip(ids, ends[:-1].tolist(), ends[1:].tolist(), clocks, strict=True)
    }
