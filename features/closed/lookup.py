"""Reads learned tables as they were when each claim became known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from claims.tables import Array
from features.closed.search import look_up, places_asked
from features.closed.tables import ClosedTable


class Members:
    """Numbers for texts, the same for all pages that share it; grows and forgets nothing."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {}

    def add(self, texts: Sequence[str]) -> Array:
        """The numbers of texts, new ones for those that are new."""
        number = self._number
        return np.array([number.setdefault(text, len(number)) for text in texts], dtype=np.int64)

    def find(self, texts: Sequence[str]) -> Array:
        """The numbers of texts, -1 for those that no page has."""
        return np.array([self._number.get(text, -1) for text in texts], dtype=np.int64)

    def __len__(self) -> int:
        """How many texts."""
        return len(self._number)


@dataclass(frozen=True)
class Keys:
    """One text for each of n rows.

    Attributes:
        codes: (n,) places in `texts`, -1 for no text.
        texts: the different texts.
    """

    codes: Array
    texts: Sequence[str]

    def at(self, rows: Array) -> Keys:
        """The keys of some rows."""
        return Keys(self.codes[rows], self.texts)

    def joined(self, other: Keys) -> Keys:
        """Both texts with a bar between; none where either has none."""
        width = len(other.texts)
        pairs = np.where((self.codes >= 0) & (other.codes >= 0), self.codes * width + other.codes, -1)
        distinct, codes = np.unique(pairs, return_inverse=True)
        texts = ["" if pair < 0 else f"{self.texts[pair // width]}|{other.texts[pair % width]}" for pair in distinct]
        return Keys(np.where(pairs >= 0, codes, -1), texts)


def same(text: str, size: int) -> Keys:
    """The same text for each of `size` rows."""
    return Keys(np.zeros(size, dtype=np.int64), (text,))


@dataclass(frozen=True)
class Page:
    """One page of a table: n members in order and (n, v) int64 values."""

    name: str
    members: list[str]
    values: Array


@dataclass(frozen=True)
class Sheet:
    """A page as numbers: n members' numbers, rising, and (n, v) values."""

    members: Array
    values: Array


def sheet_of(members: Members, texts: Sequence[str], values: Array) -> Sheet:
    """The page of these members and values."""
    numbers = members.add(texts)
    order = np.argsort(numbers)
    return Sheet(numbers[order], values[order])


@dataclass(frozen=True)
class Months:
    """The months of one table, m rows in any order: until when their data reach and from when they may be read."""

    data_until: Array
    available_at: Array

    def as_of(self, known_at: Array) -> Array:
        """For each moment the newest `data_until` that was available, -1 before the first (n,)."""
        available_at, newest = self._sorted
        return np.asarray(newest[np.searchsorted(available_at, known_at, side="right")])

    @cached_property
    def _sorted(self) -> tuple[Array, Array]:
        """Moments from which something may be read, rising, and the newest data before the first and from each on."""
        order = np.argsort(self.available_at, kind="stable")
        return self.available_at[order], np.maximum.accumulate(np.concatenate([[-1], self.data_until[order]]))


@dataclass(frozen=True)
class ClosedTables:
    """Learned tables: all of the store, or the pages that one batch can ask for.

    Attributes:
        months: by table.
        sheets: by table, `data_until` and page.
        members: the numbers of all members.
    """

    months: Mapping[str, Months] = field(default_factory=dict)
    sheets: Mapping[tuple[str, int, str], Sheet] = field(default_factory=dict)
    members: Members = field(default_factory=Members)

    def read(self, table: ClosedTable, known_at: Array, page: Keys, member: Keys) -> Array:
        """What each row may know from a table.

        Args:
            table: which one.
            known_at: (n,) seconds.
            page: n pages.
            member: n members.

        Returns:
            (n, v) int64; zeros where no month was available, or where it does not have the page or the member.
        """
        found = np.zeros((len(known_at), len(table.values)), dtype=np.int64)
        if not len(known_at) or table.name not in self.months:
            return found
        untils, until = _numbered(self.months[table.name].as_of(known_at))
        width = len(page.texts)
        is_asked = places_asked(until, page.codes, width, len(untils))
        sheets: list[Sheet] = []
        sheet_at = np.full(len(is_asked), -1, dtype=np.int64)
        for asked in np.flatnonzero(is_asked).tolist():
            month, name = divmod(asked, width)
            sheet = self.sheets.get((table.name, int(untils[month]), page.texts[name]))
            if sheet is not None and len(sheet.members):
                sheet_at[asked] = len(sheets)
                sheets.append(sheet)
        if not sheets:
            return found
        held, values = sheets[0].members, sheets[0].values
        if len(sheets) > 1:
            held = np.concatenate([sheet.members for sheet in sheets])
            values = np.concatenate([sheet.values for sheet in sheets])
        ends = np.cumsum([len(sheet.members) for sheet in sheets])
        look_up(until, page.codes, width, sheet_at, ends, held, values,
                self.members.find(member.texts), member.codes, found)  # fmt: skip
        return found


def _numbered(untils: Array) -> tuple[Array, Array]:
    """The different months and the place of each row's; a batch of the service has one."""
    if (untils == untils[0]).all():
        return untils[:1], np.zeros(len(untils), dtype=np.int64)
    distinct, places = np.unique(untils, return_inverse=True)
    return distinct, places.astype(np.int64)
