"""Columns come back from the store as they went in, by every road."""

import numpy as np
import pytest

from claims.batch import ClaimBatch
from claims.store.columns import append, append_batch, read_batch, read_bulk, read_few
from claims.tables import CLAIMS, DIAGNOSES, KNOWLEDGE, LINES, MISSING, TABLES, Kind, Table

AWKWARD = ["plain", 'quote " comma , tab \t', "王 line\nbreak \\N", ""]


def made_up(table: Table, count: int = 4) -> dict[str, np.ndarray]:
    """Rows with awkward texts, missing values where they are allowed, and large numbers."""
    columns = {}
    for place, column in enumerate(table.columns):
        may_miss = not column.required and column.name not in table.key
        if column.name in table.key and column.kind is Kind.TEXT:
            values = [f"id-{number}" for number in range(count)]
        elif column.kind is Kind.TEXT:
            values = [AWKWARD[(number + place) % 4] for number in range(count)]
        elif column.kind is Kind.FLAG:
            values = [bool((number + place) % 2) for number in range(count)]
        else:
            largest = 10**15 if column.kind not in (Kind.TIME, Kind.DATE) else 10_000
            values = [number + 1 if column.name in table.key else largest + number * place for number in range(count)]
        if may_miss and column.kind is not Kind.FLAG:
            values[place % count] = None if column.kind is Kind.TEXT else MISSING
        array = np.empty(count, dtype=column.kind.array_type)
        array[:] = values
        columns[column.name] = array
    return columns


def sound(table: Table) -> dict[str, np.ndarray]:
    columns = made_up(table)
    fixed = {"kind": "settlement", "finding": "violating", "drawn_by": "random"}
    for name in fixed.keys() & columns.keys():
        columns[name][:] = fixed[name]
    if "recorded_order" in columns:
        columns["recorded_order"] = np.arange(1, 5)
    return columns


@pytest.mark.parametrize(
    "table", [table for table in (*TABLES, KNOWLEDGE) if table not in (LINES, DIAGNOSES)], ids=lambda t: t.name
)
def test_a_table_comes_back_as_it_went_in(store, table: Table):
    columns, order = sound(table), f"ORDER BY t.{table.key[0]}"
    with store.as_owner() as connection:
        if table is KNOWLEDGE:  # made-up rows are of no workbook
            connection.execute("ALTER TABLE knowledge DROP CONSTRAINT knowledge_batch_id_fkey")
        append(connection, table, columns)
        in_bulk = read_bulk(connection, table, order)
        in_few = read_few(connection, table, f"WHERE t.{table.key[0]} >= %s {order}", [columns[table.key[0]][0]])
    for name in table.names:
        assert in_bulk[name].tolist() == columns[name].tolist(), name
        assert in_few[name].tolist() == columns[name].tolist(), name
        assert in_bulk[name].dtype == in_few[name].dtype == table.kind_of(name).array_type


def test_an_empty_table_gives_empty_columns_of_the_right_types(store):
    with store.as_owner() as connection:
        for columns in (read_bulk(connection, CLAIMS), read_few(connection, CLAIMS, "", [])):
            assert {name: column.dtype for name, column in columns.items()} == {
                column.name: column.kind.array_type for column in CLAIMS.columns
            }
            assert len(columns["claim_id"]) == 0


def test_a_batch_comes_back_in_order_with_its_lines_and_diagnoses(store):
    claims, lines, diagnoses = sound(CLAIMS), sound(LINES), sound(DIAGNOSES)
    claims["recorded_order"] = np.array([4, 3, 2, 1])
    index = np.arange(4)
    with store.as_owner() as connection:
        append_batch(
            connection, ClaimBatch(claims, {**lines, "claim_index": index}, {**diagnoses, "claim_index": index})
        )
        batch = read_batch(connection)
        some = read_batch(connection, "t.recorded_order > 2")
    assert batch.claims["claim_id"].tolist() == ["id-3", "id-2", "id-1", "id-0"]
    assert batch.lines["claim_id"].tolist() == batch.claims["claim_id"][batch.lines["claim_index"]].tolist()
    assert batch.diagnoses["claim_index"].tolist() == [0, 1, 2, 3]
    assert some.claims["claim_id"].tolist() == ["id-1", "id-0"]
    assert some.lines["claim_index"].tolist() == [0, 1]
