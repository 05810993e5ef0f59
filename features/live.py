"""Columns over windows for claims whose places are known by their tiles: what a settlement asks of each entity."""

from __future__ import annotations

import numpy as np

from claims.tables import Array
from features.items import ON_CLAIMS, seen_on_claims
from features.kernel_live import BINS, fill_live
from features.live_plan import Asked, asked_by, facts_of
from features.places import FAR, Places, id_of
from features.plan import Plan
from features.rows import ENTITIES, TILE_ENTITIES, Rows
from features.tiles import before, empty_tile

_NOTHING = np.empty(0, dtype=np.int64)
_NO_HIDDEN = np.empty((0, 5), dtype=np.int64)


def fill_windows(plan: Plan, rows: Rows, places: Places, counted: Array) -> None:
    """Fill the values (windowed, n) of all cells over windows; zeros before."""
    asked, events, claims = asked_by(plan, places.layouts), rows.events, rows.claims
    ids = {entity: _ids(rows, entity) for entity in TILE_ENTITIES}
    table, bin_s, bins = _tiles(places, ids)
    (line_row, item), (diagnosis_row, diagnosis) = (_on_claims(rows, other, asked) for other in ON_CLAIMS)
    fill_live(
        events.kind, events.s, events.order, events.subject, plan.table.values(rows), facts_of(rows, asked),
        rows.is_settlement, claims["settled_at"], claims["recorded_order"], rows.at, line_row, item,
        diagnosis_row, diagnosis,
        asked.kinds, asked.passes, asked.windows, asked.pairs, asked.measures,
        places.first_order, table, bin_s, _hidden(rows, places, ids, asked), counted, *bins,
    )  # fmt: skip


def _ids(rows: Rows, entity: str) -> dict[str, int]:
    """The entities of one kind that the asked claims name, in their order, and the first claim of each."""
    alone = rows.alone
    named = zip(*(alone.claims[column][alone.at].tolist() for column in ENTITIES[entity]), strict=True)
    found: dict[str, int] = {}
    for parts, row in zip(named, rows.at.tolist(), strict=True):
        if None not in parts:
            found.setdefault(id_of(*parts), row)
    return found


def _tiles(places: Places, ids: dict[str, dict[str, int]]) -> tuple[Array, Array, list[Array]]:
    """The table of tiles as `fill_live` takes it, their bins one tile after the other, and the values by kind."""
    table: list[tuple[int, ...]] = []
    starts: list[Array] = []
    bins: list[Array] = []
    for kind, entity in enumerate(TILE_ENTITIES):
        tiles, cuts, empty = places.tiles[entity], places.cuts[entity], empty_tile(places.layouts[entity].width)
        kept = [empty]
        for name, row in ids[entity].items():
            tile, cut = tiles.get(name, empty), cuts.get(name)
            kept.append(before(tile, cut) if name in cuts else empty)
            table.append((kind, FAR if cut is None else cut, *tile.clock[:3], tile.clock.last_settled,
                          len(kept[-1].starts), row))  # fmt: skip
        starts += [tile.starts for tile in kept]
        bins.append(kept[1].values if len(kept) == 2 else np.concatenate([tile.values for tile in kept]))
    return np.array(table, dtype=np.int64).reshape(-1, BINS + 2), np.concatenate(starts), bins


def _on_claims(rows: Rows, other: str, asked: Asked) -> tuple[Array, Array]:
    return seen_on_claims(rows, other) if other in asked.on_claims else (_NOTHING, _NOTHING)


def _hidden(rows: Rows, places: Places, ids: dict[str, dict[str, int]], asked: Asked) -> Array:
    """The last settlements before the cut of others that were seen after it, as `fill_live` takes them."""
    found: list[tuple[int, ...]] = []
    for (entity, other), hidden in places.hidden.items():
        fact, code_of = ("number", f"{other}_id"), rows.numbers(f"{other}_id")[1]
        group_of = {name: group for group, name in enumerate(ids[entity])}
        if fact in asked.facts:
            head = TILE_ENTITIES.index(entity), asked.facts.index(fact)
            found += [(*head, group_of[name], code_of[seen], s) for name, seen, s in hidden
                      if name in group_of and seen in code_of]  # fmt: skip
    return np.array(found, dtype=np.int64).reshape(-1, 5) if found else _NO_HIDDEN
