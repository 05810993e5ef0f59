"""Fills the database that tables are learned from, a block of claims at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import psycopg
import pyarrow as pa

from claims.batch import ClaimBatch
from claims.context import Context
from claims.store.columns import select_list
from claims.store.slices import read_children_of, read_claims_of
from claims.store.stream import blocks_of, narrowed, stream, types_of
from claims.tables import (
    CATALOGUE,
    CLAIMS,
    DEPARTMENTS,
    DIAGNOSES,
    INSTITUTIONS,
    LINES,
    MISSING,
    PATIENTS,
    SETTLEMENT,
    Array,
    Columns,
    Table,
)
from features.closed.months import month_of

_BLOCK = {
    "claims": (
        "recorded_order", "institution_id", "doctor_id", "department_id", "patient_id", "benefit_kind", "settled_at",
        "known_at", "total_fen",
    ),
    "lines": ("recorded_order", "item_code", "unit_price_micro_yuan", "quantity_e4", "days_of_supply"),
    "diagnoses": ("recorded_order", "sequence", "code", "is_main"),
}  # fmt: skip
_TIMES = ("kind", "settled_at", "known_at")
_REFERENCE = (
    narrowed(PATIENTS, ("patient_id", "sex", "born_on")),
    narrowed(INSTITUTIONS, ("institution_id", "kind", "level")),
    narrowed(DEPARTMENTS, ("institution_id", "department_id", "name", "valid_from")),
    narrowed(CATALOGUE, ("item_code", "drug_class", "valid_from", "valid_until")),
)
_ROWS_IN_A_BLOCK = 100_000


@dataclass(frozen=True)
class Blocks:
    """All claims of one moment, in blocks.

    Attributes:
        seen_at: the moment, in seconds: a month that had not ended by then is not learned from them.
        count: how many blocks.
        read: the rows of a block's claims, lines or diagnoses; whole numbers have `MISSING`. Arguments: the block's
            number, the table's name, the columns wanted, `recorded_order` of the claim among them.
    """

    seen_at: int
    count: int
    read: Callable[[int, str, Sequence[str]], pa.Table]


@dataclass(frozen=True)
class Span:
    """Over which time settlements stretch.

    Attributes:
        settled: months in which anything was settled.
        last_known: when the newest became known, in seconds; 0 without any.
    """

    settled: list[int]
    last_known: int


def span_of(blocks: Blocks) -> Span:
    """Looks at all settlements."""
    settled: set[int] = set()
    last_known = 0
    for number in range(blocks.count):
        claims = _settlements(blocks.read(number, "claims", _TIMES))
        if len(claims):
            settled |= set(np.unique(month_of(claims["settled_at"].to_numpy())).tolist())
            last_known = max(last_known, int(claims["known_at"].to_numpy().max()))
    return Span(sorted(settled), last_known)


def fill(database: duckdb.DuckDBPyConnection, blocks: Blocks, first: int, end: int) -> None:
    """Add the settlements of [first, end) seconds with their lines and diagnoses; the reference rows are there."""
    add = (Path(__file__).parent / "block.sql").read_text(encoding="utf-8")
    for number in range(blocks.count):
        claims = _settlements(blocks.read(number, "claims", ("kind", *_BLOCK["claims"])))
        settled_at = claims["settled_at"].to_numpy()
        chosen = claims.filter(pa.array((settled_at >= first) & (settled_at < end)))
        if not len(chosen):
            continue
        database.register("claims", chosen)
        for name in ("lines", "diagnoses"):
            database.register(name, blocks.read(number, name, _BLOCK[name]))
        database.execute(add)
        for name in _BLOCK:
            database.unregister(name)


def _settlements(claims: pa.Table) -> pa.Table:
    return claims.filter(pa.compute.equal(claims["kind"], SETTLEMENT))


def blocks_in(connection: psycopg.Connection, now: int) -> Blocks:
    """What the connection's transaction sees now."""
    blocks = blocks_of(connection, _ROWS_IN_A_BLOCK)

    def read(number: int, name: str, columns: Sequence[str]) -> pa.Table:
        if name == "claims":
            table = narrowed(CLAIMS, ("recorded_order", *columns))
            return read_claims_of(connection, table, blocks[number])
        table = LINES if name == "lines" else DIAGNOSES
        return read_children_of(connection, narrowed(table, columns), blocks[number])

    return Blocks(now, len(blocks), read)


def blocks_of_batch(batch: ClaimBatch, now: int) -> Blocks:
    """The claims of a batch, one block."""
    order = batch.claims["recorded_order"]
    children = {
        name: {**columns, "recorded_order": order[columns["claim_index"]]}
        for name, columns in (("lines", batch.lines), ("diagnoses", batch.diagnoses))
    }
    tables: dict[str, Columns] = {"claims": batch.claims, **children}
    return Blocks(now, 1, lambda _number, name, columns: _arrow(tables[name], columns))


def fill_reference_from_store(database: duckdb.DuckDBPyConnection, connection: psycopg.Connection) -> None:
    """Add the reference rows of a store."""
    for table in _REFERENCE:
        query = f"SELECT {select_list(table, 't')} FROM {table.name} t"
        for rows in stream(connection, query, types_of(table)):
            _insert(database, table, rows)


def fill_reference_from_context(database: duckdb.DuckDBPyConnection, context: Context) -> None:
    """Add the reference rows of a context."""
    for table in _REFERENCE:
        _insert(database, table, _arrow(getattr(context, table.name), table.names))


def _arrow(columns: Columns, names: Sequence[str]) -> pa.Table:
    def array(values: Array) -> pa.Array:
        return pa.array(values.tolist(), pa.string()) if values.dtype == object else pa.array(values)

    return pa.table({name: array(columns[name]) for name in names})


def _insert(database: duckdb.DuckDBPyConnection, table: Table, rows: pa.Table) -> None:
    types: Mapping[str, pa.DataType] = types_of(table)
    given = ", ".join(f"nullif({name}, {MISSING})" if pa.types.is_int64(types[name]) else name for name in types)
    database.register("incoming", rows)
    database.execute(f"INSERT INTO {table.name} SELECT {given} FROM incoming")
    database.unregister("incoming")
