"""Finds lines of two items that stand in one scope: a prescription, a visit, a day, a person."""

from __future__ import annotations

import numpy as np

from claims.tables import Array
from rules.known import matches


def in_scope(scope: Array, item: Array, asked_scope: Array, asked_item: Array) -> tuple[Array, Array]:
    """Pairs of an asked scope and item with the lines that have both.

    Args:
        scope: (k,) numbers of the lines' scopes.
        item: (k,) numbers of their items, -1 for one that is never asked.
        asked_scope: (n,) the scopes that are asked for.
        asked_item: (n,) the item that is wanted in each.

    Returns:
        (p,) places in what was asked, rising, and (p,) lines.

    >>> in_scope(np.array([0, 0, 1]), np.array([5, 6, 5]), np.array([1, 0]), np.array([6, 5]))
    (array([1]), array([0]))
    """
    width = int(item.max(initial=0)) + 2
    keys = np.where(item >= 0, scope * width + item, -1)
    order = np.argsort(keys, kind="stable")
    is_possible = (asked_item >= 0) & (asked_item < width)
    at, place = matches(keys[order], np.where(is_possible, asked_scope * width + asked_item, -2))
    return at, order[place]


def first_of_each(lines: Array) -> Array:
    """The places of the first of equal lines, in the order of the lines."""
    return np.unique(lines, return_index=True)[1]
