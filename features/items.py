"""Which items a claim bills, as numbers; the lines of a frame are numbered and looked through once."""

from __future__ import annotations

import numpy as np

from claims.lazy import numbers_of
from claims.tables import Array
from features.compiled import compiled
from features.rows import Rows


def line_items(rows: Rows) -> tuple[Array, dict[object, int]]:
    """The item of each line as a number, and the number of each item code."""
    return rows.once("lines", "items", lambda: numbers_of(rows.lines, "item_code"))  # type: ignore[no-any-return]


ON_CLAIMS = ("item", "diagnosis")
"""Others of which one claim may show several."""


def seen_on_claims(rows: Rows, other: str) -> tuple[Array, Array]:
    """The claim and the number of each item billed, or each diagnosis named, on any claim."""
    if other == "item":
        return rows.line_row, line_items(rows)[0]
    listed = rows.batch.diagnoses
    return listed["claim_index"], rows.once("diagnoses", "codes", lambda: numbers_of(listed, "code"))[0]


def items_distinct(rows: Rows) -> Array:
    """Different items among the lines of each claim (m,)."""
    return _items_of_claims(rows)[0]


def first_lines(rows: Rows) -> Array:
    """The first line of each claim, and at the end the number of lines (m + 1,)."""
    return _items_of_claims(rows)[2]


def set_of_items(rows: Rows) -> Array:
    """A number for the set of different items on each claim, zero without lines (m,).

    The numbers of the items are mixed over 64 bits and added up: two different sets among a thousand purchases of one
    person get the same number with a chance of about one in 10**13.
    """
    return _items_of_claims(rows)[1].view(np.int64)


def _items_of_claims(rows: Rows) -> tuple[Array, Array, Array]:
    return rows.once("lines", "items of claims", lambda: _look_through(rows))  # type: ignore[no-any-return]


def _look_through(rows: Rows) -> tuple[Array, Array, Array]:
    item, codes = line_items(rows)
    return different_items(item, rows.line_row, len(codes), len(rows.is_settlement))


@compiled
def different_items(item: Array, line_row: Array, items: int, claims: int) -> tuple[Array, Array, Array]:
    """How many different items each claim bills, a number for the set of them, and where its lines begin.

    Args:
        item: the item of each line, below `items`.
        line_row: the claim of each line, rising.
        items: how many items.
        claims: how many claims.

    Returns:
        Counts (claims,) int64, sets (claims,) uint64 as in `set_of_items`, first lines (claims + 1,) int64.
    """
    count, total = np.zeros(claims, np.int64), np.zeros(claims, np.uint64)
    first = np.zeros(claims + 1, np.int64)
    last = np.full(items + 1, -1, np.int64)
    for line in range(item.size):
        row = line_row[line]
        first[row + 1] = line + 1
        if last[item[line]] != row:
            last[item[line]] = row
            count[row] += 1
            total[row] += _mixed(np.uint64(item[line]))
    for row in range(claims):
        first[row + 1] = max(first[row + 1], first[row])
    return count, total, first


@compiled
def _mixed(value: np.uint64) -> np.uint64:
    """The finaliser of splitmix64 (Steele, Lea and Flood, 2014)."""
    mixed = (value + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
