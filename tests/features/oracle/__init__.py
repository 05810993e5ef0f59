"""Every feature a second way: SQL over all pairs of claims, written from the words of the definition alone.

A family of features is one module here: `value(feature)` gives its SQL on the asked claim `q`, or None when the feature
is not of this family; tables of its own stand in a file `<family>.sql`. To add a family, write both and list it.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from claims.batch import ClaimBatch
from claims.context import Context
from claims.tables import MISSING, Array
from features.declare import Feature
from tests.features.oracle import facts, habits, own, spread, stays, supply, windows

FAMILIES = (supply, stays, habits, own, windows, spread)
"""Asked in this order; the first that knows a feature answers."""


class Oracle:
    """The claims of one history in DuckDB."""

    def __init__(self, batch: ClaimBatch, context: Context) -> None:
        self.database = duckdb.connect(config={"threads": 1})
        reference = {field.name: getattr(context, field.name) for field in fields(context) if field.name != "history"}
        tables = {"claims": batch.claims, "lines": batch.lines, "diagnoses": batch.diagnoses, **reference}
        for name, columns in tables.items():
            if isinstance(columns, dict):
                self.database.register(f"{name}_in", _arrow(columns))
                self.database.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}_in")
        for statements in (_file("world"), facts.SETUP, *(_file(_name(family)) for family in FAMILIES)):
            self.database.execute(statements)

    def column(self, feature: Feature) -> dict[str, float]:
        """The feature's value for each settlement by claim id."""
        rows = self.database.execute(f"SELECT q.claim_id, {_value(feature)} FROM e q").fetchall()
        return {claim: feature.empty if value is None else float(value) for claim, value in rows}


def expected(oracle: Oracle, feature: Feature, batch: ClaimBatch) -> Array:
    """The oracle's column in the order of `batch`; zeros for reversals."""
    by_claim = oracle.column(feature)
    return np.array([by_claim.get(claim, 0.0) for claim in batch.claims["claim_id"].tolist()])


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
