"""The compiled pass that counts different others over the past of each query; events and queries as in `kernel`."""

import numpy as np

from claims.tables import Array
from features.compiled import compiled


@compiled
def distinct(
    key: Array, s: Array, order: Array, other: Array, by_order: Array, q_key: Array, q_t: Array, q_order: Array,
    starts: Array, out: Array,
) -> None:  # fmt: skip
    """Number of different others that an entity was seen with in each window.

    Args:
        key: m sightings, entities.
        s: m sightings, seconds.
        order: m sightings, recorded orders.
        other: m sightings, number of the other; those below zero are not counted.
        by_order: m places, see `kernel`.
        q_key: n queries, entities.
        q_t: n queries, seconds.
        q_order: n queries, recorded orders.
        starts: (n, w) first second of each window.
        out: (w, at least n) int64, zeros before; takes the answers.
    """
    others = other.max() + 1 if other.size else 0
    last, seen_by = np.full(others, -1, np.int64), np.full(others, -1, np.int64)
    before, after = np.empty(key.size, np.int64), np.empty(key.size, np.int64)
    e0 = q0 = 0
    while q0 < q_key.size:
        q1 = _end_of(q_key, q0)
        while e0 < key.size and key[e0] < q_key[q0]:
            e0 += 1
        if e0 == key.size:
            break
        if key[e0] == q_key[q0]:
            e1 = _end_of(key, e0)
            if _came_in_time(s[e0:e1], order[e0:e1], by_order[e0:e1], q_t[q0:q1], q_order[q0:q1]):
                _link(other, e0, e1, last, before, after)
                for w in range(starts.shape[1]):
                    _sweep(s, order, before, after, e0, e1, starts[:, w], q_order, q0, q1, out[w])
            else:
                _count_in_order(s[e0:e1], order[e0:e1], other[e0:e1], by_order[e0:e1] - e0, q_t[q0:q1], q_order[q0:q1],
                                starts[q0:q1], last, seen_by, e0, q0, out[:, q0:q1])  # fmt: skip
            e0 = e1
        q0 = q1


@compiled
def _end_of(key: Array, first: int) -> int:
    end = first + 1
    while end < key.size and key[end] == key[first]:
        end += 1
    return end


@compiled
def _came_in_time(s: Array, order: Array, by_order: Array, q_t: Array, q_order: Array) -> bool:
    """Whether time never goes back along the order of an entity's sightings and queries."""
    rises = True
    for event in range(1, s.size):
        rises &= by_order[event] == by_order[event - 1] + 1
    next_event, newest = 0, np.iinfo(np.int64).min
    for q in range(q_t.size):
        while next_event < s.size and order[next_event] < q_order[q]:
            newest = max(newest, s[next_event])
            next_event += 1
        rises &= q_t[q] >= newest
        newest = q_t[q]
    return rises


@compiled
def _link(other: Array, e0: int, e1: int, last: Array, before: Array, after: Array) -> None:
    """For each sighting the one before and the one after it of the same other within [e0, e1)."""
    for event in range(e0, e1):
        if other[event] < 0:
            before[event], after[event] = e1, -1
            continue
        previous = last[other[event]]
        before[event], after[event] = (previous if previous >= e0 else -1), e1
        if previous >= e0:
            after[previous] = event
        last[other[event]] = event


@compiled
def _sweep(
    s: Array, order: Array, before: Array, after: Array, e0: int, e1: int, start: Array, q_order: Array,
    q0: int, q1: int, out: Array,
) -> None:  # fmt: skip
    """Both ends of the window only move on: a sighting counts unless the window holds a later one of the same other."""
    low, high, count = e0, e0, 0
    for q in range(q0, q1):
        while high < e1 and order[high] < q_order[q]:
            count += before[high] < low
            high += 1
        while low < high and s[low] < start[q]:
            count -= after[low] >= high
            low += 1
        out[q] = count


@compiled
def _count_in_order(
    s: Array, order: Array, other: Array, by_order: Array, q_t: Array, q_order: Array, starts: Array,
    last: Array, seen_by: Array, e0: int, q0: int, out: Array,
) -> None:  # fmt: skip
    """A Fenwick tree with a one at each other's last sighting; a query behind the newest sighting scans instead."""
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
        for w in range(starts.shape[1]):
            low = np.searchsorted(s, starts[q, w], side="left")
            if q_t[q] >= newest:
                out[w, q] = total - _up_to(tree, low)
            else:
                stamp = (q0 + q) * starts.shape[1] + w
                out[w, q] = _scan(s, order, other, low, q_t[q], q_order[q], seen_by, stamp)


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
