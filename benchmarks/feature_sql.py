"""The task for DuckDB: one query with a named window for each entity and span."""

from __future__ import annotations

import time

import duckdb
import pyarrow as pa

from benchmarks.feature_task import CHOSEN, NAMES, keys_of
from claims.tables import Array
from features.declare import ActiveDays, Count, Distinct, Feature, Max, Mean, Share, Sum


def run_duckdb(facts: dict[str, Array]) -> tuple[float, dict[str, Array]]:
    """Seconds for the query, and its columns by name in the order of claims; loading is not counted."""
    database = duckdb.connect()
    database.register("arrow", pa.table(facts))
    database.execute("CREATE TABLE claims AS SELECT * FROM arrow")
    start = time.perf_counter()
    database.execute(f"CREATE TABLE found AS {query()}")
    seconds = time.perf_counter() - start
    found = database.execute("SELECT * FROM found ORDER BY row").fetchnumpy()
    return seconds, {name: found[name] for name in NAMES}


def query() -> str:
    """The whole query."""
    windows = dict.fromkeys((feature.per, feature.window) for feature in CHOSEN)
    columns = ", ".join(f"CAST({_value(feature)} AS DOUBLE) AS {feature.name}" for feature in CHOSEN)
    named = ", ".join(
        f"{_name(per, over)} AS (PARTITION BY {', '.join(keys_of(per))} ORDER BY k "
        f"RANGE BETWEEN (k - begin_{over}) PRECEDING AND 1 PRECEDING)"
        for per, over in windows
    )
    return f"SELECT row, {columns} FROM claims WINDOW {named}"


def _name(per: str, over: str) -> str:
    return f"{per}_{over}"


def _value(feature: Feature) -> str:
    past = f"OVER {_name(feature.per, feature.window)}"
    match feature.how:
        case Count():
            return f"count(*) {past}"
        case Sum(what):
            return f"coalesce(sum({what}) {past}, 0)"
        case Mean(what):
            return f"coalesce(CAST(sum({what}) {past} AS DOUBLE) / nullif(count(*) {past}, 0), {feature.empty})"
        case Max(what):
            return f"coalesce(max({what}) {past}, {feature.empty})"
        case Share():
            met = f"sum({feature.where}) {past}"
            return f"coalesce(CAST({met} AS DOUBLE) / nullif(count(*) {past}, 0), {feature.empty})"
        case Distinct(other):
            return f"count(DISTINCT {other}) FILTER ({other} >= 0) {past}"
        case ActiveDays():
            return f"count(DISTINCT day) {past}"
        case _:
            raise AssertionError(feature.name)
