"""Compares the columns that were served with those that the batch path computes for the same claims."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import psycopg

from claims.tables import Array
from features.answers import SERVED
from features.batch import read_rows
from features.catalogue import FEATURES, feature_set
from features.compute import compute_rows
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
    """What a comparison found; claims by id, which says nothing about the person.

    Attributes:
        matched: decisions whose every value is equal.
        mismatches: each differing value, in recorded order.
        missing_claims: claims of decisions that cannot be compared: not stored, or served by another feature set.
        extra_claims: settlements of the service without a decision.
    """

    matched: int
    mismatches: tuple[Mismatch, ...]
    missing_claims: tuple[str, ...]
    extra_claims: tuple[str, ...]

    @property
    def mismatched(self) -> int:
        """Decisions with at least one other value."""
        return len({mismatch.claim_id for mismatch in self.mismatches})

    @property
    def missing(self) -> int:
        """Decisions that cannot be compared."""
        return len(self.missing_claims)

    @property
    def extra(self) -> int:
        """Settlements without a decision."""
        return len(self.extra_claims)

    @property
    def is_clean(self) -> bool:
        """Nothing differs and nothing is missing on either side."""
        return not (self.mismatches or self.missing_claims or self.extra_claims)


_DECIDED = """SELECT recorded_order, claim_id, features, feature_set FROM decisions
WHERE NOT is_batch AND octet_length(features) > 0 AND decided_at >= %s AND decided_at < %s ORDER BY recorded_order"""

_UNDECIDED = """SELECT claim_id FROM claims c WHERE kind = 'settlement' AND source LIKE %s
AND known_at >= %s AND known_at < %s AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.claim_id = c.claim_id)
ORDER BY recorded_order"""
"""By `known_at`, the service's own clock, as decisions are; whoever sent the claim says when it was settled."""


def check_skew(connection: psycopg.Connection, start: datetime, end: datetime) -> Skew:
    """Recompute what was served for decisions made in [start, end) and compare value for value.

    Reversals have no values and do not count.
    """
    decisions = connection.execute(_DECIDED, (start, end)).fetchall()
    extra = connection.execute(_UNDECIDED, (SERVED + "%", start, end)).fetchall()
    served = {order: _unpacked(packed) for order, _, packed, name in decisions if name == feature_set()}
    compared: set[int] = set()
    found: list[Mismatch] = []
    if served:
        places, matrix, rows = _recomputed(connection, served)
        compared = set(rows.claims["recorded_order"][places].tolist())
        found = _compare(served, places, matrix, rows)
    wrong = len({mismatch.claim_id for mismatch in found})
    missing = tuple(claim for order, claim, _, _ in decisions if order not in compared)
    return Skew(len(compared) - wrong, tuple(found), missing, tuple(claim for (claim,) in extra))


def _unpacked(packed: bytes) -> Array:
    """The served values; none when the bytes are not whole numbers of values, so that each counts as differing."""
    return np.frombuffer(packed if len(packed) % 8 == 0 else b"", dtype="<f8")


def _recomputed(connection: psycopg.Connection, served: dict[int, Array]) -> tuple[Array, Array, Rows]:
    """Rows of the served settlements and their columns, from claims up to the newest of them."""
    rows = read_rows(connection, f"t.recorded_order <= {max(served)}")
    nodes: dict[str, NodeChanges] = {kind: read_changes(connection, kind, None) for kind in NODE_KINDS}
    chosen = np.isin(rows.claims["recorded_order"], np.array(list(served))) & rows.is_settlement
    asked = Rows(rows.batch, np.flatnonzero(chosen), rows.context)
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
