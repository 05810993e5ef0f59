"""Reads many rows of large tables in big messages, which all processes of the server make together.

`slices` asks for one slice after the other by the index, and its readers are parallel themselves. A sweep is one reader
that wants most of a table: the server then scans and joins with several processes, each of which joins the values of
its rows. It needs no other connection, so it also sees what its own transaction wrote.
"""

from __future__ import annotations

import psycopg
import pyarrow as pa

from claims.store.slices import joined, read_joined, sorted_by
from claims.tables import CLAIMS, Column, Kind, Table

ORDERS_IN_A_MESSAGE = 1 << 19
"""So many consecutive numbers of claims make one message: the server holds a message as a whole, some 80 MB."""

MESSAGE_BITS = 6
"""Rows of other tables come in two to the power of so many messages."""

_ORDER = CLAIMS.columns[CLAIMS.names.index("recorded_order")]


def sweep_claims(connection: psycopg.Connection, table: Table, where: str) -> pa.Table:
    """Claims in recorded order.

    Args:
        connection: an open connection.
        table: the claims table, narrowed to the columns wanted, `recorded_order` among them.
        where: trusted SQL on claims, called `t`.

    Returns:
        Texts, booleans, and int64 with `MISSING`, as memory has them; texts that are no key as dictionaries.
    """
    first, last = connection.execute("SELECT min(recorded_order), max(recorded_order) FROM claims").fetchone() or (0, 0)
    columns = {f"t.{column.name}": column for column in table.columns}
    parts = []
    for start in range(first or 0, (last or 0) + 1, ORDERS_IN_A_MESSAGE):
        inside = f"t.recorded_order BETWEEN {start} AND {start + ORDERS_IN_A_MESSAGE - 1}"
        query = f"SELECT {joined(columns)} FROM claims t WHERE {inside} AND {where}"
        part = read_joined(connection, table.columns, query)
        parts.append(sorted_by(_narrow(part, table), [_ORDER.name]))
    return pa.concat_tables(parts)


def sweep_table(connection: psycopg.Connection, table: Table) -> pa.Table:
    """All rows of a table whose key is one text, in no certain order."""
    columns = {f"t.{column.name}": column for column in table.columns}
    groups = _groups(f"hashtext(t.{table.key[0]})")
    query = f"SELECT {joined(columns)} FROM {table.name} t GROUP BY {groups}"
    return read_joined(connection, table.columns, query)


def _groups(number: str) -> str:
    """Two to the power of `MESSAGE_BITS` groups by the lowest bits of a whole number.

    By conditions, not by a remainder: of these the planner knows that there are few groups, which each process of the
    server then joins by itself.
    """
    return ", ".join(f"{number} & {1 << bit} = 0" for bit in range(MESSAGE_BITS))


def _narrow(part: pa.Table, table: Table) -> pa.Table:
    """Texts that come again and again as dictionaries, which take a fifth of the memory."""
    for place, column in enumerate(table.columns):
        if column.kind is Kind.TEXT and column.name not in table.key:
            part = part.set_column(place, column.name, part[column.name].dictionary_encode())
    return part


def sweep_children(connection: psycopg.Connection, table: Table, where: str) -> pa.Table:
    """The lines or diagnoses of claims, sorted by claim and number, with their claim's `recorded_order`.

    Args:
        connection: an open connection.
        table: lines or diagnoses, narrowed to the columns wanted.
        where: trusted SQL on the children, called `t`, and their claims, called `c`.
    """
    number = Column(table.key[1], Kind.WHOLE, "the child's place in its claim")
    columns = {"c.recorded_order": _ORDER, f"t.{number.name}": number}
    columns |= {f"t.{column.name}": column for column in table.columns}
    source, groups = f"{table.name} t JOIN claims c USING (claim_id)", _groups("c.recorded_order")
    query = f"SELECT {joined(columns)} FROM {source} WHERE {where} GROUP BY {groups}"
    return sorted_by(read_joined(connection, columns.values(), query), [_ORDER.name, number.name])
