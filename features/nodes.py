"""The link and ring columns that a batch may see, of all kinds of nodes."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
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
    for kind, *row in sorted(found, key=_BY_NODE_AND_MOMENT):
        by_kind[kind].append(tuple(row))
    return {kind: _changes(kind, by_kind[kind]) for kind in NODE_KINDS}


_BY_NODE_AND_MOMENT = itemgetter(0, 1, 2)


def _changes(kind: NodeKind, rows: list[tuple[str, int, list[float]]]) -> NodeChanges:
    columns, (ids, at, values) = _NAMES[kind], zip(*rows, strict=True) if rows else ((), (), ())
    code_of = {name: code for code, name in enumerate(dict.fromkeys(ids))}
    code = np.array([code_of[name] for name in ids], dtype=np.int64)
    held = np.array(values, dtype=np.float64) if rows else np.empty((0, len(columns)))
    return NodeChanges(columns, np.array(list(code_of), dtype=object), code, np.array(at, dtype=np.int64), held)
