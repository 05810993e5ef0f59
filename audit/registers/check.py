"""What must hold of an entry before it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from audit.registers.known import Register
from audit.registers.values import edge_name
from claims.errors import BadSetting, Conflict, NotFound

_RISING = (("valid_from", "valid_until"), ("least_age_years", "most_age_years"))


def check_entry(row: Mapping[str, Any], register: Register) -> None:
    """Whether the entry has what every entry has, and ends no sooner than it begins.

    Raises:
        BadSetting: it does not.
    """
    missing = [
        edge_name(column)
        for column in register.table.columns
        if (column.required or column.name in register.table.key) and row.get(column.name) is None
    ]
    if missing:
        raise BadSetting(f"The entry lacks {', '.join(missing)}. Expected a value for each of them. Give them.")
    for first, last in _RISING:
        if register.has(first) and None not in (row[first], row[last]) and row[last] < row[first]:
            raise BadSetting(
                f"{last} {row[last]} comes before {first} {row[first]}. Expected it not to. Correct one of them."
            )


def check_institution(connection: psycopg.Connection, register: Register, row: Mapping[str, Any]) -> None:
    """Whether the institution that the entry names is known.

    Raises:
        NotFound: it is not.
    """
    if not register.has("institution_id") or register.named_by == "institution_id":
        return
    code = row["institution_id"]
    if not connection.execute("SELECT FROM institutions WHERE institution_id = %s", [code]).rowcount:
        raise NotFound(f"There is no institution {code}. Expected a registered one. Add the institution first.")


def check_apart(
    connection: psycopg.Connection, register: Register, row: Mapping[str, Any], but: Sequence[Any] | None
) -> None:
    """Whether no other entry of the same holds on one of the entry's days.

    Args:
        connection: an open connection, under the lock of registers.
        register: which one.
        row: the entry.
        but: key of the entry that this one takes the place of.

    Raises:
        Conflict: there is such an entry.
    """
    if not register.apart:
        return
    same = " AND ".join(f"{name} IS NOT DISTINCT FROM %s" for name in register.apart)
    key = register.table.key
    other = f" AND ({', '.join(key)}) IS DISTINCT FROM ({', '.join(['%s'] * len(key))})" if but else ""
    found = connection.execute(
        f"SELECT valid_from, valid_until FROM {register.name} WHERE {same}{other}"
        " AND valid_from <= coalesce(%s::date, 'infinity') AND coalesce(valid_until, 'infinity') >= %s::date LIMIT 1",
        [*(row[name] for name in register.apart), *(but or ()), row["valid_until"], row["valid_from"]],
    ).fetchone()
    if found:
        raise Conflict(
            f"Another entry of the same {' and '.join(register.apart)} holds from {found[0]} until "
            f"{found[1] or 'further notice'}. Expected no day with two. End that entry first, or change the days."
        )
