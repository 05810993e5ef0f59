"""Every feature a second way: SQL over all pairs of claims, written from the words of the definition alone.

A family of features is one module here: `value(feature)` gives its SQL on the asked claim `q`, or None when the feature
is not of this family; tables of its own stand in a file `<family>.sql`. To add a family, write both and list it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from claims.batch import ClaimBatch
from claims.context import Context
from claims.tables import MISSING, Array
from features.declare import Feature, Spread
from graphs.columns import columns_of
from tests.features.nodes import NodeRow
from tests.features.oracle import (
    closed,
    facts,
    habits,
    nodes,
    own,
    places,
    rings,
    shelf,
    spread,
    stays,
    supply,
    verdicts,
    windows,
)

FAMILIES = (
    supply,
    shelf,
    stays,
    closed,
    habits,
    nodes,
    own,
    places,
    windows,
    spread,
    verdicts,
    rings,
)
"""Asked in this order; the first that knows a feature answers."""

ROUNDED_BY_SQL = (Spread,)
TOLERANCE = 1e-12
"""Relative; the kernel rounds once, at the end."""


class Oracle:
    """The claims of one history in DuckDB.

    Args:
        batch: all claims.
        context: the reference tables.
        nodes: links and rings.
        fewest: of how many lines on the days of a class are learned, as if every month had been learned in time; by
            default none are.
    """

    def __init__(
        self, batch: ClaimBatch, context: Context, nodes: Sequence[NodeRow] = (), fewest: int | None = None
    ) -> None:
        self.database = duckdb.connect(config={"threads": 1})
        self.database.execute(f"CREATE MACRO fewest() AS {fewest or 'NULL'}")
        reference = {field.name: getattr(context, field.name) for field in fields(context) if field.name != "history"}
        tables = {"claims": batch.claims, "lines": batch.lines, "diagnoses": batch.diagnoses, **reference}
        for name, columns in tables.items():
            if isinstance(columns, dict):
                self.database.register(f"{name}_in", _arrow(columns))
                self.database.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}_in")
        rows = [(row.id, row.available_at, column.name, value) for row in nodes
                for column, value in zip(columns_of(row.kind), row.values, strict=True)]  # fmt: skip
        self.database.execute("CREATE TABLE nodes (node_id VARCHAR, available_at BIGINT, name VARCHAR, value DOUBLE)")
        if rows:
            self.database.executemany("INSERT INTO nodes VALUES (?, ?, ?, ?)", rows)
        for statements in (_file("world"), facts.SETUP, *(_file(_name(family)) for family in FAMILIES)):
            self.database.execute(statements)

    def column(self, feature: Feature) -> dict[str, float]:
        """The feature's value for each settlement by claim id."""
        rows = self.database.execute(f"SELECT q.claim_id, {_value(feature)} FROM e q").fetchall()
        return {claim: feature.empty if value is None else float(value) for claim, value in rows}


def assert_equals_sql(oracle: Oracle, features: Sequence[Feature], claims: Array, matrix: Array) -> None:
    """The columns of settlements are those of SQL: exactly, but for the deviations, which SQL rounds on its way.

    Args:
        oracle: over the whole history.
        features: k features.
        claims: (n,) claim ids.
        matrix: (n, k) float64.
    """
    for column, feature in enumerate(features):
        by_claim, found = oracle.column(feature), matrix[:, column]
        wanted = np.array([by_claim[claim] for claim in claims.tolist()])
        is_rounded = isinstance(feature.how, ROUNDED_BY_SQL)
        wrong = ~np.isclose(found, wanted, TOLERANCE, 0.0) if is_rounded else found != wanted
        assert not wrong.any(), (feature.name, claims[wrong], found[wrong], wanted[wrong])


def _value(feature: Feature) -> str:
    values = (family.value(feature) for family in FAMILIES)
    found = next((value for value in values if value is not None), None)
    assert found is not None, f"no oracle for {feature.name}: write one in tests/features/oracle"
    return found


def _name(family: object) -> str:
    return str(getattr(family, "__name__", "")).rsplit(".", 1)[-1]


def _file(name: str) -> str:
    path = Path(__file__).with_name(f"{name}.sql")
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _arrow(columns: dict[str, Array]) -> pa.Table:
    return pa.table({
        name: pa.array([None if value is MISSING or value == MISSING else value for value in column.tolist()],
                       pa.string() if column.dtype == object else None)
        for name, column in columns.items()
    })  # fmt: skip
