"""Which cards of standing rings came to the claim's till just before it: what the night found shows while it happens.

A card stands in a ring as the newest snapshot said that was there when its own claim became known.
"""

from __future__ import annotations

import numpy as np

from claims.tables import Array
from features.compiled import compiled
from features.past import Whats, begin, first_from, spans, windows_of
from features.rows import Rows
from features.windows import window
from graphs.as_of import newest_row
from graphs.columns import RING_NUMBER, NodeChanges

NAMES = ("ring_mates", "ring_cards")
MATES, CARDS = range(len(NAMES))
"""What is read: others of the claim's own ring, and others of any ring."""


def read_ring_cards(rows: Rows, per: str, whats: Whats, patients: NodeChanges | None) -> Array:
    """The readings called `whats`, each (name, window), at the `per` of the asked claims.

    Args:
        rows: the frame.
        per: the entity at which cards meet.
        whats: readings by name and window.
        patients: the numbers of rings, among other columns or alone; None: nobody is in one.

    Returns:
        (whats, n) float64.
    """
    overs, places = windows_of(whats, NAMES)
    found = np.zeros((len(overs), len(NAMES), len(rows.at)))
    if patients is not None and len(rows.at):
        number = patients.values[:, patients.names.index(RING_NUMBER)]
        if number.any():
            ring, cards = _rings(rows, per, patients, number, overs)
            if len(cards):
                _count(rows, per, ring, cards, spans(overs), found)
    return np.asarray(found[places])


def _rings(rows: Rows, per: str, patients: NodeChanges, number: Array, overs: tuple[str, ...]) -> tuple[Array, Array]:
    """As `rings_near`, of the settlements within the first and the last second of all windows."""
    person, code_of = rows.numbers("patient_id")
    is_member, node = np.zeros(len(patients.ids), dtype=np.bool_), np.full(len(code_of) + 1, -1)
    is_member[patients.code[number > 0]] = True
    members = is_member.nonzero()[0]
    for name, code in zip(patients.ids[members].tolist(), members.tolist(), strict=True):
        if name in code_of:
            node[code_of[name]] = code
    s = rows.claims["settled_at"]
    asked = s[rows.at]
    first = min(window(over).start(asked.min()) for over in overs)
    return rings_near(
        rows.is_settlement, s, first, asked.max(), rows.keys(per), node, person, rows.claims["known_at"],
        patients.code, patients.available_at, number,
    )  # fmt: skip


@compiled
def rings_near(
    is_settlement: Array, s: Array, first: int, last: int, key: Array, node: Array, person: Array, known_at: Array,
    code: Array, available_at: Array, number: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """The rings of persons who settled in [first, last], each as it was known when the claim was.

    Args:
        is_settlement: (m,)
        s: (m,) seconds.
        first: seconds.
        last: seconds.
        key: (m,) where each claim was settled, -1 for nowhere.
        node: the node of each person, -1 for one who never was in a ring; the last place is that of nobody.
        person: (m,) places in `node`.
        known_at: (m,) seconds.
        code: (c,) nodes of changes, sorted by (node, moment).
        available_at: (c,) seconds.
        number: (c,) rings.

    Returns:
        The number of the ring of each claim's person, 0 for none (m,); and the rows that have both a ring and a place.
    """
    ring, cards, count = np.zeros(s.size), np.empty(s.size, np.int64), 0
    for row in range(s.size):
        if is_settlement[row] and first <= s[row] <= last and node[person[row]] >= 0:
            newest = newest_row(code, available_at, node[person[row]], known_at[row])
            if newest >= 0 and number[newest] > 0:
                ring[row] = number[newest]
                if key[row] >= 0:
                    cards[count] = row
                    count += 1
    return ring, cards[:count].copy()


def _count(rows: Rows, per: str, ring: Array, cards: Array, windows: Array, out: Array) -> None:
    claims, key, (person, code_of) = rows.claims, rows.keys(per), rows.numbers("patient_id")
    s, order = claims["settled_at"], claims["recorded_order"]
    cards = cards[np.lexsort((s[cards], key[cards]))]
    count_cards(
        key[cards], s[cards], order[cards], person[cards], ring[cards], rows.at, key, s, order, person, ring, windows,
        len(code_of), out,
    )  # fmt: skip


@compiled
def count_cards(
    key: Array, s: Array, order: Array, person: Array, ring: Array, at: Array, key_of: Array, s_of: Array,
    order_of: Array, person_of: Array, ring_of: Array, spans: Array, persons: int, out: Array,
) -> None:  # fmt: skip
    """Different other persons with a ring that settled at the same place in w windows before each asked claim.

    Args:
        key: c settlements of cards in rings sorted by (key, s), their places.
        s: c settlements, seconds.
        order: c settlements, recorded orders.
        person: c settlements, numbers of persons.
        ring: c settlements, numbers of rings.
        at: n asked claims, their rows among m.
        key_of: m claims, likewise.
        s_of: m claims.
        order_of: m claims.
        person_of: m claims.
        ring_of: m claims, 0 where the person is in no ring.
        spans: (w, 3) windows, see `begin`.
        persons: persons are numbered below this.
        out: (w, 2, n), filled, see `NAMES`.
    """
    as_mate, as_card = np.full(persons, -1, np.int64), np.full(persons, -1, np.int64)
    for w in range(spans.shape[0]):
        for q in range(at.size):
            own, stamp = at[q], w * at.size + q
            row = first_from(key, s, key_of[own], begin(s_of[own], spans[w]))
            while row < key.size and key[row] == key_of[own] and s[row] <= s_of[own]:
                other = person[row]
                if order[row] < order_of[own] and other != person_of[own]:
                    out[w, CARDS, q] += as_card[other] != stamp
                    as_card[other] = stamp
                    if ring[row] == ring_of[own]:
                        out[w, MATES, q] += as_mate[other] != stamp
                        as_mate[other] = stamp
                row += 1
