"""Sorts that every window of an entity shares: by key keeping the order of rows, and within a key by time."""

from __future__ import annotations

import numpy as np

from claims.tables import Array
from features.compiled import compiled

FEW = 4_096
"""Below this many rows a comparison sort is quicker than the digits' histograms."""
DIGIT = 11
"""2048 places to write to at a time stay in the processor's nearest memory."""


def by_number(numbers: Array) -> Array:
    """The places of whole numbers in rising order; equal ones keep their order (stable)."""
    return in_order(numbers)[0]


def in_order(numbers: Array, sequence: Array | None = None) -> tuple[Array, Array]:
    """The places as of `by_number`, and the numbers in rising order.

    Args:
        numbers: m whole numbers.
        sequence: the places in another order to start from; as they come where there is none.
    """
    if len(numbers) < FEW:
        places = np.argsort(numbers if sequence is None else numbers[sequence], kind="stable")
        places = places if sequence is None else sequence[places]
        return places, numbers[places]
    places, numbers = (np.arange(len(numbers)), numbers) if sequence is None else (sequence, numbers[sequence])
    least = int(numbers.min())
    bits = (int(numbers.max()) - least).bit_length()
    rounds = max(1, -(-bits // DIGIT))
    digit = max(1, -(-bits // rounds))
    for shift in range(0, bits, digit):
        # numpy makes the room, as it asks for large pages of memory: those are much quicker to get.
        room = np.empty_like(places), np.empty_like(numbers)
        _by_digit(places, numbers, least, shift, digit, *room)
        places, numbers = room
    return places, numbers


def different_pairs(first: Array, second: Array) -> tuple[Array, Array]:
    """The different pairs of whole numbers, as `np.unique` over rows gives them, but without comparing rows as bytes.

    Args:
        first: m numbers of zero or more; their range times that of `second` must stay below 2^63.
        second: m numbers.

    Returns:
        A row of each different pair, rising by (first, second), and for each row the place of its pair among them (m,).
    """
    least = int(second.min()) if len(second) else 0
    both = first * (int(second.max(initial=least)) - least + 1) + (second - least)
    places, rising = in_order(both)
    is_new = np.diff(rising, prepend=-1) != 0
    back = np.empty(len(both), dtype=np.int64)
    back[places] = np.cumsum(is_new) - 1
    return places[is_new], back


@compiled
def _by_digit(
    places: Array, numbers: Array, least: int, shift: int, bits: int, to_places: Array, to_numbers: Array
) -> None:
    """One round of a sort by digits: rows move to the place that one digit of their numbers gives them."""
    mask = (1 << bits) - 1
    first = np.zeros(mask + 2, np.int64)
    for row in range(numbers.size):
        first[(((numbers[row] - least) >> shift) & mask) + 1] += 1
    for digit in range(mask):
        first[digit + 1] += first[digit]
    for row in range(numbers.size):
        digit = ((numbers[row] - least) >> shift) & mask
        to_places[first[digit]], to_numbers[first[digit]] = places[row], numbers[row]
        first[digit] += 1


@compiled
def by_time(places: Array, key: Array, s: Array, order: Array) -> None:
    """Bring events from the order of (key, order) into that of (key, s, order).

    Args:
        places: m places, moved.
        key: m keys, rising.
        s: m seconds, moved; runs of one key that rise already are left as they are.
        order: m recorded orders, moved.
    """
    start = 0
    while start < key.size:
        end, in_time = start + 1, True
        while end < key.size and key[end] == key[start]:
            in_time &= s[end] >= s[end - 1]
            end += 1
        if not in_time:
            moved = start + np.argsort(s[start:end], kind="mergesort")
            places[start:end], s[start:end], order[start:end] = places[moved], s[moved], order[moved]
        start = end


@compiled
def sorted_few(key: Array, s: Array, order: Array, asked: Array) -> tuple[Array, Array, Array, Array]:
    """All of a timeline in one call: for some hundred events the number of calls is what takes time.

    Args:
        key: m entities.
        s: m seconds.
        order: m recorded orders.
        asked: the entities that are kept, rising; mostly a single one, whose events need no sorting.

    Returns:
        Places in the order of (key, s, order), and the three columns so.
    """
    if _is_in_order(key, s, order, asked):
        return np.arange(key.size), key, s, order
    kept = np.empty(key.size, np.int64)
    count, place = 0, 0
    for row in range(key.size):
        if key[row] < 0:
            continue
        if place == asked.size or asked[place] != key[row]:
            place = np.searchsorted(asked, key[row])
        if place < asked.size and asked[place] == key[row]:
            kept[count] = row
            count += 1
    places = sorted_places(kept[:count], key, order)
    key, s, order = key[places], s[places], order[places]
    by_time(places, key, s, order)
    return places, key, s, order


@compiled
def _is_in_order(key: Array, s: Array, order: Array, asked: Array) -> bool:
    """Whether events lie in the order of (key, s, order) and all of one asked entity, as most settlements' do."""
    in_order = asked.size == 1
    for row in range(key.size):
        in_order &= key[row] == asked[0]
    for row in range(1, key.size):
        in_order &= s[row] > s[row - 1] or (s[row] == s[row - 1] and order[row] >= order[row - 1])
    return in_order


@compiled
def sorted_places(places: Array, key: Array, order: Array) -> Array:
    """Places of a few rows, given as they come, in the order of (key, order); rows that rise already are not sorted."""
    if not rises(order[places]):
        places = places[np.argsort(order[places], kind="mergesort")]
    if not rises(key[places]):
        places = places[np.argsort(key[places], kind="mergesort")]
    return places


@compiled
def rises(values: Array) -> bool:
    """Whether no value is below the one before it."""
    rising = True
    for row in range(1, values.size):
        rising &= values[row] >= values[row - 1]
    return rising


@compiled
def rises_within(key: Array, s: Array) -> bool:
    """Whether time never goes back within a run of equal keys."""
    rising = True
    for row in range(1, key.size):
        rising &= s[row] >= s[row - 1] or key[row] != key[row - 1]
    return rising
