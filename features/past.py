"""A person's earlier settlements in order of time, shared by all readings that walk through them."""

from __future__ import annotations

from functools import cache

import numpy as np

from claims.tables import Array
from features.compiled import compiled
from features.rows import SETTLED, TAKEN_BACK, Events, Rows
from features.sorting import by_number
from features.timeline import settlements_of
from features.windows import shift_of, window

NEVER = int(np.iinfo(np.int64).max)

PERSON, MOMENT, OWN_ORDER, PLACE, CLAIM = range(5)
"""Columns of `Past.asked`."""


class Past:
    """The m settlements of a frame, sorted by (person, time, order), and its n asked claims, person after person.

    Attributes:
        row: the claim of each settlement.
        key: its person.
        s: when it was settled.
        order: from which order on it is known.
        asked: (n, 5) person, time and order of each asked claim, where it stands in `rows.at`, and its row.
    """

    def __init__(self, rows: Rows) -> None:
        past, person = settlements_of(rows, "patient"), rows.keys("patient")
        self.row, self.key, self.s, self.order = past.places, past.key, past.s, past.order
        claims = rows.claims
        self.asked = _asked(by_number(person[rows.at]), rows.at, person, claims["settled_at"], claims["recorded_order"])

    @property
    def rows(self) -> Array:
        """The rows of the settlements, and then those of the asked claims."""
        return np.concatenate([self.row, self.asked[:, CLAIM]])


def past(rows: Rows) -> Past:
    """The past of the frame, sorted once."""
    return rows.once("past", "patient", lambda: Past(rows))  # type: ignore[no-any-return]


@compiled
def _asked(places: Array, at: Array, person: Array, s: Array, order: Array) -> Array:
    out = np.empty((places.size, 5), np.int64)
    for q in range(places.size):
        row = at[places[q]]
        out[q, PERSON], out[q, MOMENT], out[q, OWN_ORDER] = person[row], s[row], order[row]
        out[q, PLACE], out[q, CLAIM] = places[q], row
    return out


Whats = tuple[tuple[str, str], ...]
"""Readings by (name, window)."""

Readings = tuple[Array, Array]
"""What picks readings out of those of all windows and names, (windows, names, n)."""


@cache
def windows_of(whats: Whats, names: tuple[str, ...]) -> tuple[tuple[str, ...], Readings]:
    """The windows of readings, and for each reading the places of its window among them and of its name in `names`."""
    overs = tuple(dict.fromkeys(over for _, over in whats))
    return overs, (
        np.array([overs.index(over) for _, over in whats], dtype=np.int64),
        np.array([names.index(name) for name, _ in whats], dtype=np.int64),
    )


@cache
def spans(overs: tuple[str, ...]) -> Array:
    """Length, hop and shift in seconds of each window, as `begin` takes a row of them (w, 3)."""
    windows = [window(over) for over in overs]
    return np.array([(one.length, one.hop, shift_of(one.hop)) for one in windows], dtype=np.int64).reshape(-1, 3)


@compiled
def begin(t: int, span: Array) -> int:
    """The first second of a window before a moment, as `Window.start` says it."""
    return int((t - span[0] + span[2]) // span[1] * span[1] - span[2])


@compiled
def first_from(key: Array, s: Array, wanted: int, start: int) -> int:
    """The place of the first of the sorted rows that belongs to `wanted` and is not before `start`."""
    low, high = 0, key.size
    while low < high:
        middle = (low + high) // 2
        if key[middle] < wanted or (key[middle] == wanted and s[middle] < start):
            low = middle + 1
        else:
            high = middle
    return low


def events_of_kind(events: Events, kind: int) -> Array:
    """The places of reversals of a kind; settlements come first, so that the last event tells whether there are any."""
    if not len(events.kind) or events.kind[-1] == SETTLED:
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(events.kind == kind)


def undone_from(rows: Rows) -> Array:
    """From which order on each claim is known to have been taken back wholly, `NEVER` where it was not (m,)."""
    events = rows.events
    return _undone_from(events.kind, events.row, events.subject, events.order, rows.claims["total_fen"])


@compiled
def _undone_from(kind: Array, row: Array, subject: Array, order: Array, total: Array) -> Array:
    undone = np.full(total.size, NEVER, np.int64)
    for event in range(kind.size):
        of = subject[event]
        if kind[event] == TAKEN_BACK and total[row[event]] == -total[of]:
            undone[of] = min(undone[of], order[event])
    return undone
