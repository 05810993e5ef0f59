"""Learned tables as numbers, in flat arrays that compiled passes read as they were when each claim became known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, repeat
from typing import Any, TypeVar

import numpy as np

from claims.tables import Array
from features.closed.growing import Growing
from features.closed.search import NEVER, Sheets, months_at
from features.closed.tables import TABLES, ClosedTable

T = TypeVar("T")

MOST_MADE = 1_000
"""Values kept with the tables, see `ClosedTables.kept`."""

Header = tuple[str, int, int]
"""Table, and in seconds until when its data reach and from when it may be read."""

PageName = tuple[str, int, str]
"""Table, seconds until when its data reach, and the page."""


@dataclass(frozen=True)
class Months:
    """The months of one table, m rows in any order: until when their data reach and from when they may be read."""

    data_until: Array
    available_at: Array


class ClosedTables:
    """Learned tables: all of the store, or the pages that were asked for so far.

    It grows and forgets nothing: threads may read while one of them adds.

    Args:
        headers: the months that there are; the pages are added one by one.

    Attributes:
        months: by table.
    """

    def __init__(self, headers: Sequence[Header] = ()) -> None:
        self.months = months_of(headers)
        self._month_of = {
            name: {until: month for month, until in enumerate(sorted(one.data_until.tolist()))}
            for name, one in self.months.items()
        }
        self._width = max(map(len, self._month_of.values()), default=1)
        self._moments, self._newest = self._when_read()
        self._member_of: dict[object, int] = defaultdict(count().__next__)  # a new text gets the next number
        self._page_of: dict[str, dict[object, int]] = {table.name: {} for table in TABLES}
        self._pages = self._added = 0
        self._kept: tuple[int, Sheets] | None = None
        self._made: tuple[int, dict[object, Any]] = 0, {}
        self._sheet_of, self._begin, self._value_at, self._held = Growing(), Growing(0), Growing(), Growing()
        self._values = Growing(*[0] * max(len(table.values) for table in TABLES))

    def __len__(self) -> int:
        """How many pages of months."""
        return self._added

    def add(self, table: str, until: int, page: str, members: Sequence[str], values: Array) -> None:
        """Add a page of n members and (n, v) values; one of a month without a header is left out."""
        month, pages = self._month_of.get(table, {}).get(until), self._page_of[table]
        if month is None:
            return
        numbers = np.fromiter(map(self._member_of.__getitem__, members), dtype=np.int64, count=len(members))
        order, sheet = np.argsort(numbers), len(self)
        self._held.add(numbers[order])
        self._begin.add(np.array([len(self._held)]))
        self._value_at.add(np.array([len(self._values)]))
        self._values.add(values[order].ravel())
        row = pages.get(page, self._pages)
        if row == self._pages:
            self._sheet_of.add(np.full(self._width, -1))
            self._pages += 1
        self._sheet_of.numbers[row * self._width + month] = sheet
        pages[page] = row
        self._added += 1  # last, so that who sees it sees all of the page

    def kept(self, what: object, make: Callable[[], T]) -> T:
        """The value made by `make`, made once for `what` as long as no page is added."""
        added, made = self._made
        if added != self._added or len(made) > MOST_MADE:
            added, made = self._made = self._added, {}
        if what not in made:
            made[what] = make()
        return made[what]  # type: ignore[no-any-return]

    def members(self, texts: Iterable[object]) -> Array:
        """The numbers of members, -1 for those that no page has."""
        return _numbers(self._member_of, texts)

    def pages(self, table: ClosedTable, names: Iterable[object]) -> Array:
        """The numbers of a table's pages, -1 for those that no month has."""
        return _numbers(self._page_of[table.name], names)

    def page(self, table: ClosedTable, name: str) -> int:
        """The number of one page, -1 when no month has it."""
        return self._page_of[table.name].get(name, -1)

    @property
    def sheets(self) -> Sheets:
        """All pages as compiled passes read them, made anew when some were added."""
        kept, added = self._kept, self._added
        if kept is None or kept[0] != added:
            kept = self._kept = added, self._made_sheets()
        return kept[1]

    def _made_sheets(self) -> Sheets:
        sheet_of = self._sheet_of.numbers.reshape(-1, self._width)
        rest = (column.numbers for column in (self._begin, self._value_at, self._held, self._values))
        return Sheets(self._moments, self._newest, sheet_of, *rest)

    def missing(self, known_at: Array, asked: Mapping[str, Iterable[str]]) -> list[PageName]:
        """Those of the asked pages that are not here yet.

        Args:
            known_at: (n,) when the claims became known.
            asked: names of pages by table.
        """
        sheet_of = self._sheet_of.numbers
        found = []
        for table, of_claims in zip(TABLES, months_at(self._moments, self._newest, known_at).tolist(), strict=True):
            pages = self._page_of[table.name]
            for month in {*of_claims} - {-1}:
                for name in asked.get(table.name, ()):
                    row = pages.get(name)
                    if row is None or sheet_of[row * self._width + month] < 0:
                        until = list(self._month_of[table.name])[month]
                        found.append((table.name, until, name))
        return found

    def _when_read(self) -> tuple[Array, Array]:
        """`moments` and `newest` of `Sheets`."""
        moments = np.full((len(TABLES), self._width), NEVER)
        newest = np.full((len(TABLES), 1 + self._width), -1)
        for place, table in enumerate(TABLES):
            if table.name in self.months:
                months, month_of = self.months[table.name], self._month_of[table.name]
                order = np.argsort(months.available_at, kind="stable")
                number = [month_of[until] for until in months.data_until[order].tolist()]
                moments[place, : len(order)] = months.available_at[order]
                newest[place, 1 : 1 + len(order)] = np.maximum.accumulate(number)
        return moments, newest


def months_of(headers: Sequence[Header]) -> dict[str, Months]:
    """The months of each table."""
    names = {name for name, _, _ in headers}
    parts = {name: [(until, at) for other, until, at in headers if other == name] for name in names}
    return {name: Months(*np.array(part, dtype=np.int64).T) for name, part in parts.items()}


def _numbers(number_of: Mapping[object, int], texts: Iterable[object]) -> Array:
    return np.array(list(map(number_of.get, texts, repeat(-1))), dtype=np.int64)
