"""Computes columns for claims from what was known before each: the one path of service, screening and training."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

import numpy as np

from claims.batch import ClaimBatch
from claims.clock import area_day
from claims.context import Context
from claims.tables import Array
from features.cells import Cell, cells_of, value_of
from features.declare import Feature
from features.habits import read_habits
from features.kernel import distinct, last_and_largest, sums
from features.last_seen import named_sightings
from features.measures import event_values, quantity
from features.newcomers import changes
from features.own import OWN
from features.places import NEWCOMERS, PAST, Places, base_events, is_single
from features.rows import SETTLED, TILE_ENTITIES, Rows, gather, number, pair_up
from features.stays import read_stays
from features.supply import read_chest
from features.windows import window
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
) -> Array:
    """As `compute`, for the asked claims of a frame that the caller goes on using."""
    cells = sorted({cell for feature in features for cell in cells_of(feature)}, key=_group)
    parts: dict[Cell, Array] = {}
    for (family, _per, _what), members in groupby(cells, key=_group):
        parts.update(_EVALUATORS[family](rows, list(members), places, nodes or {}))
    settled_at = rows.claims["settled_at"][rows.at]
    matrix = np.empty((len(rows.at), len(features)), dtype=np.float64)
    for column, feature in enumerate(features):
        matrix[:, column] = value_of(feature, parts, settled_at)
    matrix[~rows.is_settlement[rows.at]] = 0.0
    return matrix


def _group(cell: Cell) -> tuple[str, str, str]:
    """Cells of one group share a pass: all sums of an entity, all windows of one distinct other, all chest readings."""
    return cell.family, cell.per, cell.what if cell.family in ("distinct", "last", "max") else ""


Parts = dict[Cell, Array]
Evaluator = Callable[[Rows, list[Cell], Places | None, Mapping[str, NodeChanges]], Parts]


class _Asked:
    """The asked claims of one entity in the kernel's order: those that have the entity, sorted by (key, order)."""

    def __init__(self, rows: Rows, entity: str, overs: Sequence[str]) -> None:
        keys, order = rows.keys(entity)[rows.at], rows.claims["recorded_order"][rows.at]
        places = np.lexsort((order, keys))
        self.places = places[keys[places] >= 0]
        self.key, self.order = keys[self.places], order[self.places]
        self.t = rows.claims["settled_at"][rows.at][self.places]
        starts = [window(over).start(self.t) for over in overs]
        self.starts = np.stack(starts, axis=1) if starts else np.empty((len(self.t), 0), dtype=np.int64)
        self.size = len(rows.at)

    def spread(self, values: Array, empty: int = 0) -> Array:
        """Values of the sorted queries brought back to the places of their claims."""
        out = np.full((self.size, *values.shape[1:]), empty, dtype=np.int64)
        out[self.places] = values
        return out


def _sums(rows: Rows, cells: list[Cell], places: Places | None, _nodes: object) -> Parts:
    entity = cells[0].per
    overs = list(dict.fromkeys(cell.over for cell in cells))
    asked, events = _Asked(rows, entity, overs), rows.events
    measures = list(dict.fromkeys((cell.what, cell.where) for cell in cells))
    key, s, order = rows.keys(entity)[events.subject], events.s, events.order
    values = np.stack([event_values(rows, what, where) for what, where in measures], axis=1)
    kept = key >= 0
    if places and entity in TILE_ENTITIES:
        kept &= is_single(places, rows, entity)
        base = base_events(places, rows, entity)
        columns = [places.layouts[entity].measures.index(measure) for measure in measures]
        key, s = np.concatenate([base.key, key[kept]]), np.concatenate([base.s, s[kept]])
        order = np.concatenate([np.full(len(base.key), PAST), order[kept]])
        values = np.concatenate([base.values[:, columns], values[kept]])
    elif not kept.all():
        key, s, order, values = key[kept], s[kept], order[kept], values[kept]
    window_of = np.array([overs.index(cell.over) for cell in cells], dtype=np.int64)
    measure_of = np.array([measures.index((cell.what, cell.where)) for cell in cells], dtype=np.int64)
    out = asked.spread(_sums_pass(asked, key, s, order, values, window_of, measure_of))
    return {cell: out[:, column] for column, cell in enumerate(cells)}


def _sums_pass(
    asked: _Asked, key: Array, s: Array, order: Array, values: Array, window_of: Array, measure_of: Array
) -> Array:
    by_time = np.lexsort((order, s, key))
    key, s, order = key[by_time], s[by_time], order[by_time]
    return sums(key, s, order, np.ascontiguousarray(values[by_time]), np.lexsort((order, key)),
                asked.key, asked.t, asked.order, asked.starts, window_of, measure_of)  # fmt: skip


def _distinct(rows: Rows, cells: list[Cell], places: Places | None, _nodes: object) -> Parts:
    entity, other = cells[0].per, cells[0].what
    asked = _Asked(rows, entity, [cell.over for cell in cells])
    key, s, order, seen = _sightings(rows, entity, other)
    extra = np.zeros(asked.starts.shape, dtype=np.int64)
    if places and entity in TILE_ENTITIES:
        single = is_single(places, rows, entity)
        sightings, corrections = named_sightings(places, rows, entity, other)
        kept = single[rows.events.kind == SETTLED]
        key, s = np.concatenate([sightings.key, key[kept]]), np.concatenate([sightings.s, s[kept]])
        order = np.concatenate([np.full(len(sightings.key), PAST), order[kept]])
        seen = np.concatenate([sightings.values[:, 0], seen[kept]])
        base, column = base_events(places, rows, entity), places.layouts[entity].column_of(other)
        every = np.arange(len(cells))
        extra = _sums_pass(
            asked, np.concatenate([base.key, corrections.key]), np.concatenate([base.s, corrections.s]),
            np.full(len(base.key) + len(corrections.key), PAST),
            np.concatenate([base.values[:, column : column + 1], corrections.values]), every, np.zeros_like(every),
        )  # fmt: skip
    kept = (key >= 0) & (seen >= 0)
    key, s, order, seen = key[kept], s[kept], order[kept], seen[kept]
    by_time = np.lexsort((order, s, key))
    key, s, order, seen = key[by_time], s[by_time], order[by_time], seen[by_time]
    pairs, pair = np.unique(pair_up(key, seen), return_inverse=True)
    counted = distinct(key, s, order, pair.astype(np.int64), len(pairs), np.lexsort((order, key)),
                       asked.key, asked.t, asked.order, asked.starts)  # fmt: skip
    out = asked.spread(counted + extra)
    return {cell: out[:, column] for column, cell in enumerate(cells)}


def _newcomers(rows: Rows, cells: list[Cell], places: Places | None, _nodes: object) -> Parts:
    entity = cells[0].per
    asked = _Asked(rows, entity, [cell.over for cell in cells])
    key, s, order, change = changes(rows, entity, places)
    if places:
        base, column = base_events(places, rows, entity), places.layouts[entity].column_of(NEWCOMERS)
        key, s = np.concatenate([base.key, key]), np.concatenate([base.s, s])
        order = np.concatenate([np.full(len(base.key), PAST), order])
        change = np.concatenate([base.values[:, column], change])
    every = np.arange(len(cells))
    out = asked.spread(_sums_pass(asked, key, s, order, change[:, None], every, np.zeros_like(every)))
    return {cell: out[:, column] for column, cell in enumerate(cells)}


def _sightings(rows: Rows, entity: str, other: str) -> tuple[Array, Array, Array, Array]:
    """Who was seen with what: key, time, order and the number of the other, one a settlement (or a line for items)."""
    settled = np.flatnonzero(rows.is_settlement)
    seen_of: dict[str, Callable[[], Array]] = {
        "day": lambda: number(area_day(rows.claims["settled_at"][settled]))[0],
        "item": lambda: number(rows.lines["item_code"][_settled_lines(rows)])[0],
    }
    seen = seen_of[other]() if other in seen_of else rows.keys(other)[settled]
    row = rows.line_row[_settled_lines(rows)] if other == "item" else settled
    return rows.keys(entity)[row], rows.claims["settled_at"][row], rows.claims["recorded_order"][row], seen


def _settled_lines(rows: Rows) -> Array:
    return np.flatnonzero(rows.is_settlement[rows.line_row])


def _scans(rows: Rows, cells: list[Cell], _places: object, _nodes: object) -> Parts:
    out: Parts = {}
    settled = np.flatnonzero(rows.is_settlement)
    for cell in cells:
        asked = _Asked(rows, cell.per, [cell.over])
        key, s, order = (
            rows.keys(cell.per)[settled],
            rows.claims["settled_at"][settled],
            rows.claims["recorded_order"][settled],
        )
        value = s if cell.family == "last" else quantity(rows, cell.what)[settled]
        by_time = np.lexsort((order, s, key))
        last, largest = last_and_largest(key[by_time], s[by_time], order[by_time], value[by_time],
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
