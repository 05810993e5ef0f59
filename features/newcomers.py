"""New patients of a place: those without a settlement there in the 400 days before.

Whether a settlement brings a newcomer depends on the settlements before it alone. One that is uploaded late makes the
next one of the pair, if that was thought to be the first, an ordinary one. So newcomers are counted by changes: +1 at
a first settlement, -1 where one turns out not to be the first.
"""

from __future__ import annotations

import numpy as np

from claims.tables import Array
from features.compiled import compiled
from features.places import PAST, Places, counts_single, keys_by_id
from features.rows import SETTLED, Rows, pair_up
from features.timeline import by_key_and_order
from features.windows import LONGEST, window


def changes(rows: Rows, entity: str, places: Places | None) -> tuple[Array, Array, Array, Array]:
    """All changes that the frame knows of, those in the bins of tiles left out.

    Returns:
        Key, time, order and change (+1 or -1).
    """
    if not places:
        return _changed(rows, entity, places)
    return rows.once("newcomers", entity, lambda: _changed(rows, entity, places))  # type: ignore[no-any-return]


def _changed(rows: Rows, entity: str, places: Places | None) -> tuple[Array, Array, Array, Array]:
    events = rows.events
    key, patient = rows.keys(entity)[events.subject], rows.keys("patient")[events.subject]
    settled = np.flatnonzero((events.kind == SETTLED) & (key >= 0))
    key, patient, s, order = key[settled], patient[settled], events.s[settled], events.order[settled]
    if places:
        hidden = _hidden(places, rows, entity)
        key, patient, s, order = (np.concatenate(both) for both in zip((key, patient, s, order), hidden, strict=True))
    pair = pair_up(key, patient)
    sequence = by_key_and_order(pair, order)[0]
    event, at, change = changes_in(pair[sequence], s[sequence], window(LONGEST).start(s[sequence]))
    changed = sequence[event]
    key, order = key[changed], order[changed]
    if not places:
        return key, at, order, change
    kept = counts_single(places, rows, entity, key, at, order)
    return key[kept], at[kept], order[kept], change[kept]


def _hidden(places: Places, rows: Rows, entity: str) -> tuple[Array, Array, Array, Array]:
    """The last settlements before the cut, which decide about the first ones after it."""
    keys, patients = keys_by_id(rows, entity), keys_by_id(rows, "patient")
    found = [(keys[name], patients[patient], s, PAST) for name, patient, s in places.hidden.get((entity, "patient"), ())
             if name in keys and patient in patients]  # fmt: skip
    table = np.array(found, dtype=np.int64).reshape(-1, 4)
    return table[:, 0], table[:, 1], table[:, 2], table[:, 3]


@compiled
def changes_in(pair: Array, s: Array, start: Array) -> tuple[Array, Array, Array]:
    """Changes in the number of first settlements, event by event.

    Args:
        pair: m events sorted by (pair, order).
        s: seconds.
        start: where the 400 days before each begin.

    Returns:
        For each change the event that brought it, the time of the settlement it is about, and +1 or -1.
    """
    event, at, change = np.empty(2 * s.size, np.int64), np.empty(2 * s.size, np.int64), np.empty(2 * s.size, np.int64)
    known, known_start = np.empty(s.size, np.int64), np.empty(s.size, np.int64)
    count = found = 0
    for e in range(s.size):
        if e == 0 or pair[e] != pair[e - 1]:
            count = 0
        place = np.searchsorted(known[:count], s[e], side="right")
        if place > 0 and known[place - 1] == s[e]:
            continue
        if place == 0 or known[place - 1] < start[e]:
            event[found], at[found], change[found] = e, s[e], 1
            found += 1
        if place < count and s[e] >= known_start[place] and (place == 0 or known[place - 1] < known_start[place]):
            event[found], at[found], change[found] = e, known[place], -1
            found += 1
        for later in range(count, place, -1):
            known[later], known_start[later] = known[later - 1], known_start[later - 1]
        known[place], known_start[place] = s[e], start[e]
        count += 1
    return event[:found], at[:found], change[:found]
