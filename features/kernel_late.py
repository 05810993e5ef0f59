"""The sums of an entity of which something came late: its orders and times do not rise together. As in `kernel`."""

import numpy as np

from claims.tables import Array
from features.compiled import compiled
from features.kernel_runs import start_of


@compiled
def sums_of_late(
    s: Array, order: Array, places: Array, values: Array, q_t: Array, q_order: Array, rows: Array,
    length: Array, hop: Array, shift: Array, window_of: Array, measure_of: Array, out: Array,
    prefix: Array, low: Array,
) -> None:  # fmt: skip
    """Prefix sums for events that came in time, and a Fenwick tree, filled in order, for the late ones."""
    by_order = np.argsort(order, kind="mergesort")
    late = _late(s, order, by_order, q_t, q_order)
    punctual_s, punctual_order, late_s, place = s[~late], order[~late], s[late], np.cumsum(late)
    count = 0
    for event in range(s.size):
        if not late[event]:
            for c in range(values.shape[1]):
                prefix[count + 1, c] = prefix[count, c] + values[places[event], c]
            count += 1
    tree = np.zeros((late_s.size + 1, values.shape[1]), np.int64)
    low_late = np.zeros(low.size, np.int64)
    low[:] = 0
    next_event = high = high_late = 0
    for q in range(q_t.size):
        high = _before_from(punctual_s, punctual_order, high, q_t[q], q_order[q])
        while next_event < s.size and order[by_order[next_event]] < q_order[q]:
            event = by_order[next_event]
            if late[event]:
                _add(tree, place[event], values[places[event]])
            next_event += 1
        high_late = _first_from(late_s, high_late, q_t[q] + 1)
        for w in range(length.size):
            start = start_of(q_t[q], length[w], hop[w], shift[w])
            low[w], low_late[w] = _first_from(punctual_s, low[w], start), _first_from(late_s, low_late[w], start)
        for p in range(window_of.size):
            w, c = window_of[p], measure_of[p]
            total = prefix[high, c] - prefix[low[w], c]
            if high_late > low_late[w]:
                total += _up_to(tree, high_late, c) - _up_to(tree, low_late[w], c)
            out[rows[q], p] += total


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
