"""Tiles after the claims of a frame: in a build for all entities at once, and in the service alike."""

from __future__ import annotations

import numpy as np

from claims.tables import MISSING, Array
from features.compiled import compiled
from features.last_seen import moves
from features.newcomers import changes
from features.places import NEWCOMERS, Layout, Places, keys_by_id, tile_column
from features.rows import SETTLED, TAKEN_BACK, Rows
from features.sorting import FEW, by_number, in_order, sorted_places
from features.tiles import Clock, Tile, bins_of, empty_tile, let_go


def grown_tiles(rows: Rows, entity: str, layout: Layout, places: Places | None = None) -> dict[str, Tile]:
    """The tiles of every entity that has new events.

    Args:
        rows: the frame; all its claims are new without `places`, else those from `places.first_order` on.
        entity: one of `TILE_ENTITIES`.
        layout: the columns.
        places: the tiles as they were.
    """
    events, first = rows.events, places.first_order if places else MISSING
    new, key = _new_events(events.order, rows.keys(entity), events.subject, first)
    if not len(new):
        return {}
    keys, places_of = _numbered(key, by_number(key))
    names = {key: name for name, key in keys_by_id(rows, entity).items()}
    ids = [names[key] for key in keys.tolist()]
    tiles = places.tiles[entity] if places else {}
    empty = empty_tile(layout.width)
    old = [tiles.get(name, empty) for name in ids]
    clocks = _clocks(rows, new, places_of, old, layout)
    others = [_others(rows, entity, other, places, keys) for other in layout.others]
    lengths = [len(tile.starts) for tile in old]
    parts = [
        (np.repeat(np.arange(len(old)), lengths), np.concatenate([tile.starts for tile in old])),
        (places_of, events.s[new]),
        *((place, s) for place, s, _ in others),
    ]
    place, s = (np.concatenate(column) for column in zip(*parts, strict=True))
    bins = bins_of(s, place, clocks)
    few = len(place) < FEW
    by_bin = sorted_places(np.arange(len(place)), place, bins) if few else in_order(place, by_number(bins))[0]
    bin_of, place, bins = _binned(place, bins, by_bin)
    values = np.zeros((len(place), layout.width), dtype=np.int64)
    last = len(parts[0][0])
    _add_rows(values, bin_of[:last], np.concatenate([tile.values for tile in old]))
    of_new = bin_of[last : last + len(new)]
    for column, measure in enumerate(layout.measures):
        _add(values, column, of_new, tile_column(rows, measure, new))
    last += len(new)
    for column, (_, _, change) in enumerate(others, len(layout.measures)):
        _add(values, column, bin_of[last : last + len(change)], change)
        last += len(change)
    return _tiles(ids, place, bins, values, clocks)


@compiled
def _new_events(order: Array, keys: Array, subject: Array, first: int) -> tuple[Array, Array]:
    """The events of an order of `first` or more of entities that have a key, and these keys."""
    new, key = np.empty(order.size, np.int64), np.empty(order.size, np.int64)
    count = 0
    for event in range(order.size):
        if order[event] >= first and keys[subject[event]] >= 0:
            new[count], key[count] = event, keys[subject[event]]
            count += 1
    return new[:count], key[:count]


@compiled
def _numbered(key: Array, by_key: Array) -> tuple[Array, Array]:
    """The different keys, rising, and the place of each key among them."""
    keys, place = np.empty(key.size, np.int64), np.empty(key.size, np.int64)
    count = 0
    for row in by_key:
        if count == 0 or keys[count - 1] != key[row]:
            keys[count] = key[row]
            count += 1
        place[row] = count - 1
    return keys[:count], place


def _clocks(rows: Rows, new: Array, place: Array, old: list[Tile], layout: Layout) -> Array:
    """The clocks of all entities after the new events, a row each."""
    events = rows.events
    clocks = np.array([tile.clock for tile in old], dtype=np.int64)
    known_at = rows.claims["known_at"][events.row[new]]
    _come(clocks, place, events.kind[new], events.s[new], known_at, events.order[new])
    let_go(clocks, layout.longest)
    return clocks


@compiled
def _come(clocks: Array, place: Array, kind: Array, s: Array, known_at: Array, order: Array) -> None:
    """Move last event, last settlement, horizon and last order of each clock by its new events."""
    for event in range(place.size):
        clock = clocks[place[event]]
        # A refund lies at its purchase's time and tells nothing about how far the entity's clock has come.
        if kind[event] != TAKEN_BACK:
            clock[3] = max(clock[3], s[event])
            clock[5] = max(clock[5], min(s[event], known_at[event]))
        if kind[event] == SETTLED:
            clock[4] = max(clock[4], s[event])
        clock[6] = max(clock[6], order[event])


def _others(rows: Rows, entity: str, other: str, places: Places | None, keys: Array) -> tuple[Array, Array, Array]:
    """What the new events change in a column of others: place of the entity, time, change."""
    if other == NEWCOMERS:
        key, s, order, change = changes(rows, entity, places)
        if places:
            new = order >= places.first_order
            key, s, change = key[new], s[new], change[new]
    else:
        key, s, change = moves(rows, entity, other, places)
    return np.searchsorted(keys, key), s, change


@compiled
def _binned(place: Array, bins: Array, by_bin: Array) -> tuple[Array, Array, Array]:
    """For each row the number of its bin, and the place and the start of each bin, in the order of (place, bin)."""
    bin_of = np.empty(place.size, np.int64)
    places, starts = np.empty(place.size, np.int64), np.empty(place.size, np.int64)
    count = 0
    for row in by_bin:
        if count == 0 or places[count - 1] != place[row] or starts[count - 1] != bins[row]:
            places[count], starts[count] = place[row], bins[row]
            count += 1
        bin_of[row] = count - 1
    return bin_of, places[:count], starts[:count]


@compiled
def _add_rows(sums: Array, bin_of: Array, values: Array) -> None:
    for row in range(bin_of.size):
        for column in range(values.shape[1]):
            sums[bin_of[row], column] += values[row, column]


@compiled
def _add(sums: Array, column: int, bin_of: Array, values: Array) -> None:
    for row in range(bin_of.size):
        sums[bin_of[row], column] += values[row]


def _tiles(ids: list[str], place: Array, bins: Array, values: Array, clocks: Array) -> dict[str, Tile]:
    kept = _kept(place, bins, values, clocks)
    place, bins, values = place[kept], bins[kept], values[kept]
    ends = np.searchsorted(place, np.arange(len(ids) + 1)).tolist()
    return {
        name: Tile(bins[low:high], values[low:high], Clock(*clock))
        for name, low, high, clock in zip(ids, ends[:-1], ends[1:], clocks.tolist(), strict=True)
    }


@compiled
def _kept(place: Array, bins: Array, values: Array, clocks: Array) -> Array:
    """Which bins are not too old and hold anything."""
    kept = np.empty(place.size, np.int64)
    count = 0
    for row in range(place.size):
        if bins[row] >= clocks[place[row], 2] and np.any(values[row]):
            kept[count] = row
            count += 1
    return kept[:count]
