"""The compiled pass that counts different others over the past of each query; events and queries as in `kernel`."""

import numpy as np

from claims.tables import Array
from features.compiled import compiled
from features.kernel_runs import TOGETHER, came_in_time, end_of, longest_run, start_of


@compiled
def distinct(
    key: Array, s: Array, order: Array, places: Array, other: Array,
    q_key: Array, q_t: Array, q_order: Array, rows: Array, length: Array, hop: Array, shift: Array, out: Array,
) -> None:  # fmt: skip
    """Number of different others that an entity was seen with in each window.

    Args:
        key: m sightings, entities.
        s: m sightings, seconds.
        order: m sightings, recorded orders.
        places: m sightings, their rows in `other`.
        other: at least m numbers of others; those below zero are not counted.
        q_key: n queries, entities.
        q_t: n queries, seconds.
        q_order: n queries, recorded orders.
        rows: n queries, their rows in `out`.
        length: w windows.
        hop: w windows.
        shift: w windows.
        out: (at least n, w) int64, zeros before; takes the answers.
    """
    others = other.max() + 1 if other.size else 0
    last, seen_by = np.full(others, -1, np.int64), np.full(others, -1, np.int64)
    most = longest_run(key)
    before, after = np.empty(most, np.int64), np.empty(most, np.int64)
    count, low, start = (
        np.empty(length.size, np.int64),
        np.empty(length.size, np.int64),
        np.empty(length.size, np.int64),
    )
    found = np.empty((min(TOGETHER, q_key.size), length.size), np.int64)
    e0 = q0 = 0
    while q0 < q_key.size:
        q1 = end_of(q_key, q0)
        while e0 < key.size and key[e0] < q_key[q0]:
            e0 += 1
        if e0 == key.size:
            break
        if key[e0] == q_key[q0]:
            e1 = end_of(key, e0)
            if came_in_time(s, order, e0, e1, q_t, q_order, q0, q1):
                _link(other, places, e0, e1, last, before, after)
                _sweep(s, order, before, after, e0, e1, q_t, q_order, rows, q0, q1,
                       length, hop, shift, count, low, start, found, out)  # fmt: skip
            else:
                _count_in_order(s[e0:e1], order[e0:e1], other[places[e0:e1]], q_t[q0:q1], q_order[q0:q1], rows[q0:q1],
                                length, hop, shift, last, seen_by, e0, q0, out)  # fmt: skip
            e0 = e1
        q0 = q1


@compiled
def _link(other: Array, places: Array, e0: int, e1: int, last: Array, before: Array, after: Array) -> None:
    """For each sighting of [e0, e1) the one before and the one after it of the same other, counted from e0."""
    for event in range(e1 - e0):  # a loop of its own: so that the processor waits for many at a time
        after[event] = other[places[e0 + event]]
    for event in range(e1 - e0):
        who = after[event]
        if who < 0:
            before[event], after[event] = e1, -1
            continue
        previous = last[who] - e0
        before[event], after[event] = max(previous, -1), e1
        if previous >= 0:
            after[previous] = event
        last[who] = event + e0


@compiled
def _sweep(
    s: Array, order: Array, before: Array, after: Array, e0: int, e1: int,
    q_t: Array, q_order: Array, rows: Array, q0: int, q1: int,
    length: Array, hop: Array, shift: Array, count: Array, low: Array, start: Array, found: Array, out: Array,
) -> None:  # fmt: skip
    """Both ends of a window only move on: a sighting counts unless the window holds a later one of the same other."""
    for w in range(length.size):
        count[w], low[w], start[w] = 0, 0, start_of(q_t[q0], length[w], hop[w], shift[w])
    high = 0
    for first in range(q0, q1, TOGETHER):
        last = min(first + TOGETHER, q1)
        high = _move(s, order, before, after, e0, e1, q_t, q_order, first, last,
                     length, hop, shift, count, low, start, high, found)  # fmt: skip
        for q in range(first, last):
            for w in range(length.size):
                out[rows[q], w] = found[q - first, w]


@compiled
def _move(
    s: Array, order: Array, before: Array, after: Array, e0: int, e1: int,
    q_t: Array, q_order: Array, first: int, last: int,
    length: Array, hop: Array, shift: Array, count: Array, low: Array, start: Array, high: int, found: Array,
) -> int:  # fmt: skip
    """Move on by the queries of [first, last), whose numbers go to `found`; returns the last one's `high`."""
    for q in range(first, last):
        while e0 + high < e1 and order[e0 + high] < q_order[q]:
            for w in range(length.size):
                count[w] += before[high] < low[w]
            high += 1
        for w in range(length.size):
            if q_t[q] - length[w] - start[w] >= hop[w]:
                start[w] = start_of(q_t[q], length[w], hop[w], shift[w])
            while low[w] < high and s[e0 + low[w]] < start[w]:
                count[w] -= after[low[w]] >= high
                low[w] += 1
            found[q - first, w] = count[w]
    return high


@compiled
def _count_in_order(
    s: Array, order: Array, other: Array, q_t: Array, q_order: Array, rows: Array,
    length: Array, hop: Array, shift: Array, last: Array, seen_by: Array, e0: int, q0: int, out: Array,
) -> None:  # fmt: skip
    """A Fenwick tree with a one at each other's last sighting; a query behind the newest sighting scans instead."""
    by_order = np.argsort(order, kind="mergesort")
    tree = np.zeros(s.size + 1, np.int64)
    next_event, total, newest = 0, 0, np.iinfo(np.int64).min
    for q in range(q_t.size):
        while next_event < s.size and order[by_order[next_event]] < q_order[q]:
            event = by_order[next_event]
            next_event += 1
            if other[event] < 0:
                continue
            previous = last[other[event]] - e0
            if previous < event:
                if previous >= 0:
                    _add(tree, previous + 1, -1)
                else:
                    total += 1
                _add(tree, event + 1, 1)
                last[other[event]] = event + e0
            newest = max(newest, s[event])
        for w in range(length.size):
            low = int(np.searchsorted(s, start_of(q_t[q], length[w], hop[w], shift[w]), side="left"))
            if q_t[q] >= newest:
                out[rows[q], w] = total - _up_to(tree, low)
            else:
                stamp = (q0 + q) * length.size + w
                out[rows[q], w] = _scan(s, order, other, low, q_t[q], q_order[q], seen_by, stamp)


@compiled
def _add(tree: Array, place: int, value: int) -> None:
    while place < tree.size:
        tree[place] += value
        place += place & -place


@compiled
def _up_to(tree: Array, place: int) -> int:
    total = 0
    while place > 0:
        total += tree[place]
        place -= place & -place
    return total


@compiled
def _scan(s: Array, order: Array, other: Array, low: int, t: int, r: int, seen_by: Array, stamp: int) -> int:
    count, event = 0, low
    while event < s.size and s[event] <= t:
        if order[event] < r and other[event] >= 0 and seen_by[other[event]] != stamp:
            seen_by[other[event]] = stamp
            count += 1
        event += 1
    return count
