"""Learns the tables of a month from settlements in DuckDB; exact, so that the same claims give the same integers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.compute as pc

from features.closed.lookup import Page
from features.closed.months import COVERS
from features.closed.tables import AGES, ClosedTable
from features.doses import LONGEST_STATED_DAYS

MEMORY = "3GB"
"""What the rows of all months may take at a time."""


def empty_world(folder: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A database for the rows that months are cut from; what is more than `MEMORY` goes to `folder`."""
    database = duckdb.connect(":memory:")
    if folder:
        database.execute(f"SET temp_directory = '{folder}'; SET memory_limit = '{MEMORY}'")
    bands = " + ".join(f"CAST(age >= {first} AS INTEGER)" for first in AGES)
    database.execute(f"CREATE MACRO age_band(age) AS CASE WHEN age < 0 THEN -1 ELSE {bands} END")
    database.execute(f"CREATE MACRO is_believed(days) AS days BETWEEN 1 AND {LONGEST_STATED_DAYS}")
    database.execute((Path(__file__).parent / "world.sql").read_text(encoding="utf-8"))
    return database


def cut(database: duckdb.DuckDBPyConnection, month: int) -> None:
    """Make `claim`, `line`, `fit` and `supply` the rows that the tables of `month` are learned from."""
    for name in ("claim", "line", "fit", "supply"):
        database.execute(
            f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM every_{name} "
            f"WHERE settled BETWEEN {month - COVERS} AND {month - 1} AND known < {month}"
        )


def learn(database: duckdb.DuckDBPyConnection, table: ClosedTable) -> Iterator[Page]:
    """The pages of a table for the month that was cut, page '' first and always there."""
    rows = database.sql(f"SELECT * FROM ({table.sql}) ORDER BY page, member").to_arrow_table()
    pages = rows.column("page").combine_chunks()
    members = rows.column("member").to_pylist()
    width = len(table.values)
    values = np.stack([rows.column(name).to_numpy() for name in table.values], axis=1).astype(np.int64)
    ends = pc.run_end_encode(pages) if len(pages) else None
    begin = 0
    if ends is None or ends.values[0].as_py() != "":
        yield Page("", [], np.empty((0, width), dtype=np.int64))
    for name, end in zip(ends.values.to_pylist(), ends.run_ends.to_pylist(), strict=True) if ends is not None else ():
        yield Page(name, members[begin:end], values[begin:end])
        begin = end
