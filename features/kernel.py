"""The compiled passes over the past of each query: sums, last time and largest value (distinct others have a file).

An event has an entity key, a time `s`, an order and values; a query has a key, a time t and an order r. A window that
starts at `start` holds the events of the key with `start <= s <= t` and an order below r. Events come sorted by
(key, s, order) together with `by_order`, their places sorted by (key, order); queries come sorted by (key, order).
"""

import numpy as np

from claims.tables import Array
from features.compiled import compiled


@compiled
def sums(
    key: Array, s: Array, order: Array, values: Array, by_order: Array, q_key: Array, q_t: Array, q_order: Array,
    starts: Array, window_of: Array, measure_of: Array, out: Array,
) -> None:  # fmt: skip
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
        out: (p, at least n) int64, zeros before; takes the answers.
    """
    most = _longest_run(key)
    prefix = np.zeros((most + 1, values.shape[1]), np.int64)
    punctual_s, punctual_order, late = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.bool_)
    low, low_late = np.zeros(starts.shape[1], np.int64), np.zeros(starts.shape[1], np.int64)
    e0 = q0 = 0
    while q0 < q_key.size:
        q1 = _end_of(q_key, q0)
        while e0 < key.size and key[e0] < q_key[q0]:
            e0 += 1
        if e0 == key.size:
            break
        if key[e0] == q_key[q0]:
            e1 = _end_of(key, e0)
            if order[by_order[e0]] >= q_order[q1 - 1]:  # such as an entity's only claim
                e0, q0 = e1, q1
                continue
            _sums_of_one(s[e0:e1], order[e0:e1], values[e0:e1], by_order[e0:e1] - e0, q_t[q0:q1], q_order[q0:q1],
                         starts[q0:q1], window_of, measure_of, out[:, q0:q1],
                         punctual_s, punctual_order, prefix, late[: e1 - e0], low, low_late)  # fmt: skip
            e0 = e1
        q0 = q1


@compiled
def _end_of(key: Array, first: int) -> int:
    """The end of the run of equal keys that begins at `first`."""
    end = first + 1
    while end < key.size and key[end] == key[first]:
        end += 1
    return end


@compiled
def _longest_run(key: Array) -> int:
    longest, start = 0, 0
    while start < key.size:
        end = _end_of(key, start)
        longest = max(longest, end - start)
        start = end
    return longest


@compiled
def _sums_of_one(
    s: Array, order: Array, values: Array, by_order: Array, q_t: Array, q_order: Array, starts: Array,
    window_of: Array, measure_of: Array, out: Array,
    punctual_s: Array, punctual_order: Array, prefix: Array, late: Array, low: Array, low_late: Array,
) -> None:  # fmt: skip
    """Prefix sums for events that came in time, and a Fenwick tree, filled in order, for the late ones."""
    _mark_late(s, order, by_order, q_t, q_order, late)
    count = _fill_prefix(s, order, values, late, punctual_s, punctual_order, prefix)
    punctual_s, punctual_order, has_late = punctual_s[:count], punctual_order[:count], count < s.size
    late_s, place = (s[late], np.cumsum(late)) if has_late else (s[:0], by_order)
    tree = np.zeros((late_s.size + 1, values.shape[1]), np.int64) if has_late else prefix
    low[:], low_late[:] = 0, 0
    next_event = high = high_late = 0
    for q in range(q_t.size):
        high = _before_from(punctual_s, punctual_order, high, q_t[q], q_order[q])
        for w in range(starts.shape[1]):
            low[w] = _first_from(punctual_s, low[w], starts[q, w])
        if has_late:
            while next_event < s.size and order[by_order[next_event]] < q_order[q]:
                event = by_order[next_event]
                if late[event]:
                    _add(tree, place[event], values[event])
                next_event += 1
            high_late = _first_from(late_s, high_late, q_t[q] + 1)
            for w in range(starts.shape[1]):
                low_late[w] = _first_from(late_s, low_late[w], starts[q, w])
        for p in range(window_of.size):
            w, c = window_of[p], measure_of[p]
            total = prefix[high, c] - prefix[low[w], c]
            if high_late > low_late[w]:
                total += _up_to(tree, high_late, c) - _up_to(tree, low_late[w], c)
            out[p, q] = total


@compiled
def _mark_late(s: Array, order: Array, by_order: Array, q_t: Array, q_order: Array, late: Array) -> None:
    """Which events came, by order, after (or with) a query of a later time: their place alone does not tell."""
    newest, q = np.iinfo(np.int64).min, 0
    for event in by_order:
        while q < q_t.size and q_order[q] <= order[event]:
            newest = max(newest, q_t[q])
            q += 1
        late[event] = newest > s[event]


@compiled
def _fill_prefix(
    s: Array, order: Array, values: Array, late: Array, punctual_s: Array, punctual_order: Array, prefix: Array
) -> int:
    row = 0
    for event in range(s.size):
        if not late[event]:
            punctual_s[row], punctual_order[row] = s[event], order[event]
            for c in range(values.shape[1]):
                prefix[row + 1, c] = prefix[row, c] + values[event, c]
            row += 1
    return row


@compiled
def _first_from(s: Array, guess: int, start: int) -> int:
    """How many of the rising times lie before `start`; quick where the answer is near the guess, as it mostly is."""
    low, high = 0, guess
    if guess == 0 or s[guess - 1] < start:
        low, step = guess, 1
        while low + step <= s.size and s[low + step - 1] < start:
            low += step
            step *= 2
        high = min(low + step - 1, s.size)
    while low < high:
        middle = (low + high) // 2
        if s[middle] < start:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _before_from(s: Array, order: Array, guess: int, t: int, r: int) -> int:
    """How many events lie before (t, r) in the sequence of (s, order); quick where the answer is near the guess."""
    low, high = 0, guess
    if guess == 0 or _is_before(s, order, guess - 1, t, r):
        low, step = guess, 1
        while low + step <= s.size and _is_before(s, order, low + step - 1, t, r):
            low += step
            step *= 2
        high = min(low + step - 1, s.size)
    while low < high:
        middle = (low + high) // 2
        if _is_before(s, order, middle, t, r):
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _is_before(s: Array, order: Array, event: int, t: int, r: int) -> bool:
    return bool(s[event] < t or (s[event] == t and order[event] < r))


@compiled
def _add(tree: Array, place: int, values: Array) -> None:
    """Add to the row `place`, counted from 1, of a Fenwick tree."""
    while place < tree.shape[0]:
        for c in range(tree.shape[1]):
            tree[place, c] += values[c]
        place += place & -place


@compiled
def _up_to(tree: Array, place: int, c: int) -> int:
    """The sum of the first `place` rows of a Fenwick tree."""
    total = 0
    while place > 0:
        total += tree[place, c]
        place -= place & -place
    return total


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
    low = first = 0
    for q in range(q_key.size):
        while low < key.size and key[low] < q_key[q]:
            low += 1
        if q == 0 or q_key[q] != q_key[q - 1]:
            first = low
        while low < key.size and key[low] == q_key[q] and s[low] < start[q]:
            low += 1
        while low > first and s[low - 1] >= start[q]:
            low -= 1
        event = low
        while event < key.size and key[event] == q_key[q] and s[event] <= q_t[q]:
            if order[event] < q_order[q]:
                last[q] = max(last[q], s[event])
                largest[q] = max(largest[q], value[event])
            event += 1
    return last, largest
