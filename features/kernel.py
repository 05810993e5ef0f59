"""The compiled pass that sums over the past of each query; largest values and distinct others have files of their own.

An event has an entity key, a time `s`, an order and values; a query has a key, a time t and an order r. A window that
starts at `start` holds the events of the key with `start <= s <= t` and an order below r. Events come sorted by
(key, s, order) and queries by (key, order). What is read of events and written for queries stays where it is, as every
move of a long column costs as much as the pass: `places` tells where an event's values lie, `rows` where a query's
answers go. A window is a length, a hop and a shift in seconds, as `features.windows` cuts it.
"""

import numpy as np

from claims.tables import Array
from features.compiled import compiled
from features.kernel_late import sums_of_late
from features.kernel_runs import TOGETHER, came_in_time, end_of, longest_run, start_of


@compiled
def sums(
    key: Array, s: Array, order: Array, places: Array, values: Array,
    q_key: Array, q_t: Array, q_order: Array, rows: Array,
    length: Array, hop: Array, shift: Array, window_of: Array, measure_of: Array, out: Array, adds: bool = True,
) -> None:  # fmt: skip
    """Sum of a measure over a window, for n queries and p (window, measure) pairs.

    Args:
        key: m events, entities.
        s: m events, seconds.
        order: m events, recorded orders.
        places: m events, their rows in `values`.
        values: (at least m, c) int64 measures.
        q_key: n queries, entities.
        q_t: n queries, seconds.
        q_order: n queries, recorded orders.
        rows: n queries, their rows in `out`.
        length: w windows.
        hop: w windows.
        shift: w windows.
        window_of: p numbers of windows.
        measure_of: p column numbers into `values`.
        out: (at least n, p) int64, to which the answers are added.
        adds: whether `out` may hold more than zeros; without, far rows are only written, which no later step waits for.
    """
    prefix = np.zeros((longest_run(key) + 1, values.shape[1]), np.int64)
    start, low = np.zeros(length.size, np.int64), np.zeros(length.size, np.int64)
    ends = np.empty((min(TOGETHER, q_key.size), length.size + 1), np.int64)
    e0 = q0 = 0
    while q0 < q_key.size:
        q1 = end_of(q_key, q0)
        while e0 < key.size and key[e0] < q_key[q0]:
            e0 += 1
        if e0 == key.size:
            break
        if key[e0] == q_key[q0]:
            e1 = end_of(key, e0)
            if not came_in_time(s, order, e0, e1, q_t, q_order, q0, q1):
                sums_of_late(s[e0:e1], order[e0:e1], places[e0:e1], values, q_t[q0:q1], q_order[q0:q1], rows[q0:q1],
                              length, hop, shift, window_of, measure_of, out, prefix, low)  # fmt: skip
            elif order[e0] < q_order[q1 - 1]:  # else nothing is known yet, such as of an entity's only claim
                _sums_of_one(s, order, places, values, e0, e1, q_t, q_order, rows, q0, q1, length, hop, shift,
                             window_of, measure_of, out, adds, prefix, ends, start, low)  # fmt: skip
            e0 = e1
        q0 = q1


@compiled
def _sums_of_one(
    s: Array, order: Array, places: Array, values: Array, e0: int, e1: int,
    q_t: Array, q_order: Array, rows: Array, q0: int, q1: int,
    length: Array, hop: Array, shift: Array, window_of: Array, measure_of: Array, out: Array, adds: bool,
    prefix: Array, ends: Array, start: Array, low: Array,
) -> None:  # fmt: skip
    """Differences of running sums: both ends of each window only move on."""
    _add_up(values, places, e0, e1, prefix)
    for w in range(length.size):
        low[w], start[w] = 0, start_of(q_t[q0], length[w], hop[w], shift[w])
    high = 0
    for first in range(q0, q1, TOGETHER):
        last = min(first + TOGETHER, q1)
        high = _move(s, order, e0, e1, q_t, q_order, first, last, length, hop, shift, start, low, high, ends)
        for q in range(first, last):
            for p in range(window_of.size):
                c, w = measure_of[p], window_of[p]
                found = prefix[ends[q - first, 0], c] - prefix[ends[q - first, w + 1], c]
                out[rows[q], p] = out[rows[q], p] + found if adds else found


@compiled
def _add_up(values: Array, places: Array, e0: int, e1: int, prefix: Array) -> None:
    """The running sums of an entity's events; alone, so that the processor waits for many values at a time."""
    for event in range(e0, e1):
        for c in range(values.shape[1]):
            prefix[event - e0 + 1, c] = prefix[event - e0, c] + values[places[event], c]


@compiled
def _move(
    s: Array, order: Array, e0: int, e1: int, q_t: Array, q_order: Array, first: int, last: int,
    length: Array, hop: Array, shift: Array, start: Array, low: Array, high: int, ends: Array,
) -> int:  # fmt: skip
    """Find both ends of the windows of some queries, counted from e0; alone, as answers go to far places.

    `ends` takes for each query of [first, last) the end of all its windows and then the beginning of each.

    Returns:
        `high` of the last query.
    """
    for q in range(first, last):
        while e0 + high < e1 and order[e0 + high] < q_order[q]:
            high += 1
        ends[q - first, 0] = high
        for w in range(length.size):
            if q_t[q] - length[w] - start[w] >= hop[w]:
                start[w] = start_of(q_t[q], length[w], hop[w], shift[w])
            while low[w] < high and s[e0 + low[w]] < start[w]:
                low[w] += 1
            ends[q - first, w + 1] = low[w]
    return high
