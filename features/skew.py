"""Compares the columns that were served with those that the batch path computes for the same claims."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import psycopg

from claims.tables import Array
from features.batch import read_rows
from features.catalogue import FEATURES, feature_set
from features.compute import compute_rows
from features.online import SERVED
from features.rows import Rows
from graphs.columns import NODE_KINDS, NodeChanges, read_changes


@dataclass(frozen=True)
class Mismatch:
    """One value that differs."""

    claim_id: str
    feature: str
    served: float
    recomputed: float


@dataclass(frozen=True)
class Skew:
    """What a comparison found.

    Attributes:
        matched: decisions whose every value is equal.
        mismatched: decisions with at least one other value.
        missing: decisions that cannot be compared: their claim is not stored, or another feature set served them.
        extra: settlements of the service without a decision.
        mismatches: each differing value, in order.
    """

    matched: int
    mismatched: int
    missing: int
    extra: int
    mismatches: tuple[Mismatch, ...]

    @property
    def is_clean(self) -> bool:
        """Nothing differs and nothing is missing on either side."""
        return not (self.mismatched or self.missing or self.extra)


def check_skew(connection: psycopg.Connection, start: datetime, end: datetime) -> Skew:
    """Recompute what was served for decisions made in [start, end) and compare value for value.

    Reversals have no values and do not count.

    Raises:
        NotBuilt: never; an empty period gives zeros.
    """
    decisions = connection.execute(
        "SELECT d.recorded_order, d.features, d.feature_set FROM decisions d "
        "WHERE NOT d.is_batch AND octet_length(d.features) > 0 "
        "AND d.decided_at >= %s AND d.decided_at < %s ORDER BY d.recorded_order",
        (start, end),
    ).fetchall()
    extra = connection.execute(
        "SELECT count(*) FROM claims c WHERE c.kind = 'settlement' AND c.source LIKE %s "
        "AND c.settled_at >= %s AND c.settled_at < %s "
        "AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.claim_id = c.claim_id)",
        (SERVED + "%", start, end),
    ).fetchone()
    served = {order: np.frombuffer(packed, dtype="<f8") for order, packed, name in decisions if name == feature_set()}
    places, matrix, rows = _recomputed(connection, served) if served else (np.empty(0, dtype=np.int64), None, None)
    found = _compare(served, places, matrix, rows) if matrix is not None and rows is not None else []
    wrong = len({mismatch.claim_id for mismatch in found})
    return Skew(len(places) - wrong, wrong, len(decisions) - len(places), extra[0] if extra else 0, tuple(found))


def _recomputed(connection: psycopg.Connection, served: dict[int, Array]) -> tuple[Array, Array, Rows]:
    """Rows of the served settlements and their columns, from claims up to the newest of them."""
    rows = read_rows(connection, f"t.recorded_order <= {max(served)}")
    nodes: dict[str, NodeChanges] = {kind: read_changes(connection, kind, None) for kind in NODE_KINDS}
    chosen = np.isin(rows.claims["recorded_order"], np.array(list(served))) & rows.is_settlement
    asked = Rows(rows.batch, np.flatnonzero(chosen), rows.context, rows.closed)
    return asked.at, compute_rows(FEATURES, asked, None, nodes), asked


def _compare(served: dict[int, Array], places: Array, matrix: Array, rows: Rows) -> list[Mismatch]:
    found: list[Mismatch] = []
    for place, values in zip(places.tolist(), matrix, strict=True):
        then = served[int(rows.claims["recorded_order"][place])]
        if len(then) != len(values):
            then = np.full(len(values), np.nan)
        found += [
            Mismatch(
                str(rows.claims["claim_id"][place]), FEATURES[column].name, float(then[column]), float(values[column])
            )
            for column in np.flatnonzero(then != values).tolist()
        ]
    return found
