"""Columns over the windows of an entity's past: what the compiled passes are given, and what comes back."""

from __future__ import annotations

import numpy as np

from claims.clock import area_day
from claims.tables import MISSING, Array
from features.cells import Cell
from features.items import ON_CLAIMS, seen_on_claims
from features.kernel import sums
from features.kernel_distinct import distinct
from features.kernel_largest import last_and_largest
from features.measures import event_values, quantity
from features.newcomers import changes
from features.rows import Rows
from features.timeline import Asked, Timeline, asked_of, events_of, hops_of, settlements_of, timeline

Parts = dict[Cell, Array]
"""The values of cells, each (n,) in the order of the asked claims."""
BLOCK = 16_384
"""So many rows of some columns stay in the processor's near memory."""


def windowed_sums(rows: Rows, cells: list[Cell], _nodes: object) -> Parts:
    """Counts and sums of quantities."""
    entity = cells[0].per
    overs = list(dict.fromkeys(cell.over for cell in cells))
    measures = list(dict.fromkeys((cell.what, cell.where) for cell in cells))
    pairs = [(overs.index(cell.over), measures.index((cell.what, cell.where))) for cell in cells]
    asked, pasts = asked_of(rows, entity), events_of(rows, entity)
    return _by_cell(cells, _sums_pass(asked, pasts, _values(rows, measures), overs, pairs))


def _values(rows: Rows, measures: list[tuple[str, str | None]]) -> Array:
    """What each event adds to each measure (e, measures); some events at a time, as whole columns are too far apart."""
    table = np.empty((len(rows.events.s), len(measures)), dtype=np.int64)
    for first in range(0, len(table), BLOCK):
        block = slice(first, first + BLOCK)
        for place, (what, where) in enumerate(measures):
            table[block, place] = event_values(rows, what, where, block)
    return table


def _sums_pass(
    asked: Asked, pasts: list[Timeline], values: Array, overs: list[str], pairs: list[tuple[int, int]]
) -> Array:
    """For each (window, measure) pair the sums of the asked claims (n, pairs)."""
    out = asked.room(len(pairs))
    windows, measures = np.array(pairs, dtype=np.int64).T.copy()
    for place, past in enumerate(pasts):
        sums(past.key, past.s, past.order, past.places, values, asked.key, asked.t, asked.order, asked.rows,
             *hops_of(tuple(overs)), windows, measures, out, place > 0)  # fmt: skip
    return out


def _by_cell(cells: list[Cell], answers: Array) -> Parts:
    return {cell: answers[:, place] for place, cell in enumerate(cells)}


def windowed_distinct(rows: Rows, cells: list[Cell], _nodes: object) -> Parts:
    """Numbers of different others, or days."""
    entity, other = cells[0].per, cells[0].what
    asked, overs = asked_of(rows, entity), [cell.over for cell in cells]
    if other in ON_CLAIMS:
        key, s, order, seen = _sightings(rows, entity, other)
        past = timeline(key, s, order, asked.key)
    else:
        past, seen = settlements_of(rows, entity), _seen(rows, other)
    counted = asked.room(len(cells))
    distinct(past.key, past.s, past.order, past.places, seen,
             asked.key, asked.t, asked.order, asked.rows, *hops_of(tuple(overs)), counted)  # fmt: skip
    return _by_cell(cells, counted)


def _seen(rows: Rows, other: str) -> Array:
    """The number of whom, or of which day, each claim was with; -1 for nobody (m,)."""
    if other == "day":
        day = area_day(rows.claims["settled_at"])
        return np.asarray(day - day.min()) if len(day) else day
    return rows.keys(other)


def newcomers(rows: Rows, cells: list[Cell], _nodes: object) -> Parts:
    """Numbers of patients who had not come before."""
    entity = cells[0].per
    asked, overs = asked_of(rows, entity), [cell.over for cell in cells]
    key, s, order, change = changes(rows, entity, None)
    past, pairs = timeline(key, s, order, asked.key), [(place, 0) for place in range(len(cells))]
    return _by_cell(cells, _sums_pass(asked, [past], change.reshape(-1, 1), overs, pairs))


def _sightings(rows: Rows, entity: str, other: str) -> tuple[Array, Array, Array, Array]:
    """What each settled claim showed several of: key, time, order and the number of the item or diagnosis."""
    row, seen = seen_on_claims(rows, other)
    settled = np.flatnonzero(rows.is_settlement[row])
    row, seen = row[settled], seen[settled]
    return rows.keys(entity)[row], rows.claims["settled_at"][row], rows.claims["recorded_order"][row], seen


def scans(rows: Rows, cells: list[Cell], _nodes: object) -> Parts:
    """Times of the last settlement and largest values."""
    out: Parts = {}
    for cell in cells:
        asked, past = asked_of(rows, cell.per), settlements_of(rows, cell.per)
        is_last = cell.family == "last"
        value = rows.claims["settled_at"] if is_last else quantity(rows, cell.what)
        found = np.full((asked.size, 2), MISSING, dtype=np.int64)
        length, hop, shift = (int(one[0]) for one in hops_of((cell.over,)))
        last_and_largest(past.key, past.s, past.order, past.places, value,
                         asked.key, asked.t, asked.order, asked.rows, length, hop, shift, found)  # fmt: skip
        out[cell] = found[:, 0 if is_last else 1]
    return out
