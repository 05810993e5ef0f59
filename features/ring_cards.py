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
from graphs.columns import NodeChanges, as_of, ring_changes

NAMES = ("ring_mates", "ring_cards")
MATES, CARDS = range(len(NAMES))
"""What is read: others of the claim's own ring, and others of any ring."""


def read_ring_cards(rows: Rows, per: str, whats: Whats, patients: NodeChanges | None) -> list[Array]:
    """The readings called `whats`, each (name, window), at the `per` of the asked claims.

    Args:
        rows: the frame.
        per: the entity at which cards meet.
        whats: readings by name and window.
        patients: the numbers of rings, among other columns or alone; None: nobody is in one.

    Returns:
        n float64 for each of `whats`.
    """
    overs, places = windows_of(whats, NAMES)
    found = np.zeros((len(overs), len(NAMES), len(rows.at)))
    changes = None if patients is None else ring_changes(patients)
    if changes is not None and changes.values.any() and len(rows.at):
        ring = _rings(rows, changes, _near(rows, overs))
        cards = np.flatnonzero((ring > 0) & (rows.keys(per) >= 0))
        if len(cards):
            _count(rows, per, ring, cards, spans(overs), found)
    return [found[w, name] for w, name in places]


def _near(rows: Rows, overs: tuple[str, ...]) -> Array:
    """Which claims are settlements within the first and the last second of all windows (m,)."""
    s = rows.claims["settled_at"]
    asked = s[rows.at]
    first = min(window(over).start(asked.min()) for over in overs)
    return np.asarray(rows.is_settlement & (s >= first) & (s <= asked.max()))


def _rings(rows: Rows, changes: NodeChanges, near: Array) -> Array:
    """The ring of the person of each claim that is `near`, when the claim became known (m,): its number, 0 for none."""
    person, code_of = rows.numbers("patient_id")
    ring = np.zeros(len(person))
    ever = np.zeros(len(code_of) + 1, dtype=np.bool_)  # the last place is that of claims without a person
    members = changes.ids[np.unique(changes.code[changes.values[:, 0] > 0])].tolist()
    ever[[code_of[name] for name in members if name in code_of]] = True
    some = np.flatnonzero(near & ever[person])
    if len(some):
        names = np.array(list(code_of), dtype=object)[person[some]]
        ring[some] = as_of(changes, names, rows.claims["known_at"][some])[:, 0]
    return ring


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
