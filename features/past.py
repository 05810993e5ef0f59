"""A person's earlier settlements in order of time, shared by all readings that walk through them."""

from __future__ import annotations

import numpy as np

from claims.clock import area_day
from claims.tables import MISSING, Array
from features.compiled import compiled
from features.rows import TAKEN_BACK, Rows

NEVER = int(np.iinfo(np.int64).max)


class Past:
    """The m settlements of a frame, sorted by (person, time, order), and its n asked claims, sorted by person.

    Attributes:
        row: the claim of each settlement.
        key: its person.
        s: when it was settled.
        order: from which order on it is known.
        asked: (n,) row of each asked claim.
        place: (n,) where it stands in `rows.at`.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows, person = rows, rows.keys("patient")
        settled = np.flatnonzero(rows.is_settlement)
        s, order = rows.claims["settled_at"], rows.claims["recorded_order"]
        self.row = settled[np.lexsort((order[settled], s[settled], person[settled]))]
        self.key, self.s, self.order = person[self.row], s[self.row], order[self.row]
        self.place = np.argsort(person[rows.at], kind="stable")
        self.asked = rows.at[self.place]

    def back(self, values: Array) -> Array:
        """Values of the sorted asked claims in the order of `rows.at` (n, ...)."""
        out = np.empty_like(values)
        out[self.place] = values
        return out


def past(rows: Rows) -> Past:
    """The past of the frame, sorted once."""
    return rows.once("past", "patient", lambda: Past(rows))  # type: ignore[no-any-return]


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


def care_day(rows: Rows) -> Array:
    """The day of the area's calendar on which care was given, the day of settlement where that is not said (m,)."""
    served = rows.claims["served_at"]
    return np.asarray(area_day(np.where(served == MISSING, rows.claims["settled_at"], served)))


def undone_from(rows: Rows) -> Array:
    """From which order on each claim is known to have been taken back wholly, `NEVER` where it was not (m,)."""
    events, total = rows.events, rows.claims["total_fen"]
    undone = np.full(len(total), NEVER, dtype=np.int64)
    back = np.flatnonzero(events.kind == TAKEN_BACK)
    whole = back[total[events.row[back]] == -total[events.subject[back]]]
    np.minimum.at(undone, events.subject[whole], events.order[whole])
    return undone
