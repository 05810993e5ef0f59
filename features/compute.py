"""Computes columns for claims from what was known before each: the one path of service, screening and training."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import groupby
from typing import Any

import numpy as np

from claims.batch import ClaimBatch
from claims.clock import area_day
from claims.context import Context
from claims.tables import Array
from features.cells import Cell, cells_of, value_of
from features.declare import Feature
from features.habits import read_habits
from features.kernel import last_and_largest, sums
from features.kernel_distinct import distinct
from features.last_seen import named_sightings
from features.measures import event_values, quantity
from features.newcomers import changes
from features.own import OWN
from features.places import NEWCOMERS, PAST, Places, base_events, is_single
from features.rows import SETTLED, TILE_ENTITIES, Rows, gather, number
from features.stays import read_stays
from features.supply import read_chest
from features.timeline import Asked, Timeline, events_of, settlements_of, timeline
from graphs.columns import NODE_COLUMNS, NodeChanges, as_of


def compute(
    features: Sequence[Feature],
    batch: ClaimBatch,
    context: Context,
    places: Places | None = None,
    nodes: Mapping[str, NodeChanges] | None = None,
) -> Array:
    """The columns of `batch`, each from the claims of lower order that were settled by then.

    Args:
        features: k features.
        batch: n claims with their orders; reversals get a row of zeros.
        context: its history holds the claims to look back on: all of the store, or, with `places`, those of the
            batch's patients. Later claims in it change nothing.
        places: packed past of the batch's doctors and institutions; None when `history` holds their claims.
        nodes: link and ring columns by node kind; zeros for a kind that is not there.

    Returns:
        (n, k) float64, never null, each column in its feature's unit.
    """
    return compute_rows(features, gather_for(batch, context, places), places, nodes)


def gather_for(batch: ClaimBatch, context: Context, places: Places | None = None) -> Rows:
    """The frame that `compute_rows` works on."""
    return gather(batch, [context.history, places.rows] if places else [context.history], context)


def compute_rows(
    features: Sequence[Feature],
    rows: Rows,
    places: Places | None = None,
    nodes: Mapping[str, NodeChanges] | None = None,
    workers: int = 1,
) -> Array:
    """As `compute`, for the asked claims of a frame that the caller goes on using.

    Args:
        features: k features.
        rows: the frame.
        places: as in `compute`.
        nodes: as in `compute`.
        workers: threads that share the work; worth it from some hundred thousand claims on.
    """
    cells = sorted({cell for feature in features for cell in cells_of(feature)}, key=_group)
    groups = [list(members) for _, members in groupby(cells, key=_group)]
    settled_at = rows.claims["settled_at"][rows.at]
    matrix = np.empty((len(features), len(rows.at)), dtype=np.float64).T  # one column after the other in memory
    parts: dict[Cell, Array] = {}

    def evaluate(members: list[Cell]) -> Parts:
        return _EVALUATORS[members[0].family](rows, members, places, nodes or {})

    def fill(column: int) -> None:
        matrix[:, column] = value_of(features[column], parts, settled_at)

    with _mapping(workers, rows) as map_:
        for found in map_(evaluate, groups):
            parts.update(found)
        list(map_(fill, range(len(features))))
    matrix[~rows.is_settlement[rows.at]] = 0.0
    return matrix


@contextmanager
def _mapping(workers: int, rows: Rows) -> Iterator[Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]]:
    """Python's `map`, or that of so many threads."""
    if workers == 1:
        yield map
        return
    _ = rows.events  # before the threads, as they would each make it
    with ThreadPoolExecutor(workers) as pool:
        yield pool.map


def _group(cell: Cell) -> tuple[str, str, str]:
    """Cells of one group share a pass: all sums of an entity, all windows of one distinct other, all chest readings."""
    return cell.family, cell.per, cell.what if cell.family in ("distinct", "last", "max") else ""


Parts = dict[Cell, Array]
Evaluator = Callable[[Rows, list[Cell], Places | None, Mapping[str, NodeChanges]], Parts]


def _sums(rows: Rows, cells: list[Cell], places: Places | None, _nodes: object) -> Parts:
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


def _distinct(rows: Rows, cells: list[Cell], places: Places | None, _nodes: object) -> Parts:
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
            np.concatenate([np.full(len(sightings.key), PAST), order[kept]]),
        )  # fmt: skip
        seen = np.concatenate([sightings.values[:, 0], seen[kept]])[past.places]
        base, column = base_events(places, rows, entity), places.layouts[entity].column_of(other)
        bins = timeline(
            np.concatenate([base.key, corrections.key]), np.concatenate([base.s, corrections.s]),
            np.full(len(base.key) + len(corrections.key), PAST),
        )  # fmt: skip
        unnamed = np.concatenate([base.values[:, column], corrections.values[:, 0]])
        bins_count = _sums_pass(asked, bins, [unnamed], [(place, 0) for place in range(len(cells))])
    elif other == "item":
        key, s, order, seen = _sightings(rows, entity, other)
        past = timeline(key, s, order)
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
        return np.asarray(day - day.min(initial=0))
    return rows.keys(other)


def _newcomers(rows: Rows, cells: list[Cell], places: Places | None, _nodes: object) -> Parts:
    entity = cells[0].per
    asked = Asked(rows, entity, [cell.over for cell in cells])
    key, s, order, change = changes(rows, entity, places)
    if places:
        base, column = base_events(places, rows, entity), places.layouts[entity].column_of(NEWCOMERS)
        key, s = np.concatenate([base.key, key]), np.concatenate([base.s, s])
        order = np.concatenate([np.full(len(base.key), PAST), order])
        change = np.concatenate([base.values[:, column], change])
    found = _sums_pass(asked, timeline(key, s, order), [change], [(place, 0) for place in range(len(cells))])
    return {cell: asked.back(one) for cell, one in zip(cells, found, strict=True)}


def _sightings(rows: Rows, entity: str, other: str) -> tuple[Array, Array, Array, Array]:
    """Who was seen with what: key, time, order and the number of the other, one a settlement (or a line for items)."""
    if other == "item":
        lines = _settled_lines(rows)
        row, seen = rows.line_row[lines], number(rows.lines["item_code"][lines])[0]
    else:
        row = np.flatnonzero(rows.is_settlement)
        seen = _seen(rows, other)[row]
    return rows.keys(entity)[row], rows.claims["settled_at"][row], rows.claims["recorded_order"][row], seen


def _settled_lines(rows: Rows) -> Array:
    return np.flatnonzero(rows.is_settlement[rows.line_row])


def _scans(rows: Rows, cells: list[Cell], _places: object, _nodes: object) -> Parts:
    out: Parts = {}
    for cell in cells:
        asked, past = Asked(rows, cell.per, [cell.over]), settlements_of(rows, cell.per)
        value = past.s if cell.family == "last" else quantity(rows, cell.what)[past.places]
        last, largest = last_and_largest(past.key, past.s, past.order, value,
                                         asked.key, asked.t, asked.order, asked.starts[:, 0])  # fmt: skip
        out[cell] = asked.spread(last if cell.family == "last" else largest, int(np.iinfo(np.int64).min))
    return out


Reader = Callable[[Rows, Sequence[tuple[str, str]]], dict[tuple[str, str], Array]]


def _read_with(read: Reader) -> Evaluator:
    """The evaluator of readings that a function gives by (name, window)."""

    def evaluate(rows: Rows, cells: list[Cell], _places: object, _nodes: object) -> Parts:
        found = read(rows, [(cell.what, cell.over) for cell in cells])
        return {cell: found[cell.what, cell.over] for cell in cells}

    return evaluate


def _own(rows: Rows, cells: list[Cell], _places: object, _nodes: object) -> Parts:
    return {cell: OWN[cell.what](rows)[rows.at] for cell in cells}


def _nodes_of(rows: Rows, cells: list[Cell], _places: object, nodes: Mapping[str, NodeChanges]) -> Parts:
    kind = cells[0].per
    ids, known_at = rows.claims[f"{kind}_id"][rows.at], rows.claims["known_at"][rows.at]
    columns = [column.name for column in NODE_COLUMNS if column.node_kind == kind]
    values = np.zeros((len(rows.at), len(columns)))
    if kind in nodes:
        values = as_of(nodes[kind], ids, known_at)
    return {cell: values[:, columns.index(cell.what)] for cell in cells}


_EVALUATORS: dict[str, Evaluator] = {
    "sum": _sums,
    "distinct": _distinct,
    "new": _newcomers,
    "last": _scans,
    "max": _scans,
    "supply": _read_with(read_chest),
    "habit": _read_with(read_habits),
    "stay": _read_with(read_stays),
    "own": _own,
    "node": _nodes_of,
}
