"""What the compiled passes run over: the events, and the asked claims, of every entity of a kind in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from claims.tables import Array
from features.compiled import compiled
from features.rows import Rows
from features.sorting import FEW, by_number, by_time, inverse, sorted_few, sorted_places
from features.windows import shift_of, window


@dataclass(frozen=True)
class Timeline:
    """m events sorted by (key, s, order).

    Attributes:
        places: where each event was before, so that `values[places]` follows.
        key, s, order: (m,).
        by_order: the places of the events here, sorted by (key, order).
    """

    places: Array
    key: Array
    s: Array
    order: Array
    by_order: Array


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
    places = by_key_and_order(key, order)
    key, s = key[places], s[places]
    by_s = by_time(key, s)
    places = places[by_s]
    return Timeline(places, key, s[by_s], order[places], inverse(by_s))


def by_key_and_order(key: Array, order: Array) -> Array:
    """The places of the rows that have a key, sorted by (key, order)."""
    if len(key) < FEW:
        return sorted_places(np.flatnonzero(key >= 0), key, order)
    if (np.diff(order) >= 0).all():
        places = by_number(key)
    else:
        places = by_number(order)
        places = places[by_number(key[places])]
    missing = int(np.count_nonzero(key < 0))
    return places[missing:]


def events_of(rows: Rows, entity: str) -> Timeline:
    """All events of the frame, sorted once for all columns of an entity; its places are those in `rows.events`."""
    events = rows.events
    make = lambda: timeline(rows.keys(entity)[events.subject], events.s, events.order, _asked_once(rows, entity)[1])  # noqa: E731
    return rows.once("events of", entity, make)  # type: ignore[no-any-return]


def settlements_of(rows: Rows, entity: str) -> Timeline:
    """The settlements of the frame, likewise; its places are rows."""
    return rows.once("settlements of", entity, lambda: _settlements_of(rows, entity))  # type: ignore[no-any-return]


def _settlements_of(rows: Rows, entity: str) -> Timeline:
    if rows.is_settlement.all():
        return events_of(rows, entity)
    claims, settled = rows.claims, np.flatnonzero(rows.is_settlement)
    found = timeline(
        rows.keys(entity)[settled], claims["settled_at"][settled], claims["recorded_order"][settled],
        _asked_once(rows, entity)[1],
    )  # fmt: skip
    return Timeline(settled[found.places], found.key, found.s, found.order, found.by_order)


class Asked:
    """The asked claims of one entity in the kernel's order: those that have the entity, sorted by (key, order).

    Attributes:
        places: where each one's values go.
        key, order, t: entity, recorded order and time of each.
        starts: (n, w) first second of each window.
        size: how many claims are asked, with the entity or without.
    """

    def __init__(self, rows: Rows, entity: str, overs: Sequence[str]) -> None:
        self.places, self.key, self.order, self.t, self.where = _asked_once(rows, entity)
        # One window after the other in memory, as the passes and the sorts above go along them.
        if len(self.t) < FEW:
            self.starts = starts_of(self.t, *hops_of(tuple(overs))).T
        else:
            self.starts = np.stack([_starts(rows, over)[self.places] for over in overs]).T
        self.size = len(rows.at)

    def room(self, columns: int) -> Array:
        """Room for the answers of a pass, (columns, n + 1) zeros; the last is for claims without the entity."""
        return np.zeros((columns, len(self.places) + 1), dtype=np.int64)

    def back(self, answers: Array) -> Array:
        """One column of `room`, filled, in the order of the asked claims."""
        return np.asarray(answers[self.where])

    def spread(self, values: Array, empty: int = 0) -> Array:
        """Values of the sorted queries brought back to the places of their claims."""
        out = np.full((self.size, *values.shape[1:]), empty, dtype=np.int64)
        out[self.places] = values
        return out


def _asked_once(rows: Rows, entity: str) -> tuple[Array, Array, Array, Array, Array]:
    return rows.once("asked", entity, lambda: _asked(rows, entity))  # type: ignore[no-any-return]


def _asked(rows: Rows, entity: str) -> tuple[Array, Array, Array, Array, Array]:
    key, order = rows.keys(entity)[rows.at], rows.claims["recorded_order"][rows.at]
    places = by_key_and_order(key, order)
    where = np.full(len(key), len(places), dtype=np.int64)
    where[places] = np.arange(len(places))
    return places, key[places], order[places], rows.claims["settled_at"][rows.at][places], where


@cache
def hops_of(overs: tuple[str, ...]) -> tuple[Array, Array, Array]:
    """Length, hop and shift of each window, as `starts_of` takes them."""
    windows = [window(over) for over in overs]
    table = [(one.length, one.hop, shift_of(one.hop)) for one in windows]
    length, hop, shift = np.array(table, dtype=np.int64).reshape(-1, 3).T.copy()
    return length, hop, shift


@compiled
def starts_of(t: Array, length: Array, hop: Array, shift: Array) -> Array:
    """The first second of each window of a few claims (w, n), in one call."""
    out = np.empty((length.size, t.size), np.int64)
    for w in range(length.size):
        for q in range(t.size):
            out[w, q] = (t[q] - length[w] + shift[w]) // hop[w] * hop[w] - shift[w]
    return out


def _starts(rows: Rows, over: str) -> Array:
    make = lambda: window(over).start(rows.claims["settled_at"][rows.at])  # noqa: E731
    return rows.once("starts", over, make)  # type: ignore[no-any-return]
