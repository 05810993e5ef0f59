"""What the tables of one month are learned from, and what is learned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from claims.tables import Array
from features.closed.runs import Runs

EVERYTHING = 0
"""The number of the empty text, which stands for all institutions, items, diagnoses or drug classes."""

NO_DIAGNOSIS = "none"
"""The page of claims without a diagnosis."""


@dataclass(frozen=True)
class Cut:
    """The settlements of the months that a table covers which were known when they had ended; all columns int64.

    Attributes:
        claims: by column `settled` (its month), `institution`, `doctor` (-1: none), `patient`, `benefit`, `peers` (kind
            and level of the institution), `department` (kind of institution and name, -1: none), `sex`, `age` (-1: not
            known), `diagnosis` (the main one, -1: none) and `fen`.
        lines: `institution`, `item`, `price` of each of their lines.
        fits: `diagnosis`, `class`, and how many `claims` have both; `EVERYTHING` for all that have any of the other.
        supplies: `class` and `days_per_pack_e4` of each line that states how many days it lasts.
        texts: the texts of the numbers in each column of texts.
    """

    claims: Mapping[str, Array]
    lines: Mapping[str, Array]
    fits: Mapping[str, Array]
    supplies: Mapping[str, Array]
    texts: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Page:
    """One page of a table: n members in order and (n, v) int64 values."""

    name: str
    members: list[str]
    values: Array


Part = tuple[Array, Array, Sequence[Array]]
"""Some rows of a table: the number of the page and of the member, and a column for each value."""


@dataclass(frozen=True)
class Learned:
    """The rows of a table.

    Attributes:
        pages: the text of each number of a page; that of `EVERYTHING` is empty.
        members: the text of each number of a member.
        parts: the rows, in any order.
    """

    pages: Sequence[str]
    members: Sequence[str]
    parts: Sequence[Part]

    def by_page(self) -> Iterator[Page]:
        """The pages and the members of each in the order of their texts; page '' is always there."""
        page, member = (np.concatenate([part[place] for part in self.parts]) for place in (0, 1))
        columns = [np.concatenate(column) for column in zip(*(part[2] for part in self.parts), strict=True)]
        pages, members = _ranks(self.pages), _ranks(self.members)
        runs = Runs(pages[page], then=members[member])
        values = np.stack(columns, axis=1)[runs.places]
        names = np.array(self.members, dtype=object)[member[runs.places]].tolist()
        found = [self.pages[number] for number in runs.of(page).tolist()]
        if "" not in found:
            yield Page("", [], np.empty((0, len(columns)), dtype=np.int64))
        for name, first, size in zip(found, runs.first.tolist(), runs.sizes.tolist(), strict=True):
            yield Page(name, names[first : first + size], values[first : first + size])


def _ranks(texts: Sequence[str]) -> Array:
    """The place of each text when they are sorted."""
    ranks = np.empty(len(texts), dtype=np.int64)
    ranks[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
    return ranks
