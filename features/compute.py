"""Computes columns for claims from what was known before each: the one path of service, screening and training."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np

from claims.batch import ClaimBatch
from claims.context import Context
from claims.tables import Array
from features.cells import Cell
from features.closed.readings import read_closed
from features.columns import Columns
from features.declare import Feature
from features.habits import read_habits
from features.live import fill_windows
from features.own import read_own
from features.past import Whats
from features.places import Places
from features.plan import WINDOWED, Group, Plan, plan_of
from features.ring_cards import read_ring_cards
from features.rows import Rows, gather
from features.shelf import read_shelf
from features.stays import read_stays
from features.supply import read_chest
from features.verdicts import read_verdicts
from features.windowed import Parts, newcomers, scans, windowed_distinct, windowed_sums
from graphs.as_of import as_of
from graphs.columns import NodeChanges


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
            batch's patients. Later claims in it change nothing. Without tables of whole months their columns are
            `empty`, and no length of a drug line is learned.
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
    plan = plan_of(features)
    matrix = np.empty((len(features), len(rows.at)), dtype=np.float64).T  # one column after the other in memory
    if places is not None:
        _compute_few(plan, rows, places, nodes or {}, matrix)
    else:
        _compute_many(plan, rows, nodes or {}, matrix, workers)
    matrix[~rows.is_settlement[rows.at]] = 0.0
    return matrix


def _compute_few(plan: Plan, rows: Rows, places: Places, nodes: Mapping[str, NodeChanges], matrix: Array) -> None:
    """Fill the columns of a settlement: here the number of steps is what takes time."""
    counted = np.zeros((plan.windowed, len(matrix)), dtype=np.int64)
    fill_windows(plan, rows, places, counted)
    values = np.empty((plan.size, len(matrix)))
    values[: plan.windowed] = counted
    for group in plan.groups:
        if group.family not in WINDOWED:
            values[group.place : group.place + len(group.cells)] = _READERS[group.family](rows, group, nodes)
    plan.fill_few(matrix, counted, values, rows.claims["settled_at"][rows.at])


def _compute_many(plan: Plan, rows: Rows, nodes: Mapping[str, NodeChanges], matrix: Array, workers: int) -> None:
    """Fill the columns of many claims: here their length is what takes time."""
    columns = Columns(plan, rows.claims["settled_at"][rows.at], matrix)

    def evaluate(group: Group) -> Parts:
        if group.family in WINDOWED:
            return _EVALUATORS[group.family](rows, group.cells, nodes)
        return dict(zip(group.cells, _READERS[group.family](rows, group, nodes), strict=True))

    def fill(groups: Sequence[Group]) -> None:
        for group in groups:
            columns.take(evaluate(group))
        rows.forget(groups[0].per)

    with _mapping(workers, rows) as map_:
        list(map_(fill, plan.tasks))


@contextmanager
def _mapping(workers: int, rows: Rows) -> Iterator[Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]]:
    """Python's `map`, or that of so many threads."""
    if workers == 1:
        yield map
        return
    rows.share()
    with ThreadPoolExecutor(workers) as pool:
        yield pool.map


Evaluator = Callable[[Rows, list[Cell], Mapping[str, NodeChanges]], Parts]

_EVALUATORS: dict[str, Evaluator] = {
    "sum": windowed_sums,
    "distinct": windowed_distinct,
    "new": newcomers,
    "last": scans,
    "max": scans,
}
"""How many claims find the cells over windows."""

Reader = Callable[[Rows, Group, Mapping[str, NodeChanges]], Sequence[Array] | Array]


def _own(rows: Rows, group: Group, _nodes: object) -> Sequence[Array]:
    names = [name for name, _ in group.whats]
    found = read_own(rows.alone, names)
    return [found[name] for name in names]


def _closed(rows: Rows, group: Group, _nodes: object) -> Sequence[Array]:
    names = [name for name, _ in group.whats]
    found = read_closed(rows.alone, set(names))
    return [found[name] for name in names]


def _nodes_of(rows: Rows, group: Group, nodes: Mapping[str, NodeChanges]) -> Array:
    kind, alone = group.per, rows.alone
    if kind not in nodes:
        return np.zeros((len(group.cells), len(rows.at)))
    values = as_of(nodes[kind], alone.claims[f"{kind}_id"][alone.at], alone.claims["known_at"][alone.at])
    return values.T[_columns_among(nodes[kind].names, group.whats)]


@cache
def _columns_among(names: tuple[str, ...], whats: Whats) -> Array:
    """Where the columns that are read stand among all of a kind of nodes."""
    return np.array([names.index(name) for name, _ in whats], dtype=np.int64)


_READERS: dict[str, Reader] = {
    "supply": lambda rows, group, _: read_chest(rows, group.whats),
    "shelf": lambda rows, group, _: read_shelf(rows, group.whats),
    "habit": lambda rows, group, _: read_habits(rows, group.whats),
    "stay": lambda rows, group, _: read_stays(rows, group.whats),
    "verdict": lambda rows, group, _: read_verdicts(rows.alone, group.per, group.whats),
    "ring": lambda rows, group, nodes: read_ring_cards(rows, group.per, group.whats, nodes.get("patient")),
    "own": _own,
    "closed": _closed,
    "node": _nodes_of,
}
"""How many and few claims find all other cells: (n,) for each cell of the group, in their order."""
