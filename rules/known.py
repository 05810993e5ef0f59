"""Which knowledge points hold for which lines; a kind that nobody loaded costs one look into a dictionary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from propcache.api import cached_property

from claims.lookup import Codes, holds_on
from claims.masks import rows_where
from claims.tables import Array, Columns

_NOTHING = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Points:
    """k matches of lines with points.

    Attributes:
        line: (k,) rows of the lines, rising.
        row: (k,) rows of the knowledge table.
        table: that table.
    """

    line: Array
    row: Array
    table: Columns

    def __len__(self) -> int:
        return len(self.line)

    def of(self, name: str) -> Array:
        """(k,) a column of the points."""
        return self.table[name][self.row]

    def where(self, mask: Array) -> Points:
        """Some of the matches."""
        return Points(self.line[mask], self.row[mask], self.table)

    def in_table_order(self) -> Points:
        """The same matches, those of a line in the order of their tables and rows."""
        order = np.lexsort((self.of("row_number"), self.of("batch_id"), self.line))
        return self.where(order)

    def one_a_line(self) -> Points:
        """For each line the point that began last: two tables may say something of the same item."""
        if len(self) < 2:
            return self
        order = np.lexsort((self.row, self.of("valid_from"), self.line))
        last = np.append(self.line[order][1:] != self.line[order][:-1], True)
        return self.where(order[last])


class Known:
    """The points of a context, found by item code, kind and day."""

    def __init__(self, table: Columns | None) -> None:
        self.table: Columns = table or {}

    @cached_property
    def _rows_of(self) -> dict[str, Array]:
        """The rows of each kind that may act."""
        if not self.table or not len(self.table["kind"]):
            return {}
        codes = Codes(self.table["kind"].tolist())
        acts = rows_where(self.table["is_understood"])
        kinds = codes.of_rows[acts]
        return {str(self.table["kind"][rows[0]]): rows for kind in np.unique(kinds) for rows in [acts[kinds == kind]]}

    @cached_property
    def codes(self) -> Codes:
        """Numbers of the items that any point is about, also as the second of a pair."""
        others = [code for code in self.table["other_code"].tolist() if code is not None]
        return Codes([*self.table["item_code"].tolist(), *others])

    @property
    def items(self) -> Array:
        """The number of the item of each row of the table."""
        return self.codes.of_rows[: len(self.table["item_code"])]

    @cached_property
    def names(self) -> dict[str, str]:
        """How the tables call the items that they are about."""
        if not self._rows_of:
            return {}
        return dict(zip(self.table["item_code"].tolist(), self.table["item_name"].tolist(), strict=True))

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The kinds that there is a point of."""
        return frozenset(self._rows_of)

    def rows_of(self, kind: str) -> Array:
        """The rows of a kind."""
        return self._rows_of.get(kind, _NOTHING)

    def numbers_of(self, item_codes: Array) -> Array:
        """The number of each item code, -1 for one that no point is about."""
        if not self._rows_of:
            return np.full(len(item_codes), -1, dtype=np.int64)
        return self.codes.of(item_codes.tolist())

    def points(self, kind: str, items: Array, days: Array) -> Points:
        """The points of a kind that hold for lines on their days.

        Args:
            kind: one of rules.knowledge.kinds.
            items: (m,) numbers of the lines' items, from `numbers_of`.
            days: (m,) days since 1970.
        """
        rows = self.rows_of(kind)
        if not len(rows):
            return Points(_NOTHING, _NOTHING, self.table)
        of_rows = self.items[rows]
        order = np.argsort(of_rows, kind="stable")
        line, place = matches(of_rows[order], items)
        row = rows[order[place]]
        holds = holds_on(self.table["valid_from"][row], self.table["valid_until"][row], days[line])
        return Points(line[holds], row[holds], self.table)


def matches(keys: Array, asked: Array) -> tuple[Array, Array]:
    """Every pair of an asked key and an equal one of `keys`.

    Args:
        keys: (r,) rising.
        asked: (n,).

    Returns:
        (k,) places in `asked`, rising, and (k,) places in `keys`.

    >>> matches(np.array([1, 1, 3]), np.array([3, 2, 1]))
    (array([0, 2, 2]), array([2, 0, 1]))
    """
    first, last = np.searchsorted(keys, asked), np.searchsorted(keys, asked, side="right")
    counts = last - first
    at = np.repeat(np.arange(len(asked)), counts)
    within = np.arange(len(at)) - np.repeat(np.cumsum(counts) - counts, counts)
    return at, first[at] + within
