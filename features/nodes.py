"""Reads the link and ring columns that a batch may see, of all kinds of nodes in one statement."""

from __future__ import annotations

import numpy as np
import psycopg

from claims.batch import ClaimBatch
from graphs.columns import NODE_KINDS, NodeChanges, NodeKind, columns_of

_SEEN = """SELECT n.node_kind, n.node_id, extract(epoch FROM n.available_at)::bigint, n.values
FROM unnest(%s::text[], %s::text[]) AS a(kind, id)
JOIN node_columns n ON n.node_kind = a.kind AND n.node_id = a.id AND n.available_at < to_timestamp(%s)
  AND n.available_at >= coalesce((
    SELECT max(m.available_at) FROM node_columns m
    WHERE m.node_kind = a.kind AND m.node_id = a.id AND m.available_at < to_timestamp(%s)), '-infinity')
ORDER BY n.node_kind, n.node_id COLLATE "C", n.available_at"""
"""What changed while the batch became known, and the newest change before."""

_NAMES = {kind: tuple(column.name for column in columns_of(kind)) for kind in NODE_KINDS}

_HALF = 0.5
"""Moments are whole seconds in memory, rounded: one that ends in a fraction is still compared as the builds do."""
_LATEST = 1 << 40
"""A moment that the server can spell."""


def ask_nodes(connection: psycopg.Connection, batch: ClaimBatch) -> psycopg.Cursor:
    """Begin to read the columns of the batch's nodes."""
    asked = sorted({(kind, name) for kind in NODE_KINDS for name in batch.claims[f"{kind}_id"].tolist() if name})
    moments = np.clip(batch.claims["known_at"], 0, _LATEST)
    first, last = (int(moments.min()), int(moments.max())) if len(moments) else (0, 0)
    values = ([kind for kind, _ in asked], [name for _, name in asked], last + _HALF, first + _HALF)
    return connection.execute(_SEEN, values, binary=True)


def nodes_of(asked: psycopg.Cursor) -> dict[str, NodeChanges]:
    """The columns of the batch's nodes by kind."""
    by_kind: dict[str, list[tuple[str, int, list[float]]]] = {kind: [] for kind in NODE_KINDS}
    for kind, *row in asked.fetchall():
        by_kind[kind].append((row[0], row[1], row[2]))
    return {kind: _changes(kind, by_kind[kind]) for kind in NODE_KINDS}


def _changes(kind: NodeKind, rows: list[tuple[str, int, list[float]]]) -> NodeChanges:
    names = _NAMES[kind]
    code_of = {name: code for code, name in enumerate(dict.fromkeys(row[0] for row in rows))}
    return NodeChanges(
        names,
        np.array(list(code_of), dtype=object),
        np.array([code_of[row[0]] for row in rows], dtype=np.int64),
        np.array([row[1] for row in rows], dtype=np.int64),
        np.array([row[2] for row in rows], dtype=np.float64).reshape(len(rows), len(names)),
    )
