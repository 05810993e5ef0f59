"""The link and ring columns that a batch may see, of all kinds of nodes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from graphs.columns import NODE_KINDS, NodeChanges, NodeKind, columns_of

_NAMES = {kind: tuple(column.name for column in columns_of(kind)) for kind in NODE_KINDS}

LATEST = 1 << 40
"""A moment that the server can spell."""


def nodes_of(found: Iterable[tuple[Any, ...]]) -> dict[str, NodeChanges]:
    """The columns of a batch's nodes by kind.

    Args:
        found: (kind, id, available from, values) of each change, in any order.
    """
    by_kind: dict[str, list[tuple[str, int, list[float]]]] = {kind: [] for kind in NODE_KINDS}
    for kind, *row in sorted(found, key=lambda row: row[:3]):
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
