"""Columns over windows for claims whose places are known by their tiles: what a settlement asks of each entity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from claims.clock import area_day
from claims.tables import MISSING, Array
from features.items import ON_CLAIMS, seen_on_claims
from features.kernel_live import (
    groups_of,
    last_named,
    live_distinct,
    live_last,
    live_newcomers,
    live_sums,
    taken_out,
)
from features.measures import quantity
from features.places import FAR, LAST_SEEN_BY, NEWCOMERS, Places, id_of
from features.plan import WINDOWED, Group, Plan
from features.rows import ENTITIES, TILE_ENTITIES, Rows
from features.tiles import Tile, before, empty_tile
from features.timeline import hops_of
from features.windows import LONGEST

Three = tuple[Array, Array, Array]

_NOBODY = np.empty(0, dtype=np.int64)
_NOBODIES: Three = (_NOBODY, _NOBODY, _NOBODY)
_NO_BINS = np.empty((0, 1), dtype=np.int64)
_NO_COLUMNS = np.zeros(64, dtype=np.int64)
_BEFORE_ALL = int(np.iinfo(np.int64).min)
_LONGEST = np.array([part[0] for part in hops_of((LONGEST,))], dtype=np.int64)


@dataclass(frozen=True)
class Whose:
    """One kind of entity in a frame, as `kernel_live` takes it.

    Attributes:
        group: (m,) the number of each claim's entity among the asked ones, else -1.
        first_order, cut: which events count one by one: those of the batch, and from the cut of each group (g,) on.
        queries: (place, group, t, order) of each asked claim that has the entity.
        row_of: (g,) a claim of each group.
        tiles: (g,) the packed past of each; none for entities that have no tiles.
        bounds: (g,) `hours_from`, `days_from` and `kept_from` of each tile.
        bin_group, bin_s, bins: the tiles' bins before each cut.
    """

    group: Array
    first_order: int
    cut: Array
    queries: tuple[Array, Array, Array, Array]
    row_of: Array
    tiles: Sequence[Tile | None]
    bounds: Three
    bin_group: Array
    bin_s: Array
    bins: Array


class Live:
    """The windows of a frame whose places have tiles."""

    def __init__(self, rows: Rows, places: Places) -> None:
        self._rows, self._places = rows, places
        self._events = rows.events
        self._settled = int(np.count_nonzero(rows.is_settlement))
        self._kinds: dict[str, Whose] = {}
        self._seen: dict[str, tuple[Array, Array, Array, Array]] = {}

    def fill(self, plan: Plan, counted: Array) -> None:
        """Fill the values (windowed, n) of all cells over windows; zeros before."""
        values = plan.table.values(self._rows)
        for group in plan.groups:
            if group.family in WINDOWED:
                out = counted[group.place : group.place + len(group.cells)]
                if group.family == "sum":
                    self._sums(group, values, out)
                elif group.family == "distinct":
                    self._distinct(group, out)
                elif group.family == "new":
                    self._newcomers(group, out)
                else:
                    self._last(group, out)

    def _sums(self, group: Group, values: Array, out: Array) -> None:
        whose, events = self._whose(group.per), self._events
        columns = group.columns_in(self._places.layouts[group.per]) if whose.tiles else _NO_COLUMNS
        live_sums(events.s, events.order, events.subject, values, group.columns, whose.group, whose.first_order,
                  whose.cut, whose.bin_group, whose.bin_s, whose.bins, columns, *whose.queries, *group.windows,
                  *group.pairs, out)  # fmt: skip

    def _distinct(self, group: Group, out: Array) -> None:
        whose = self._whose(group.per)
        named, bins = self._named(whose, group.per, group.what) if whose.tiles else (_NOBODIES, _NOBODIES)
        if group.what not in self._seen:
            self._seen[group.what] = self._sightings(group.what)
        live_distinct(*self._seen[group.what], whose.group, whose.first_order, whose.cut, *bins, *named,
                      *whose.queries, *group.windows, out)  # fmt: skip

    def _sightings(self, other: str) -> tuple[Array, Array, Array, Array]:
        """Who or what was seen: seconds, order, claim and number of the other of each sighting."""
        rows, events = self._rows, self._events
        if other in ON_CLAIMS:
            claim, seen = seen_on_claims(rows, other)
            settled = np.where(rows.is_settlement[claim], seen, -1)
            return rows.claims["settled_at"][claim], rows.claims["recorded_order"][claim], claim, settled
        claim = events.subject[: self._settled]
        if other == "day":
            day = area_day(rows.claims["settled_at"])
            seen = day - day.min()
        else:
            seen = rows.keys(other)
        return events.s[: self._settled], events.order[: self._settled], claim, seen[claim]

    def _named(self, whose: Whose, entity: str, other: str) -> tuple[Three, Three]:
        """The last sightings that are counted by name, and the nameless ones with what must be taken out of them."""
        named = self._last_seen(whose, entity, other)
        count = whose.bins[:, self._places.layouts[entity].column_of(other)]
        bins = whose.bin_group, whose.bin_s, count
        group, seen, s, of_bin, start, count = taken_out(*named, whose.cut, *bins, *whose.bounds)
        return _joined((group, seen, s), self._hidden(whose, entity, other)), (of_bin, start, count)

    def _last_seen(self, whose: Whose, entity: str, other: str) -> tuple[Array, Array, Array]:
        """The last stored settlement of each asked entity with the others of the batch: group, other, seconds."""
        rows, events = self._rows, self._events
        if (entity, other) not in LAST_SEEN_BY:
            return last_named(events.kind, events.s, events.order, events.subject, whose.group, rows.keys(other),
                              rows.at, self._places.first_order)  # fmt: skip
        pair = self._whose(LAST_SEEN_BY[entity, other])
        known = [(row, tile.clock.last_settled) for row, tile in zip(pair.row_of.tolist(), pair.tiles, strict=True)
                 if tile and tile.clock.last_settled != MISSING]  # fmt: skip
        row = np.array([row for row, _ in known], dtype=np.int64)
        return whose.group[row], rows.keys(other)[row], np.array([s for _, s in known], dtype=np.int64)

    def _hidden(self, whose: Whose, entity: str, other: str) -> tuple[Array, Array, Array]:
        """The last settlements before the cut of others that were seen after it."""
        found = self._places.hidden.get((entity, other), ())
        if not found:
            return _NOBODY, _NOBODY, _NOBODY
        group_of = {name: group for group, name in enumerate(self._ids(entity, whose.row_of))}
        code_of = self._rows.numbers(f"{other}_id")[1]
        kept = [(group_of[name], code_of[seen], s) for name, seen, s in found if name in group_of and seen in code_of]
        return tuple(np.array(kept, dtype=np.int64).reshape(-1, 3).T.copy())  # type: ignore[return-value]

    def _newcomers(self, group: Group, out: Array) -> None:
        whose, events = self._whose(group.per), self._events
        count = whose.bins[:, self._places.layouts[group.per].column_of(NEWCOMERS)]
        live_newcomers(events.kind, events.s, events.order, events.subject, whose.group, self._rows.keys("patient"),
                       whose.first_order, whose.cut, whose.bin_group, whose.bin_s, count,
                       *self._hidden(whose, group.per, "patient"), _LONGEST, *whose.queries, *group.windows,
                       out)  # fmt: skip

    def _last(self, group: Group, out: Array) -> None:
        whose, rows, settled = self._whose(group.per), self._rows, slice(0, self._settled)
        value = rows.claims["settled_at"] if group.family == "last" else quantity(rows, group.what)
        events = self._events
        found = np.full((out.shape[1], 2), MISSING)
        live_last(events.s[settled], events.order[settled], events.subject[settled], value, whose.group,
                  len(whose.row_of), *whose.queries, *group.windows, found)  # fmt: skip
        out[0] = found[:, 0 if group.family == "last" else 1]

    def _whose(self, entity: str) -> Whose:
        if entity not in self._kinds:
            self._kinds[entity] = self._make(entity)
        return self._kinds[entity]

    def _make(self, entity: str) -> Whose:
        rows, at = self._rows, self._rows.at
        t, order = rows.claims["settled_at"], rows.claims["recorded_order"]
        group, group_of, place, row_of = groups_of(*self._names(entity), at, order)
        asked = at[place]
        queries = place, group_of, t[asked], order[asked]
        if entity not in TILE_ENTITIES:
            cut = np.full(len(row_of), FAR)
            return Whose(group, _BEFORE_ALL, cut, queries, row_of, (), _NOBODIES, _NOBODY, _NOBODY, _NO_BINS)
        ids, cuts = self._ids(entity, row_of), self._places.cuts[entity]
        tiles = [self._places.tiles[entity].get(name) for name in ids]
        cut = np.array([FAR if cuts.get(name) is None else cuts[name] for name in ids], dtype=np.int64)
        bounds = np.array([tile.clock[:3] if tile else (MISSING,) * 3 for tile in tiles]).reshape(-1, 3).T.copy()
        width = self._places.layouts[entity].width
        bins = _bins([before(tile, cuts[name]) if tile and name in cuts else empty_tile(width)
                      for name, tile in zip(ids, tiles, strict=True)], width)  # fmt: skip
        return Whose(
            group, self._places.first_order, cut, queries, row_of, tiles, (bounds[0], bounds[1], bounds[2]), *bins
        )

    def _names(self, entity: str) -> tuple[Array, Array]:
        """The two numbers that name each claim's entity, the same one twice where one is enough."""
        rows, columns = self._rows, ENTITIES[entity]
        first = rows.numbers(columns[0])[0]
        if len(columns) == 1:
            return first, first
        if columns[1] == "total_fen":
            return first, rows.claims["total_fen"] - rows.claims["total_fen"].min()
        second = rows.numbers(columns[1])[0]
        return first, second + 1 if entity == "till" else second

    def _ids(self, entity: str, rows: Array) -> list[str]:
        columns = (self._rows.claims[column][rows].tolist() for column in ENTITIES[entity])
        return [id_of(*names) for names in zip(*columns, strict=True)]


def _joined(first: Three, second: Three) -> Three:
    """One after the other; mostly there is nothing in the second."""
    if not len(second[0]):
        return first
    one, two, three = (np.concatenate(both) for both in zip(first, second, strict=True))
    return one, two, three


def _bins(tiles: Sequence[Tile], width: int) -> tuple[Array, Array, Array]:
    """Group, first second and columns of the bins of several tiles."""
    if len(tiles) == 1:
        return np.zeros(len(tiles[0].starts), dtype=np.int64), tiles[0].starts, tiles[0].values
    tiles = [*tiles, empty_tile(width)]
    lengths = [len(tile.starts) for tile in tiles]
    starts, values = (np.concatenate([getattr(tile, name) for tile in tiles]) for name in ("starts", "values"))
    return np.repeat(np.arange(len(tiles)), lengths), starts, values
