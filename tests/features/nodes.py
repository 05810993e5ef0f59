"""Random link and ring columns, as nightly snapshots would have left them."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
import psycopg

from claims.clock import DAY
from graphs.columns import NODE_KINDS, RING_NUMBER, NodeChanges, NodeKind, columns_of
from tests.features.streams import HARD_MOMENTS

_IDS: dict[NodeKind, tuple[str, ...]] = {
    "patient": ("p1", "p2", "p3", "p9"),
    "doctor": ("d1", "d3"),
    "institution": ("i1", "i3"),
}


@dataclass(frozen=True)
class NodeRow:
    """The columns of one node from a moment on."""

    kind: NodeKind
    id: str
    available_at: int
    values: tuple[float, ...]


def random_nodes(seed: int) -> list[NodeRow]:
    """Up to four changes for each of some nodes; others have none."""
    draw = random.Random(seed)
    rows: list[NodeRow] = []
    for kind in NODE_KINDS:
        for name in _IDS[kind]:
            moments = {draw.choice(HARD_MOMENTS) + draw.choice((0, 1, DAY, 20 * DAY, -300 * DAY)) for _ in range(4)}
            rows += [
                NodeRow(kind, name, at, tuple(_value(draw, column.name) for column in columns_of(kind)))
                for at in sorted(moments)[: draw.randrange(5)]
            ]
    return rows


def _value(draw: random.Random, name: str) -> float:
    """Any number; of rings none or one of two, so that cards meet."""
    return draw.choice((0.0, 7.0, 7.0, float(2**48 - 1))) if name == RING_NUMBER else draw.random()


def store_nodes(connection: psycopg.Connection, rows: list[NodeRow]) -> None:
    """Write the rows into a store."""
    for row in rows:
        connection.execute(
            "INSERT INTO node_columns VALUES (%s, %s, to_timestamp(%s), 'test', %s)",
            (row.kind, row.id, row.available_at, list(row.values)),
        )


def changes_of(rows: list[NodeRow]) -> dict[str, NodeChanges]:
    """The rows by kind, as the store would give them."""
    return {kind: _changes(kind, [row for row in rows if row.kind == kind]) for kind in NODE_KINDS}


def _changes(kind: NodeKind, rows: list[NodeRow]) -> NodeChanges:
    ids, code = np.unique(np.array([row.id for row in rows], dtype=object), return_inverse=True)
    names = tuple(column.name for column in columns_of(kind))
    at = np.array([row.available_at for row in rows], dtype=np.int64)
    return NodeChanges(names, ids, code, at, np.array([row.values for row in rows]).reshape(len(rows), len(names)))
