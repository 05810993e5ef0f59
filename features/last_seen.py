"""When the places of a batch last saw the others that the batch names, so that nobody is counted twice.

The bins of a tile count others without a name, each at its last settlement there. An other of the batch is taken out
of them and counted by name; so is one that was seen after the cut, whose earlier settlement the bins no longer show.
"""

from __future__ import annotations

import numpy as np

from claims.tables import MISSING, Array
from features.compiled import compiled
from features.places import LAST_SEEN_BY, Places, keys_by_id
from features.rows import SETTLED, Rows, pair_up
from features.sorting import by_number


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
    newest = {name: tile.clock.last_settled for name, tile in places.tiles[pair].items()}
    s = _by_key(rows, pair, newest, of_pair)
    known = s != MISSING
    return rows.keys(entity)[row[known]], rows.keys(other)[row[known]], s[known]


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
    events, nothing = rows.events, np.empty(0, dtype=np.int64)
    first = places.first_order if places else MISSING
    old = last_seen(places, rows, entity, other) if places else (nothing, nothing, nothing)
    key, seen, s, order = rows.keys(entity), rows.keys(other), events.s, events.order
    key, seen, s, is_new = _sightings(events.kind, events.subject, s, order, first, key, seen, *old)
    return _moved(key, seen, s, is_new, by_number(pair_up(key, seen)))


@compiled
def _sightings(
    kind: Array, subject: Array, s: Array, order: Array, first: int, keys: Array, others: Array,
    old_key: Array, old_seen: Array, old_s: Array,
) -> tuple[Array, Array, Array, Array]:  # fmt: skip
    """The old sightings, and the new settlements of pairs: key, other's number, time, and whether it is new."""
    size = old_key.size + kind.size
    key, seen, at = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64)
    is_new = np.zeros(size, np.bool_)
    count = old_key.size
    key[:count], seen[:count], at[:count] = old_key, old_seen, old_s
    for event in range(kind.size):
        row = subject[event]
        if kind[event] == SETTLED and order[event] >= first and keys[row] >= 0 and others[row] >= 0:
            key[count], seen[count], at[count], is_new[count] = keys[row], others[row], s[event], True
            count += 1
    return key[:count], seen[:count], at[:count], is_new[:count]


@compiled
def _moved(key: Array, seen: Array, s: Array, is_new: Array, by_pair: Array) -> tuple[Array, Array, Array]:
    """Key, time and change of each pair whose newest settlement is a new one: +1 there, -1 at the newest old one."""
    out_key, at, change = np.empty(2 * s.size, np.int64), np.empty(2 * s.size, np.int64), np.empty(2 * s.size, np.int64)
    count, place = 0, 0
    while place < by_pair.size:
        row = by_pair[place]
        one, other, before, after = key[row], seen[row], MISSING, MISSING
        while place < by_pair.size and key[by_pair[place]] == one and seen[by_pair[place]] == other:
            row = by_pair[place]
            if is_new[row]:
                after = max(after, s[row])
            else:
                before = max(before, s[row])
            place += 1
        if after > before:
            out_key[count], at[count], change[count] = one, after, 1
            count += 1
            if before != MISSING:
                out_key[count], at[count], change[count] = one, before, -1
                count += 1
    return out_key[:count], at[:count], change[:count]
