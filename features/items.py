"""Which items a claim bills, as numbers; the lines of a frame are numbered and sorted once."""

from __future__ import annotations

import numpy as np

from claims.tables import Array
from features.rows import Rows, numbers_of


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
    return np.bincount(_items_of_claims(rows)[1], minlength=len(rows.is_settlement))


def set_of_items(rows: Rows) -> Array:
    """A number for the set of different items on each claim, zero without lines (m,).

    The numbers of the items are mixed over 64 bits and added up: two different sets among a thousand purchases of one
    person get the same number with a chance of about one in 10**13.
    """
    item, row = _items_of_claims(rows)
    total = np.zeros(len(rows.is_settlement), dtype=np.uint64)
    np.add.at(total, row, _mixed(item.astype(np.uint64)))
    return total.view(np.int64)


def _items_of_claims(rows: Rows) -> tuple[Array, Array]:
    """Each different (item, claim) once, as two columns."""
    return rows.once("lines", "different items", lambda: _different(rows))  # type: ignore[no-any-return]


def _different(rows: Rows) -> tuple[Array, Array]:
    item, codes = line_items(rows)
    width = len(codes) + 1
    pairs = np.sort(rows.line_row * width + item)  # nearly sorted already; np.unique would hash them
    pairs = pairs[np.flatnonzero(np.diff(pairs, prepend=-1))]
    return pairs % width, pairs // width


def _mixed(values: Array) -> Array:
    """The finaliser of splitmix64 (Steele, Lea and Flood, 2014)."""
    mixed = (values + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))
