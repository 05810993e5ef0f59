"""The compiled passes: sums, distinct others, last time and largest value over the past of each query.

An event has an entity key, a time `s`, an order and values; a query has a key, a time t and an order r. A window that
starts at `start` holds the events of the key with `start <= s <= t` and an order below r. Events come sorted by
(key, s, order) together with `by_order`, their places sorted by (key, order); queries come sorted by (key, order).
"""

import numpy as np

from claims.tables import Array
from features.compiled import compiled


@compiled
def sums(
    key: Array, s: Array, order: Array, values: Array, by_order: Array,
    q_key: Array, q_t: Array, q_order: Array, starts: Array, window_of: Array, measure_of: Array,
) -> Array:  # fmt: skip
    """Sum of a measure over a window, for n queries and p (window, measure) pairs.

    Args:
        key: m events, entities.
        s: m events, seconds.
        order: m events, recorded orders.
        values: (m, c) int64 measures.
        by_order: m places, see the module.
        q_key: n queries, entities.
        q_t: n queries, seconds.
        q_order: n queries, recorded orders.
        starts: (n, w) first second of each window.
        window_of: p column numbers into `starts`.
        measure_of: p column numbers into `values`.

    Returns:
        (n, p) int64.
    """
    out = np.zeros((q_key.size, window_of.size), np.int64)
    e0 = q0 = 0
    while q0 < q_key.size:
        q1 = _end_of(q_key, q0)
        while e0 < key.size and key[e0] < q_key[q0]:
            e0 += 1
        if e0 == key.size:
            break
        if key[e0] == q_key[q0]:
            e1 = _end_of(key, e0)
            _sums_of_one(s[e0:e1], order[e0:e1], values[e0:e1], by_order[e0:e1] - e0, q_t[q0:q1], q_order[q0:q1],
                         starts[q0:q1], window_of, measure_of, out[q0:q1])  # fmt: skip
            e0 = e1
        q0 = q1
    return out


@compiled
def _end_of(key: Array, first: int) -> int:
    end = first + 1
    while end < key.size and key[end] == key[first]:
        end += 1
    return end


@compiled
def _sums_of_one(
    s: Array, order: Array, values: Array, by_order: Array, q_t: Array, q_order: Array,
    starts: Array, window_of: Array, measure_of: Array, out: Array,
) -> None:  # fmt: skip
    """Prefix sums for events that came in time, and a Fenwick tree, filled in order, for the late ones."""
    late = _late(s, order, by_order, q_t, q_order)
    punctual_s, punctual_order, prefix = _prefix(s, order, values, late)
    late_s, place = s[late], np.cumsum(late)
    tree = np.zeros((late_s.size + 1, values.shape[1]), np.int64)
    low, low_late = np.empty(starts.shape[1], np.int64), np.empty(starts.shape[1], np.int64)
    next_event = 0
    for q in range(q_t.size):
        while next_event < s.size and order[by_order[next_event]] < q_order[q]:
            event = by_order[next_event]
            if late[event]:
                _add(tree, place[event], values[event])
            next_event += 1
        high = _before(punctual_s, punctual_order, q_t[q], q_order[q])
        high_late = np.searchsorted(late_s, q_t[q], side="right")
        for w in range(starts.shape[1]):
            low[w] = np.searchsorted(punctual_s, starts[q, w], side="left")
            low_late[w] = np.searchsorted(late_s, starts[q, w], side="left")
        for p in range(window_of.size):
            w, c = window_of[p], measure_of[p]
            total = prefix[high, c] - prefix[low[w], c]
            if high_late > low_late[w]:
                total += _up_to(tree, high_late, c) - _up_to(tree, low_late[w], c)
            out[q, p] = total


@compiled
def _late(s: Array, order: Array, by_order: Array, q_t: Array, q_order: Array) -> Array:
    """Which events came, by order, after (or with) a query of a later time: their place alone does not tell."""
    late = np.zeros(s.size, np.bool_)
    newest, q = np.iinfo(np.int64).min, 0
    for event in by_order:
        while q < q_t.size and q_order[q] <= order[event]:
            newest = max(newest, q_t[q])
            q += 1
        late[event] = newest > s[event]
    return late


@compiled
def _prefix(s: Array, order: Array, values: Array, late: Array) -> tuple[Array, Array, Array]:
    count = s.size - late.sum()
    kept_s, kept_order = np.empty(count, np.int64), np.empty(count, np.int64)
    prefix = np.zeros((count + 1, values.shape[1]), np.int64)
    row = 0
    for event in range(s.size):
        if not late[event]:
            kept_s[row], kept_order[row] = s[event], order[event]
            for c in range(values.shape[1]):
                prefix[row + 1, c] = prefix[row, c] + values[event, c]
            row += 1
    return kept_s, kept_order, prefix


@compiled
def _before(s: Array, order: Array, t: int, r: int) -> int:
    """How many events lie before (t, r) in the sequence of (s, order)."""
    low, high = 0, s.size
    while low < high:
        middle = (low + high) // 2
        if s[middle] < t or (s[middle] == t and order[middle] < r):
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _add(tree: Array, place: int, values: Array) -> None:
    while place < tree.shape[0]:
        for c in range(tree.shape[1]):
            tree[place, c] += values[c]
        place += place & -place


@compiled
def _up_to(tree: Array, place: int, c: int) -> int:
    total = 0
    while place > 0:
        total += tree[place, c]
        place -= place & -place
    return total


@compiled
def distinct(
    key: Array, s: Array, order: Array, pair: Array, pairs: int, by_order: Array,
    q_key: Array, q_t: Array, q_order: Array, starts: Array,
) -> Array:  # fmt: skip
    """Number of different pairs seen in each window.

    Args:
        key: m sightings, entities.
        s: m sightings, seconds.
        order: m sightings, recorded orders.
        by_order: m places, see the module.
        pair: number of the (key, other) pair of each sighting, below `pairs`.
        pairs: how many pairs there are.
        q_key: n queries, entities.
        q_t: n queries, seconds.
        q_order: n queries, recorded orders.
        starts: (n, w) first second of each window.

    Returns:
        (n, w) int64.
    """
    out = np.zeros(starts.shape, np.int64)
    last = np.full(pairs, -1, np.int64)
    seen_by = np.full(pairs, -1, np.int64)
    e0 = q0 = 0
    while q0 < q_key.size:
        q1 = _end_of(q_key, q0)
        while e0 < key.size and key[e0] < q_key[q0]:
            e0 += 1
        if e0 == key.size:
            break
        if key[e0] == q_key[q0]:
            e1 = _end_of(key, e0)
            _distinct_of_one(s[e0:e1], order[e0:e1], pair[e0:e1], by_order[e0:e1] - e0, q_t[q0:q1], q_order[q0:q1],
                             starts[q0:q1], last, seen_by, q0, out[q0:q1])  # fmt: skip
            e0 = e1
        q0 = q1
    return out


@compiled
def _distinct_of_one(
    s: Array, order: Array, pair: Array, by_order: Array, q_t: Array, q_order: Array, starts: Array,
    last: Array, seen_by: Array, q0: int, out: Array,
) -> None:  # fmt: skip
    """A Fenwick tree with a one at each pair's last sighting; a query behind the newest sighting scans instead."""
    tree = np.zeros((s.size + 1, 1), np.int64)
    one, minus_one = np.ones(1, np.int64), -np.ones(1, np.int64)
    next_event, total, newest = 0, 0, np.iinfo(np.int64).min
    for q in range(q_t.size):
        while next_event < s.size and order[by_order[next_event]] < q_order[q]:
            event = by_order[next_event]
            previous = last[pair[event]]
            if previous < event:
                if previous >= 0:
                    _add(tree, previous + 1, minus_one)
                else:
                    total += 1
                _add(tree, event + 1, one)
                last[pair[event]] = event
            newest = max(newest, s[event])
            next_event += 1
        for w in range(starts.shape[1]):
            low = np.searchsorted(s, starts[q, w], side="left")
            if q_t[q] >= newest:
                out[q, w] = total - _up_to(tree, low, 0)
            else:
                stamp = (q0 + q) * starts.shape[1] + w
                out[q, w] = _scan_distinct(s, order, pair, low, q_t[q], q_order[q], seen_by, stamp)


@compiled
def _scan_distinct(s: Array, order: Array, pair: Array, low: int, t: int, r: int, seen_by: Array, stamp: int) -> int:
    count, event = 0, low
    while event < s.size and s[event] <= t:
        if order[event] < r and seen_by[pair[event]] != stamp:
            seen_by[pair[event]] = stamp
            count += 1
        event += 1
    return count


@compiled
def last_and_largest(
    key: Array, s: Array, order: Array, value: Array, q_key: Array, q_t: Array, q_order: Array, start: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """Time of the last event and the largest value within one window; the smallest int64 where there is none.

    Meant for entities with a short past (a patient, a pair): it scans the window.

    Returns:
        Two arrays of n int64.
    """
    nothing = np.iinfo(np.int64).min
    last, largest = np.full(q_key.size, nothing, np.int64), np.full(q_key.size, nothing, np.int64)
    for q in range(q_key.size):
        event = _before(key, s, q_key[q], start[q])
        while event < key.size and key[event] == q_key[q] and s[event] <= q_t[q]:
            if order[event] < q_order[q]:
                last[q] = max(last[q], s[event])
                largest[q] = max(largest[q], value[event])
            event += 1
    return last, largest
