"""Columns over the windows of an entity's past: what the compiled passes are given, and what comes back."""

from __future__ import annotations

import numpy as np

from claims.clock import area_day
from claims.tables import Array
from features.cells import Cell
from features.items import ON_CLAIMS, seen_on_claims
from features.kernel import last_and_largest, sums
from features.kernel_distinct import distinct
from features.last_seen import named_sightings
from features.measures import event_values, quantity
from features.newcomers import changes
from features.places import NEWCOMERS, PAST, Places, base_events, is_single
from features.rows import SETTLED, TILE_ENTITIES, Rows
from features.timeline import Asked, Timeline, events_of, settlements_of, timeline

Parts = dict[Cell, Array]
"""The values of cells, each (n,) in the order of the asked claims."""


def windowed_sums(rows: Rows, cells: list[Cell], places: Places | None, _nodes: object) -> Parts:
    """Counts and sums of quantities."""
    entity = cells[0].per
    overs = list(dict.fromkeys(cell.over for cell in cells))
    asked, events = Asked(rows, entity, overs), rows.events
    measures = list(dict.fromkeys((cell.what, cell.where) for cell in cells))
    columns = [_values_once(rows, what, where) for what, where in measures]
    if places and entity in TILE_ENTITIES:
        key = rows.keys(entity)[events.subject]
        kept = (key >= 0) & is_single(places, rows, entity)
        base = base_events(places, rows, entity)
        of_base = [base.values[:, places.layouts[entity].measures.index(measure)] for measure in measures]
        columns = [np.concatenate([old, new[kept]]) for old, new in zip(of_base, columns, strict=True)]
        past = timeline(
            np.concatenate([base.key, key[kept]]),
            np.concatenate([base.s, events.s[kept]]),
            np.concatenate([np.full(len(base.key), PAST), events.order[kept]]),
            asked.key,
        )
    else:
        past = events_of(rows, entity)
    pairs = [(overs.index(cell.over), measures.index((cell.what, cell.where))) for cell in cells]
    found = _sums_pass(asked, past, columns, pairs)
    return {cell: asked.back(one) for cell, one in zip(cells, found, strict=True)}


def _values_once(rows: Rows, what: str, where: str | None) -> Array:
    return rows.once("event values", f"{what}/{where}", lambda: event_values(rows, what, where))  # type: ignore[no-any-return]


def _sums_pass(asked: Asked, past: Timeline, columns: list[Array], pairs: list[tuple[int, int]]) -> Array:
    """For each (window, measure) pair the sums of the asked claims, as `Asked.back` takes them."""
    values = np.empty((len(past.key), len(columns)), dtype=np.int64)
    for place, column in enumerate(columns):
        values[:, place] = column[past.places]
    out = asked.room(len(pairs))
    windows, measures = np.array(pairs, dtype=np.int64).T.copy()
    sums(past.key, past.s, past.order, values, past.by_order, asked.key, asked.t, asked.order, asked.starts,
         windows, measures, out)  # fmt: skip
    return out


def windowed_distinct(rows: Rows, cells: list[Cell], places: Places | None, _nodes: object) -> Parts:
    """Numbers of different others, or days."""
    entity, other = cells[0].per, cells[0].what
    asked = Asked(rows, entity, [cell.over for cell in cells])
    bins_count = None
    if places and entity in TILE_ENTITIES:
        key, s, order, seen = _sightings(rows, entity, other)
        single = is_single(places, rows, entity)
        sightings, corrections = named_sightings(places, rows, entity, other)
        kept = single[rows.events.kind == SETTLED]
        past = timeline(
            np.concatenate([sightings.key, key[kept]]), np.concatenate([sightings.s, s[kept]]),
            np.concatenate([np.full(len(sightings.key), PAST), order[kept]]), asked.key,
        )  # fmt: skip
        seen = np.concatenate([sightings.values[:, 0], seen[kept]])[past.places]
        base, column = base_events(places, rows, entity), places.layouts[entity].column_of(other)
        bins = timeline(
            np.concatenate([base.key, corrections.key]), np.concatenate([base.s, corrections.s]),
            np.full(len(base.key) + len(corrections.key), PAST), asked.key,
        )  # fmt: skip
        unnamed = np.concatenate([base.values[:, column], corrections.values[:, 0]])
        bins_count = _sums_pass(asked, bins, [unnamed], [(place, 0) for place in range(len(cells))])
    elif other in ON_CLAIMS:
        key, s, order, seen = _sightings(rows, entity, other)
        past = timeline(key, s, order, asked.key)
        seen = seen[past.places]
    else:
        past = settlements_of(rows, entity)
        seen = _seen(rows, other)[past.places]
    counted = asked.room(len(cells))
    distinct(past.key, past.s, past.order, seen, past.by_order, asked.key, asked.t, asked.order, asked.starts,
             counted)  # fmt: skip
    if bins_count is not None:
        counted += bins_count
    return {cell: asked.back(one) for cell, one in zip(cells, counted, strict=True)}


def _seen(rows: Rows, other: str) -> Array:
    """The number of whom, or of which day, each claim was with; -1 for nobody (m,)."""
    if other == "day":
        day = area_day(rows.claims["settled_at"])
        return np.asarray(day - day.min()) if len(day) else day
    return rows.keys(other)


def newcomers(rows: Rows, cells: list[Cell], places: Places | None, _nodes: object) -> Parts:
    """Numbers of patients who had not come before."""
    entity = cells[0].per
    asked = Asked(rows, entity, [cell.over for cell in cells])
    key, s, order, change = changes(rows, entity, places)
    if places:
        base, column = base_events(places, rows, entity), places.layouts[entity].column_of(NEWCOMERS)
        key, s = np.concatenate([base.key, key]), np.concatenate([base.s, s])
        order = np.concatenate([np.full(len(base.key), PAST), order])
        change = np.concatenate([base.values[:, column], change])
    found = _sums_pass(asked, timeline(key, s, order, asked.key), [change], [(place, 0) for place in range(len(cells))])
    return {cell: asked.back(one) for cell, one in zip(cells, found, strict=True)}


def _sightings(rows: Rows, entity: str, other: str) -> tuple[Array, Array, Array, Array]:
    """Who was seen with what: key, time, order and the number of the other, one a settlement, item or diagnosis."""
    if other in ON_CLAIMS:
        row, seen = seen_on_claims(rows, other)
        settled = np.flatnonzero(rows.is_settlement[row])
        row, seen = row[settled], seen[settled]
    else:
        row = np.flatnonzero(rows.is_settlement)
        seen = _seen(rows, other)[row]
    return rows.keys(entity)[row], rows.claims["settled_at"][row], rows.claims["recorded_order"][row], seen


def scans(rows: Rows, cells: list[Cell], _places: object, _nodes: object) -> Parts:
    """Times of the last settlement and largest values."""
    out: Parts = {}
    for cell in cells:
        asked, past = Asked(rows, cell.per, [cell.over]), settlements_of(rows, cell.per)
        value = past.s if cell.family == "last" else quantity(rows, cell.what)[past.places]
        last, largest = last_and_largest(past.key, past.s, past.order, value,
                                         asked.key, asked.t, asked.order, asked.starts[:, 0])  # fmt: skip
        out[cell] = asked.spread(last if cell.family == "last" else largest, int(np.iinfo(np.int64).min))
    return out
