"""What the compiled passes run over: the events, and the asked claims, of every entity of a kind in their order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from claims.tables import Array
from features.rows import Rows
from features.sorting import FEW, by_number, by_time, in_order, rises, rises_within, sorted_few, sorted_places
from features.windows import shift_of, window


@dataclass(frozen=True)
class Timeline:
    """m events sorted by (key, s, order).

    Attributes:
        places: where each event was before, so that `values[places]` follows.
        key, s, order: (m,).
    """

    places: Array
    key: Array
    s: Array
    order: Array


def timeline(key: Array, s: Array, order: Array, asked: Array) -> Timeline:
    """Sort events; those without the entity (a key below zero) are left out.

    Args:
        key: m entities.
        s: m seconds.
        order: m recorded orders.
        asked: the entities that will be asked for, rising; few events of others are left out as well.
    """
    if len(key) < FEW:
        return Timeline(*sorted_few(key, s, order, asked))
    places, key = by_key_and_order(key, order)
    s, order = s[places], order[places]
    by_time(places, key, s, order)
    return Timeline(places, key, s, order)


def by_key_and_order(key: Array, order: Array) -> tuple[Array, Array]:
    """The places of the rows that have a key, sorted by (key, order), and their keys."""
    if len(key) < FEW:
        places = sorted_places(np.flatnonzero(key >= 0), key, order)
        return places, key[places]
    places, keys = in_order(key, None if rises(order) else by_number(order))
    missing = int(np.searchsorted(keys, 0))
    return places[missing:], keys[missing:]


def events_of(rows: Rows, entity: str) -> list[Timeline]:
    """All events of the frame, sorted once for all columns of an entity; places are those in `rows.events`.

    A few come as one piece. Of many, the settlements are one, which is shared with all that counts settlements, and
    what reversals brought is another: sums over the two add up.
    """
    return rows.once("events of", entity, lambda: _events_of(rows, entity))  # type: ignore[no-any-return]


def _events_of(rows: Rows, entity: str) -> list[Timeline]:
    settled, every = int(np.count_nonzero(rows.is_settlement)), len(rows.events.s)
    if settled == every:
        return [_settled_once(rows, entity)]
    if every < FEW:
        return [_events_between(rows, entity, 0, every)]
    return [_settled_once(rows, entity), _events_between(rows, entity, settled, every)]


def _events_between(rows: Rows, entity: str, first: int, last: int) -> Timeline:
    events, some = rows.events, slice(first, last)
    key = rows.keys(entity)[events.subject[some]]
    found = timeline(key, events.s[some], events.order[some], asked_of(rows, entity).key)
    return replace(found, places=found.places + first) if first else found


def settlements_of(rows: Rows, entity: str) -> Timeline:
    """The settlements of the frame, likewise; places are rows."""
    if rows.is_settlement.all():
        return _settled_once(rows, entity)
    return rows.once("settlements of", entity, lambda: _settlements_of(rows, entity))  # type: ignore[no-any-return]


def _settlements_of(rows: Rows, entity: str) -> Timeline:
    found = _settled_once(rows, entity)
    return replace(found, places=rows.events.subject[found.places])


def _settled_once(rows: Rows, entity: str) -> Timeline:
    """The settlements, which come first among the events; places are those in `rows.events`."""
    return rows.once("settled", entity, lambda: _settled(rows, entity))  # type: ignore[no-any-return]


def _settled(rows: Rows, entity: str) -> Timeline:
    count = int(np.count_nonzero(rows.is_settlement))
    if count >= FEW and np.array_equal(rows.at, rows.events.subject[:count]):  # such as when a whole store is built
        asked = asked_of(rows, entity)
        if rises_within(asked.key, asked.t):
            return Timeline(asked.rows, asked.key, asked.t, asked.order)
    return _events_between(rows, entity, 0, count)


@dataclass(frozen=True)
class Asked:
    """The asked claims of one entity in the kernel's order: those that have the entity, sorted by (key, order).

    Attributes:
        rows: where each one's answers go.
        key, order, t: entity, recorded order and time of each.
        size: how many claims are asked, with the entity or without.
    """

    rows: Array
    key: Array
    order: Array
    t: Array
    size: int

    def room(self, columns: int) -> Array:
        """Room for the answers of a pass, (size, columns) zeros: what a claim without the entity has."""
        return np.zeros((self.size, columns), dtype=np.int64)


def asked_of(rows: Rows, entity: str) -> Asked:
    """The asked claims, sorted once for all columns of an entity."""
    return rows.once("asked", entity, lambda: _asked(rows, entity))  # type: ignore[no-any-return]


def _asked(rows: Rows, entity: str) -> Asked:
    order = rows.claims["recorded_order"][rows.at]
    places, key = by_key_and_order(rows.keys(entity)[rows.at], order)
    return Asked(places, key, order[places], rows.claims["settled_at"][rows.at][places], len(rows.at))


@cache
def hops_of(overs: tuple[str, ...]) -> tuple[Array, Array, Array]:
    """Length, hop and shift of each window, as the passes take them."""
    windows = [window(over) for over in overs]
    table = [(one.length, one.hop, shift_of(one.hop)) for one in windows]
    length, hop, shift = np.array(table, dtype=np.int64).reshape(-1, 3).T.copy()
    return length, hop, shift
