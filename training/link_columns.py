"""Which columns come from links and rings, and the same rows without them: so what links add is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from features.catalogue.node import NODE
from training.claim_data import ClaimTable


def link_columns(names: Sequence[str]) -> frozenset[str]:
    """Those of the columns that come from links and rings: of nodes, and what rings do at a till just now."""
    nodes = {feature.name for feature in NODE}
    return frozenset(name for name in names if name in nodes or "_ring_" in name)


def without(table: ClaimTable, names: frozenset[str]) -> ClaimTable:
    """The same rows without these columns."""
    kept = [place for place, name in enumerate(table.names) if name not in names]
    return replace(table, names=tuple(table.names[place] for place in kept), matrix=table.matrix[:, kept])
