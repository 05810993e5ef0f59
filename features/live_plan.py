"""What a plan asks about a few claims, as numbers: bound once, so that a settlement brings nothing but its claims."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from claims.clock import area_day
from claims.tables import Array
from features.items import ON_CLAIMS
from features.measures import quantity
from features.places import LAST_SEEN_BY, NEWCOMERS, Layout
from features.plan import WINDOWED, Group, Plan
from features.rows import ENTITIES, TILE_ENTITIES, Rows

SUM, DISTINCT, NEW, LAST, LARGEST = range(5)
"""Families of passes."""

ITEMS, DIAGNOSES = -2, -1
"""What is counted that is no fact of a claim, as one claim may show several."""

FIRST, SECOND, ADDED, TILE, BEGIN, END = range(6)
"""Columns of kinds: the rows of facts whose two numbers name the entity, what is added to the second, the place among
`TILE_ENTITIES` or -1, and which passes are about it."""

FAMILY, PLACE, CELLS, WINDOW, WINDOWS, MEASURE, MEASURES, WHAT, COLUMN, SEEN_BY = range(10)
"""Columns of passes: the family, the first cell and how many, the first window and how many, likewise measures of sums;
the row of facts that is counted or looked up, or one of the two above; the column of a tile that counts it nameless;
the place among `TILE_ENTITIES` of the pair whose tile tells when it was last seen, -1 where the claims tell."""

Fact = tuple[str, str]


@dataclass(frozen=True)
class Asked:
    """All passes over windows of a plan.

    Attributes:
        facts: what must be known of each claim: the text columns as numbers, and what is counted of them.
        kinds: (e, 6) the entities, in the order of passes.
        passes: (p, 10)
        windows: (3, w) length, hop and shift.
        pairs: (2, cells) for each cell of sums its window and its measure within the pass.
        measures: (2, k) the columns of measures in the plan's table of events and in a tile.
        on_claims: which of `ON_CLAIMS` are counted.
    """

    facts: tuple[Fact, ...]
    kinds: Array
    passes: Array
    windows: Array
    pairs: Array
    measures: Array
    on_claims: frozenset[str]


_last: list[tuple[Plan, Mapping[str, Layout], Asked]] = []


def asked_by(plan: Plan, layouts: Mapping[str, Layout]) -> Asked:
    """The passes of a plan over tiles of these layouts; the last ones are kept, as `plan_of` keeps the plan."""
    for known, of, asked in _last:
        if known is plan and of is layouts:
            return asked
    asked = _asked(plan, layouts)
    _last[:] = [(plan, layouts, asked)]
    return asked


def _asked(plan: Plan, layouts: Mapping[str, Layout]) -> Asked:
    groups = sorted((group for group in plan.groups if group.family in WINDOWED), key=lambda group: group.per)
    facts: dict[Fact, int] = {}
    kinds: list[tuple[int, ...]] = []
    passes: list[tuple[int, ...]] = []
    pairs, windows, measures = np.zeros((2, plan.windowed), dtype=np.int64), [_NONE[:3]], [_NONE[:2]]
    for entity, members in groupby(groups, key=lambda group: group.per):
        begin, layout = len(passes), layouts.get(entity)
        for group in members:
            window, measure = (sum(part.shape[1] for part in parts) for parts in (windows, measures))
            windows.append(np.array(group.windows))
            if group.family == "sum":
                pairs[:, group.place : group.place + len(group.cells)] = group.pairs
                in_tile = group.columns_in(layout) if layout else np.zeros_like(group.columns)
                measures.append(np.array([group.columns, in_tile]))
            passes.append((
                _FAMILIES[group.family], group.place, len(group.cells), window, len(group.overs), measure,
                len(group.columns), _what(group, facts), _column(group, layout), _seen_by(group),
            ))  # fmt: skip
        kinds.append((*_named_by(entity, facts), begin, len(passes)))
    return Asked(
        tuple(facts), _table(kinds, 6), _table(passes, 10), np.hstack(windows), pairs, np.hstack(measures),
        frozenset(group.what for group in groups if group.family == "distinct" and group.what in ON_CLAIMS),
    )  # fmt: skip


_FAMILIES = {"sum": SUM, "distinct": DISTINCT, "new": NEW, "last": LAST, "max": LARGEST}
_NONE = np.empty((3, 0), dtype=np.int64)


def _table(rows: Sequence[tuple[int, ...]], width: int) -> Array:
    return np.array(rows, dtype=np.int64).reshape(-1, width)


def _row(facts: dict[Fact, int], how: str, name: str) -> int:
    """The row of a fact, added where it is not there yet."""
    return facts.setdefault((how, name), len(facts))


def _named_by(entity: str, facts: dict[Fact, int]) -> tuple[int, int, int, int]:
    """The first four columns of a kind; the same number twice where one column is enough."""
    rows = [_row(facts, "least" if name == "total_fen" else "number", name) for name in ENTITIES[entity]]
    tile = TILE_ENTITIES.index(entity) if entity in TILE_ENTITIES else -1
    return rows[0], rows[-1], int(entity == "till"), tile


def _what(group: Group, facts: dict[Fact, int]) -> int:
    """What is counted by a pass or looked up, as a row of facts, or one that is none."""
    if group.family == "sum":
        return 0
    if group.family == "distinct" and group.what in ON_CLAIMS:
        return ITEMS if group.what == "item" else DIAGNOSES
    if group.family in ("last", "max"):
        return _row(facts, "time", "") if group.family == "last" else _row(facts, "quantity", group.what)
    other = "patient" if group.family == "new" else group.what
    if other in ENTITIES and ENTITIES[other] != ("total_fen",):
        return _row(facts, "number", ENTITIES[other][0])
    return _row(facts, "day" if other == "day" else "key", other)


def _column(group: Group, layout: Layout | None) -> int:
    """The column of a tile that counts others nameless, -1 for entities without tiles."""
    if layout is None or group.family not in ("distinct", "new"):
        return -1
    return layout.column_of(NEWCOMERS if group.family == "new" else group.what)


def _seen_by(group: Group) -> int:
    pair = LAST_SEEN_BY.get((group.per, group.what)) if group.family == "distinct" else None
    return TILE_ENTITIES.index(pair) if pair else -1


def _days(rows: Rows) -> Array:
    day = area_day(rows.claims["settled_at"])
    return np.asarray(day - day.min())


def facts_of(rows: Rows, asked: Asked) -> Array:
    """The facts of each of m claims (facts, m) int64."""
    return np.array([_FACTS[how](rows, name) for how, name in asked.facts], dtype=np.int64)


_FACTS: dict[str, Callable[[Rows, str], Array]] = {
    "number": lambda rows, column: rows.numbers(column)[0],
    "least": lambda rows, column: rows.claims[column] - rows.claims[column].min(),
    "key": lambda rows, entity: rows.keys(entity),
    "day": lambda rows, _: _days(rows),
    "time": lambda rows, _: rows.claims["settled_at"],
    "quantity": quantity,
}
"""How each kind of fact is known."""
