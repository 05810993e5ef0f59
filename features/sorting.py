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
    if len(numbers) < FEW:
        return np.argsort(numbers, kind="stable")
    least = int(numbers.min())
    return _by_digits(numbers, least, int(numbers.max()) - least)


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
    places = by_number(both)
    is_new = np.diff(both[places], prepend=-1) != 0
    back = np.empty(len(both), dtype=np.int64)
    back[places] = np.cumsum(is_new) - 1
    return places[is_new], back


@compiled
def _by_digits(numbers: Array, least: int, span: int) -> Array:
    size, mask = numbers.size, (1 << DIGIT) - 1
    places, other = np.arange(size), np.empty(size, np.int64)
    shift = 0
    while span >> shift > 0:
        first = np.zeros(mask + 2, np.int64)
        for row in range(size):
            first[(((numbers[row] - least) >> shift) & mask) + 1] += 1
        for digit in range(mask):
            first[digit + 1] += first[digit]
        for place in places:
            digit = ((numbers[place] - least) >> shift) & mask
            other[first[digit]] = place
            first[digit] += 1
        places, other = other, places
        shift += DIGIT
    return places


@compiled
def by_time(key: Array, s: Array) -> Array:
    """The places of events, given in the order of (key, order), in the order of (key, s, order).

    Args:
        key: m keys, rising.
        s: m seconds; runs of one key that rise already are left as they are.
    """
    places = np.arange(key.size)
    start = 0
    while start < key.size:
        end, rises = start + 1, True
        while end < key.size and key[end] == key[start]:
            rises &= s[end] >= s[end - 1]
            end += 1
        if not rises:
            places[start:end] = start + np.argsort(s[start:end], kind="mergesort")
        start = end
    return places


@compiled
def inverse(places: Array) -> Array:
    """Where each row went: `inverse(places)[places[i]] == i`."""
    out = np.empty(places.size, np.int64)
    for place in range(places.size):
        out[places[place]] = place
    return out


@compiled
def sorted_few(key: Array, s: Array, order: Array, asked: Array) -> tuple[Array, Array, Array, Array, Array]:
    """All of a timeline in one call: for some hundred events the number of calls is what takes time.

    Args:
        key: m entities.
        s: m seconds.
        order: m recorded orders.
        asked: the entities that are kept, rising; mostly a single one, whose events need no sorting.

    Returns:
        Places in the order of (key, s, order), the three columns so, and their places in the order of (key, order).
    """
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
    kept = sorted_places(kept[:count], key, order)
    by_s = by_time(key[kept], s[kept])
    places = kept[by_s]
    return places, key[places], s[places], order[places], inverse(by_s)


@compiled
def sorted_places(places: Array, key: Array, order: Array) -> Array:
    """Places of a few rows, given as they come, in the order of (key, order); rows that rise already are not sorted."""
    if not _rises(order[places]):
        places = places[np.argsort(order[places], kind="mergesort")]
    if not _rises(key[places]):
        places = places[np.argsort(key[places], kind="mergesort")]
    return places


@compiled
def _rises(values: Array) -> bool:
    rises = True
    for row in range(1, values.size):
        rises &= values[row] >= values[row - 1]
    return rises
