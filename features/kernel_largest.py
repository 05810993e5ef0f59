"""The compiled pass that finds the last time and the largest value in the past of each query; as in `kernel`."""

import numpy as np

from claims.tables import Array
from features.compiled import compiled
from features.kernel_runs import came_in_time, end_of, start_of


@compiled
def last_and_largest(
    key: Array, s: Array, order: Array, places: Array, value: Array,
    q_key: Array, q_t: Array, q_order: Array, rows: Array, length: int, hop: int, shift: int, out: Array,
) -> None:  # fmt: skip
    """Time of the last event and the largest value within one window.

    Args:
        key: m events, entities; as the next ones and the queries in `sums`.
        s: m events.
        order: m events.
        places: m events, their rows in `value`.
        value: at least m numbers.
        q_key: n queries.
        q_t: n queries.
        q_order: n queries.
        rows: n queries.
        length: of the window, as the next two.
        hop: in seconds.
        shift: in seconds.
        out: (at least n, 2) int64, takes the last time and the largest value where there is any.
    """
    e0 = q0 = 0
    while q0 < q_key.size:
        q1 = end_of(q_key, q0)
        while e0 < key.size and key[e0] < q_key[q0]:
            e0 += 1
        if e0 == key.size:
            break
        if key[e0] == q_key[q0]:
            e1 = end_of(key, e0)
            one = value[places[e0:e1]]
            if came_in_time(s, order, e0, e1, q_t, q_order, q0, q1):
                _largest_of_one(s, order, one, e0, e1, q_t, q_order, rows, q0, q1, length, hop, shift, out)
            else:
                _scan(s, order, one, e0, e1, q_t, q_order, rows, q0, q1, length, hop, shift, out)
            e0 = e1
        q0 = q1


@compiled
def _largest_of_one(
    s: Array, order: Array, value: Array, e0: int, e1: int, q_t: Array, q_order: Array, rows: Array, q0: int, q1: int,
    length: int, hop: int, shift: int, out: Array,
) -> None:  # fmt: skip
    """Both ends of the window only move on; where it leaves its largest event behind, the next one is looked for."""
    low = high = best = 0
    for q in range(q0, q1):
        while e0 + high < e1 and order[e0 + high] < q_order[q]:
            if best < low or value[high] >= value[best]:
                best = high
            high += 1
        start = start_of(q_t[q], length, hop, shift)
        while low < high and s[e0 + low] < start:
            low += 1
        if best < low < high:
            best = low + int(np.argmax(value[low:high]))
        if low < high:
            out[rows[q], 0], out[rows[q], 1] = s[e0 + high - 1], value[best]


@compiled
def _scan(
    s: Array, order: Array, value: Array, e0: int, e1: int, q_t: Array, q_order: Array, rows: Array, q0: int, q1: int,
    length: int, hop: int, shift: int, out: Array,
) -> None:  # fmt: skip
    """Look at every event of the window."""
    for q in range(q0, q1):
        start, row = start_of(q_t[q], length, hop, shift), rows[q]
        for event in range(e0 + np.searchsorted(s[e0:e1], start), e1):
            if s[event] <= q_t[q] and order[event] < q_order[q]:
                out[row, 0] = max(out[row, 0], s[event])
                out[row, 1] = max(out[row, 1], value[event - e0])
