"""Changes registers by hand: adds an entry, ends or corrects one; nothing is removed.

Each change is checked, written and put into the ledger in one transaction, which is the caller's. The trigger on the
tables lets every process of the service read the entry anew at its next settlement.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from audit.registers.check import check_apart, check_entry, check_institution
from audit.registers.known import Register
from audit.registers.ledger import RegisterChange, written_down
from audit.registers.values import parse
from claims.errors import BadSetting, Conflict, NotFound
from claims.tables import Kind

Given = Mapping[str, Any]


def add(connection: psycopg.Connection, register: Register, entry: Given, by: str, why: str) -> RegisterChange:
    """Add an entry; a flag that is not given is false.

    Args:
        connection: may be the service's.
        register: which one.
        entry: values by their names at the edge.
        by: the supervisor.
        why: the reason in words.

    Raises:
        BadSetting: a column is unknown or a value cannot be taken.
        NotFound: the institution is unknown.
        Conflict: the entry is there already, or another one holds on one of its days.
    """
    free = [name for name in register.table.names if name not in register.only_confirmed]
    flags = {column.name: False for column in register.table.columns if column.kind is Kind.FLAG}
    row = dict.fromkeys(register.table.names) | flags | parse(register, entry, free)
    check_entry(row, register)
    key = [row[name] for name in register.table.key]
    names = register.table.names
    with written_down(connection, by, why) as changes:
        check_institution(connection, register, row)
        if _read(connection, register, key) is not None:
            raise Conflict(
                f"The register {register.name} has an entry with this {' and '.join(register.table.key)} already. "
                "Expected a new one. Correct that entry instead."
            )
        check_apart(connection, register, row, None)
        connection.execute(
            f"INSERT INTO {register.name} ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))})",
            [row[name] for name in names],
        )
    return changes[0]


def correct(
    connection: psycopg.Connection, register: Register, key: Given, changes: Given, by: str, why: str
) -> RegisterChange:
    """Change columns of an entry, also its first day, but not whom it names.

    Args:
        connection: may be the service's.
        register: which one.
        key: all columns of the key.
        changes: new values by their names at the edge; None takes a value away.
        by: the supervisor.
        why: the reason in words.

    Raises:
        BadSetting, NotFound, Conflict: as `add`; NotFound also where there is no such entry.
    """
    fixed = {*register.table.key, *register.only_confirmed} - {"valid_from"}
    news = parse(register, changes, [name for name in register.table.names if name not in fixed])
    if not news:
        raise BadSetting("No column is to be changed. Expected a new value of one at least. Give it.")
    return _change(connection, register, key, news, by, why)


def end(connection: psycopg.Connection, register: Register, key: Given, on: str, by: str, why: str) -> RegisterChange:
    """Let an entry hold until a day and no longer.

    Args:
        connection: may be the service's.
        register: one with days.
        key: all columns of the key.
        on: the last day, as YYYY-MM-DD.
        by: the supervisor.
        why: the reason in words.

    Raises:
        BadSetting, NotFound, Conflict: as `correct`.
    """
    if not register.has("valid_until"):
        raise BadSetting(
            f"Entries of {register.name} have no last day. Expected a register with days. End the agreements of an "
            "institution that may settle no more."
        )
    if not on:
        raise BadSetting("No last day is given. Expected a day as YYYY-MM-DD. Give it.")
    return _change(connection, register, key, parse(register, {"valid_until": on}, ["valid_until"]), by, why)


def entry_with(connection: psycopg.Connection, register: Register, key: Given) -> dict[str, Any]:
    """The entry with this key, by our column names.

    Args:
        connection: may be the service's.
        register: which one.
        key: all columns of the key.

    Raises:
        BadSetting: columns of the key are missing or cannot be taken.
        NotFound: there is no such entry.
    """
    parsed = parse(register, key, register.table.key)
    missing = [name for name in register.table.key if parsed.get(name) is None]
    if missing:
        raise BadSetting(
            f"The key of the entry lacks {', '.join(missing)}. Expected {', '.join(register.table.key)}. Give them "
            "all; `yicha registers search` shows them."
        )
    row = _read(connection, register, [parsed[name] for name in register.table.key])
    if row is None:
        raise NotFound(
            f"The register {register.name} has no entry with this key. Expected one that is there. Look it up with "
            "`yicha registers search`."
        )
    return row


def _read(connection: psycopg.Connection, register: Register, key: list[Any]) -> dict[str, Any] | None:
    where = " AND ".join(f"{name} = %s" for name in register.table.key)
    names = register.table.names
    row = connection.execute(f"SELECT {', '.join(names)} FROM {register.name} WHERE {where}", key).fetchone()
    return None if row is None else dict(zip(names, row, strict=True))


def _change(
    connection: psycopg.Connection, register: Register, key: Given, news: Given, by: str, why: str
) -> RegisterChange:
    with written_down(connection, by, why) as changes:
        old = entry_with(connection, register, key)
        new = {**old, **news}
        if new == old:
            raise Conflict("The entry says so already. Expected something new. Nothing was changed.")
        check_entry(new, register)
        place = [old[name] for name in register.table.key]
        if any(new[name] != old[name] for name in (*register.apart, *_DAYS) if name in news):
            check_apart(connection, register, new, place)
        where = " AND ".join(f"{name} = %s" for name in register.table.key)
        assignments = ", ".join(f"{name} = %s" for name in news)
        connection.execute(f"UPDATE {register.name} SET {assignments} WHERE {where}", [*news.values(), *place])
    return changes[0]


_DAYS = ("valid_from", "valid_until")
