"""What each asked claim reads from the learned tables, by name."""

from __future__ import annotations

from collections.abc import Set

from claims.tables import Array
from features.closed.fit import FIT, read_fits
from features.closed.peers import AGAINST, read_peers
from features.closed.prescribers import SHARED, read_shared
from features.closed.prices import PRICES, read_prices
from features.rows import Rows

_PASSES = ((PRICES, read_prices), (FIT, read_fits), (AGAINST, read_peers), (SHARED, read_shared))


def read_closed(rows: Rows, wanted: Set[str]) -> dict[str, Array]:
    """All readings of the passes that know some of the wanted names, (n,) each for the asked claims."""
    needed = [(told, read) for told, read in _PASSES if not wanted.isdisjoint(told)]
    return {name: values for told, read in needed for name, values in zip(told, read(rows), strict=True)}
