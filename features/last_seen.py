"""When the places of a batch last saw the others that the batch names, so that nobody is counted twice.

The bins of a tile count others without a name, each at its last settlement there. An other of the batch is taken out
of them and counted by name; so is one that was seen after the cut, whose earlier settlement the bins no longer show.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from claims.tables import MISSING, Array
from features.compiled import compiled
from features.places import FAR, LAST_SEEN_BY, Base, Places, keys_by_id
from features.rows import SETTLED, Rows, pair_up
from features.tiles import Clock


def named_sightings(places: Places, rows: Rows, entity: str, other: str) -> tuple[Base, Base]:
    """Takes the batch's others, and those hidden by later settlements, out of the anonymous bins.

    Returns:
        Sightings (key, s, number of the other as values) before the cut, and corrections (key, bin, -1) to the bins.
    """
    keys = keys_by_id(rows, entity)
    tiles = {keys[name]: tile for name, tile in places.tiles[entity].items() if name in keys}
    cuts = {keys[name]: FAR if cut is None else cut for name, cut in places.cuts[entity].items()}
    pairs = zip(*(column.tolist() for column in last_seen(places, rows, entity, other)), strict=True)
    earlier = [(key, seen, s) for key, seen, s in pairs if s < cuts.get(key, FAR)]
    key, seen, s = _columns(earlier, 3)
    clock = Clock(*_columns([tiles[one].clock[:3] for one in key.tolist()], 3))
    bins = clock.bin_of(s)
    kept = s >= clock.kept_from
    corrections = Base(key[kept], bins[kept], np.full((int(kept.sum()), 1), -1))
    key, seen, s = _columns([*earlier, *_hidden(places, rows, entity, other)], 3)
    return Base(key, s, seen[:, None]), corrections


def _columns(found: Sequence[tuple[int, ...]], width: int) -> tuple[Array, ...]:
    return tuple(np.array(found, dtype=np.int64).reshape(-1, width).T)


def last_seen(places: Places, rows: Rows, entity: str, other: str) -> tuple[Array, Array, Array]:
    """The last stored settlement of each place and other of the batch: key, other's number and time of k pairs."""
    told = _told_by_tiles if (entity, other) in LAST_SEEN_BY else _told_by_claims
    return rows.once("last seen", f"{entity} {other}", lambda: told(places, rows, entity, other))  # type: ignore[no-any-return]


def _told_by_claims(places: Places, rows: Rows, entity: str, other: str) -> tuple[Array, Array, Array]:
    events = rows.events
    stored = (events.kind == SETTLED) & (events.order < places.first_order)
    chosen = stored & (_named(rows, entity) & _named(rows, other))[events.subject]
    return newest_of_pairs(rows.keys(entity), rows.keys(other), events.subject, events.s, chosen)


@compiled
def newest_of_pairs(key: Array, seen: Array, subject: Array, s: Array, chosen: Array) -> tuple[Array, Array, Array]:
    """The newest of the chosen events of each pair.

    Args:
        key: one end of the pair of each claim.
        seen: the other end.
        subject: m events, the claims that they are about.
        s: m seconds.
        chosen: m flags.

    Returns:
        Both ends and the time of each pair, sorted by pair.
    """
    events = np.flatnonzero(chosen)
    width = seen.max() + 1 if seen.size else 1
    pair = key[subject[events]] * width + seen[subject[events]]
    by_pair = np.argsort(pair, kind="mergesort")
    count, last, newest = 0, np.empty(pair.size, np.int64), np.empty(pair.size, np.int64)
    for event in by_pair:
        if count and last[count - 1] == pair[event]:
            newest[count - 1] = max(newest[count - 1], s[events[event]])
        else:
            last[count], newest[count] = pair[event], s[events[event]]
            count += 1
    return last[:count] // width, last[:count] % width, newest[:count]


def _named(rows: Rows, entity: str) -> Array:
    """Which claims of the frame are of an entity that the batch names."""
    return rows.once("named", entity, lambda: _named_now(rows, entity))  # type: ignore[no-any-return]


def _named_now(rows: Rows, entity: str) -> Array:
    keys = rows.keys(entity)
    named: Array = np.zeros(int(keys.max(initial=0)) + 1, dtype=np.bool_)
    asked = keys[rows.at]
    named[asked[asked >= 0]] = True
    return named[keys] & (keys >= 0)


def _told_by_tiles(places: Places, rows: Rows, entity: str, other: str) -> tuple[Array, Array, Array]:
    pair = LAST_SEEN_BY[entity, other]
    of_pair, first = np.unique(rows.keys(pair)[rows.at], return_index=True)
    row = rows.at[first[of_pair >= 0]]
    of_pair = of_pair[of_pair >= 0]
    newest = {name: int(tile.clock.last_settled) for name, tile in places.tiles[pair].items()}
    s = _by_key(rows, pair, newest, of_pair)
    known = s != MISSING
    return rows.keys(entity)[row[known]], rows.keys(other)[row[known]], s[known]


def _hidden(places: Places, rows: Rows, entity: str, other: str) -> list[tuple[int, ...]]:
    keys, others = keys_by_id(rows, entity), keys_by_id(rows, other)
    return [(keys[name], others[seen], s) for name, seen, s in places.hidden.get((entity, other), ())
            if name in keys and seen in others]  # fmt: skip


def _by_key(rows: Rows, entity: str, numbers: dict[str, int], key: Array) -> Array:
    """The number of each entity named by its key, `MISSING` where there is none."""
    keys = keys_by_id(rows, entity)
    of_key = {keys[name]: value for name, value in numbers.items() if name in keys}
    return np.array([of_key.get(one, MISSING) for one in key.tolist()], dtype=np.int64)


def moves(rows: Rows, entity: str, other: str, places: Places | None) -> tuple[Array, Array, Array]:
    """Where the last settlement of (entity, other) moved by new claims: -1 at the old time, +1 at the new.

    Returns:
        Key, time and change of each move.
    """
    first = places.first_order if places else MISSING
    events = rows.events
    key, seen = rows.keys(entity)[events.subject], rows.keys(other)[events.subject]
    new = np.flatnonzero((events.kind == SETTLED) & (events.order >= first) & (key >= 0) & (seen >= 0))
    key, seen, s, is_new = key[new], seen[new], events.s[new], np.ones(len(new), dtype=np.bool_)
    if places:
        old = last_seen(places, rows, entity, other)
        key, seen, s = (np.concatenate(both) for both in zip((key, seen, s), old, strict=True))
        is_new = np.concatenate([is_new, np.zeros(len(old[0]), dtype=np.bool_)])
    by_pair = np.lexsort((s, pair_up(key, seen)))
    key, seen, s, is_new = key[by_pair], seen[by_pair], s[by_pair], is_new[by_pair]
    starts = np.flatnonzero((np.diff(key, prepend=-1) != 0) | (np.diff(seen, prepend=-1) != 0))
    if not len(starts):
        return key, s, s
    before = np.maximum.reduceat(np.where(is_new, MISSING, s), starts)
    after = np.maximum.reduceat(np.where(is_new, s, MISSING), starts)
    moved = after > before
    had = moved & (before != MISSING)
    return (
        np.concatenate([key[starts][moved], key[starts][had]]),
        np.concatenate([after[moved], before[had]]),
        np.concatenate([np.ones(moved.sum(), dtype=np.int64), -np.ones(had.sum(), dtype=np.int64)]),
    )
