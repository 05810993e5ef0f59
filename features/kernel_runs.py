"""What the compiled passes share: the runs of one entity among sorted rows, and where its windows begin."""

import numpy as np

from claims.tables import Array
from features.compiled import compiled

TOGETHER = 512
"""So many queries' answers are kept near and then go to their far rows in one loop without branches: behind a branch
that it cannot foresee a processor does not fetch the next row ahead."""


@compiled
def end_of(key: Array, first: int) -> int:
    """The end of the run of equal keys that begins at `first`."""
    end = first + 1
    while end < key.size and key[end] == key[first]:
        end += 1
    return end


@compiled
def longest_run(key: Array) -> int:
    """How many rows the longest run of equal keys has."""
    longest, start = 0, 0
    while start < key.size:
        end = end_of(key, start)
        longest = max(longest, end - start)
        start = end
    return longest


@compiled
def came_in_time(s: Array, order: Array, e0: int, e1: int, q_t: Array, q_order: Array, q0: int, q1: int) -> bool:
    """Whether time never goes back along the order of an entity's events [e0, e1) and queries [q0, q1)."""
    rises = True
    for event in range(e0 + 1, e1):
        rises &= order[event] >= order[event - 1]
    event, newest = e0, np.iinfo(np.int64).min
    for q in range(q0, q1):
        while event < e1 and order[event] < q_order[q]:
            newest = max(newest, s[event])
            event += 1
        rises &= q_t[q] >= newest
        newest = q_t[q]
    return rises


@compiled
def start_of(t: int, length: int, hop: int, shift: int) -> int:
    """The first second of the window of a query at t."""
    return (t - length + shift) // hop * hop - shift
