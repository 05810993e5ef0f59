"""Fills the database that tables are learned from: out of the store, or out of columns."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping

import duckdb
import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.csv as pacsv

from claims.batch import ClaimBatch
from claims.context import Context
from claims.tables import MISSING, SETTLEMENT, Array, Columns
from features.closed.learn import RAW

_BLOCK_BYTES = 32 << 20

_TYPES = {"BIGINT": pa.int64(), "VARCHAR": pa.string(), "BOOLEAN": pa.bool_()}

_CHOSEN = "c.kind = 'settlement' AND c.settled_at >= to_timestamp({first}) AND c.settled_at < to_timestamp({end})"

_QUERIES = {
    "claims": "SELECT recorded_order, institution_id, doctor_id, department_id, patient_id, benefit_kind, "
    "extract(epoch FROM settled_at)::bigint, extract(epoch FROM known_at)::bigint, total_fen FROM claims c "
    "WHERE {chosen}",
    "lines": "SELECT c.recorded_order, l.item_code, l.quantity_e4, l.unit_price_micro_yuan, l.days_of_supply "
    "FROM lines l JOIN claims c USING (claim_id) WHERE {chosen}",
    "diagnoses": "SELECT c.recorded_order, d.sequence, d.code, d.is_main "
    "FROM diagnoses d JOIN claims c USING (claim_id) WHERE {chosen}",
    "patients": "SELECT patient_id, sex, born_on - DATE '1970-01-01' FROM patients",
    "institutions": "SELECT institution_id, kind, level FROM institutions",
    "departments": "SELECT institution_id, department_id, name FROM departments",
    "catalogue": "SELECT item_code, drug_class, valid_from - DATE '1970-01-01', valid_until - DATE '1970-01-01' "
    "FROM catalogue",
}


def fill_from_store(database: duckdb.DuckDBPyConnection, connection: psycopg.Connection, first: int, end: int) -> None:
    """Copy the settlements of [first, end) seconds and the reference rows, a block at a time."""
    chosen = _CHOSEN.format(first=int(first), end=int(end))
    for name, query in _QUERIES.items():
        columns = dict(part.split() for part in RAW[name].split(", "))
        options = pacsv.ReadOptions(column_names=list(columns))
        types = pacsv.ConvertOptions(
            column_types={column: _TYPES[kind] for column, kind in columns.items()},
            true_values=["t"], false_values=["f"], null_values=[""],
            strings_can_be_null=True, quoted_strings_can_be_null=False,
        )  # fmt: skip
        for block in _blocks(connection, query.format(chosen=chosen)):
            _insert(database, name, pacsv.read_csv(block, options, convert_options=types))


def _blocks(connection: psycopg.Connection, query: str) -> Iterator[io.BytesIO]:
    with connection.cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as copy:
        block = io.BytesIO()
        for row in copy:  # PostgreSQL sends whole rows
            block.write(row)
            if block.tell() >= _BLOCK_BYTES:
                block.seek(0)
                yield block
                block = io.BytesIO()
        if block.tell():
            block.seek(0)
            yield block


def fill_from_columns(database: duckdb.DuckDBPyConnection, batch: ClaimBatch, context: Context) -> None:
    """Copy the settlements of `batch` and the reference rows of `context`."""
    order, is_settlement = batch.claims["recorded_order"], batch.claims["kind"] == SETTLEMENT
    tables: dict[str, tuple[Columns, Array]] = {"claims": ({**batch.claims, "number": order}, is_settlement)}
    children: Mapping[str, Columns] = {"lines": batch.lines, "diagnoses": batch.diagnoses}
    for name, columns in children.items():
        row = columns["claim_index"]
        tables[name] = {**columns, "number": order[row]}, is_settlement[row]
    for name in ("patients", "institutions", "departments", "catalogue"):
        reference: Columns = getattr(context, name)
        tables[name] = reference, np.ones(len(next(iter(reference.values()))), dtype=np.bool_)
    for name, (columns, chosen) in tables.items():
        wanted = dict(part.split() for part in RAW[name].split(", "))
        _insert(database, name, pa.table({
            column: _arrow(columns[column][chosen], _TYPES[kind]) for column, kind in wanted.items()
        }))  # fmt: skip


def _arrow(values: Array, kind: pa.DataType) -> pa.Array:
    if values.dtype == np.int64:
        return pa.array(values, kind, mask=values == MISSING)
    return pa.array(values.tolist(), kind)


def _insert(database: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    database.register("incoming", rows)
    database.execute(f"INSERT INTO {name} SELECT * FROM incoming")
    database.unregister("incoming")
