"""The store's tables are those that claims/tables.py spells."""

import pytest

from claims.tables import KNOWLEDGE, TABLES, Table

ALL = (*TABLES, KNOWLEDGE)


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_columns_types_and_obligations_are_equal(store, table: Table):
    with store.as_owner() as connection:
        found = connection.execute(
            "SELECT column_name, data_type, is_nullable = 'NO' FROM information_schema.columns "
            "WHERE table_schema = 'public' AND table_name = %s ORDER BY ordinal_position",
            [table.name],
        ).fetchall()
    assert found == [
        (column.name, column.kind.store_type, column.required or column.name in table.key) for column in table.columns
    ]


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_keys_are_equal(store, table: Table):
    with store.as_owner() as connection:
        key = connection.execute(
            "SELECT a.attname FROM pg_index i, unnest(i.indkey) WITH ORDINALITY k(number, place), pg_attribute a "
            "WHERE i.indrelid = %s::regclass AND i.indisprimary AND a.attrelid = i.indrelid AND a.attnum = k.number "
            "ORDER BY k.place",
            [table.name],
        ).fetchall()
    assert tuple(name for (name,) in key) == table.key
