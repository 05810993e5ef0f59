"""Items that a person buys again: how many of a claim's items an earlier settlement of the window billed already."""

from __future__ import annotations

import numpy as np

from claims.tables import Array
from features.compiled import compiled
from features.items import first_lines, line_items
from features.past import CLAIM, MOMENT, OWN_ORDER, PERSON, PLACE, begin, first_from, past, spans
from features.rows import Rows


def read_again(rows: Rows, overs: tuple[str, ...]) -> Array:
    """Different items of each asked claim that its person's settlements of each window had billed, gross (w, n)."""
    own, (item, codes) = past(rows), line_items(rows)
    return count_again(own.key, own.s, own.order, own.row, own.asked, spans(overs), item, first_lines(rows), len(codes))


@compiled
def count_again(
    key: Array, s: Array, order: Array, row: Array, asked: Array, spans: Array, item: Array, first: Array, items: int
) -> Array:
    """As `read_again`.

    Args:
        key: m settlements sorted by (key, s, order), their persons.
        s: m settlements, seconds.
        order: m settlements, recorded orders.
        row: m settlements, claims.
        asked: (n, 5) claims, see `Past`.
        spans: (w, 3) windows, see `begin`.
        item: the item of each line, below `items`.
        first: the first line of each claim, and the number of lines.
        items: how many items.

    Returns:
        (w, n) float64.
    """
    out = np.zeros((spans.shape[0], asked.shape[0]))
    wanted = np.zeros(items + 1, np.int64)
    stamp = 0
    for w in range(spans.shape[0]):
        for q in range(asked.shape[0]):
            person, t, own = asked[q, PERSON], asked[q, MOMENT], asked[q, CLAIM]
            stamp += 1
            for line in range(first[own], first[own + 1]):
                wanted[item[line]] = stamp
            event = first_from(key, s, person, begin(t, spans[w]))
            while event < key.size and key[event] == person and s[event] <= t:
                if order[event] < asked[q, OWN_ORDER]:
                    for line in range(first[row[event]], first[row[event] + 1]):
                        out[w, asked[q, PLACE]] += wanted[item[line]] == stamp
                        wanted[item[line]] = 0  # once each
                event += 1
    return out
