"""The ledger of registers: who changed which entry by hand, from what to what, why and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from audit.registers.known import Register
from audit.registers.values import Plain, parse, plain_row
from claims.clock import to_moment

MOST_SHOWN = 500
"""Changes on one page."""


@dataclass(frozen=True)
class RegisterChange:
    """One row of the ledger.

    Attributes:
        register: its name.
        key: of the entry before the change.
        old_row: the whole entry before, None where it was new.
        new_row: the whole entry after.
        why: the reason in words.
        changed_by: the supervisor.
    """

    change_id: int
    register: str
    key: dict[str, Plain]
    old_row: dict[str, Plain] | None
    new_row: dict[str, Plain]
    why: str
    changed_by: str
    changed_at: datetime

    @property
    def differences(self) -> list[tuple[str, Plain, Plain]]:
        """Column, old and new value of what is now otherwise; for a new entry all that it says."""
        old = self.old_row or {}
        return [(name, old.get(name), new) for name, new in self.new_row.items() if old.get(name) != new]

    def plain(self) -> dict[str, Any]:
        """The row as JSON can hold it."""
        return {**asdict(self), "changed_at": to_moment(int(self.changed_at.timestamp())).isoformat()}


_COLUMNS = ", ".join(RegisterChange.__dataclass_fields__)


def lock_registers(connection: psycopg.Connection) -> None:
    """Let one person at a time change registers, until the transaction ends: checks look at other entries too."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('yicha registers'))")


def write_change(
    connection: psycopg.Connection,
    register: Register,
    key: Mapping[str, Plain],
    rows: tuple[Mapping[str, Plain] | None, Mapping[str, Plain]],
    by: str,
    why: str,
) -> RegisterChange:
    """Add a row; the transaction is the one that changes the register.

    Args:
        connection: may be the service's.
        register: which one.
        key: of the entry before the change.
        rows: the entry before, None for a new one, and after.
        by: who changes it.
        why: the reason in words.
    """
    old, new = rows
    row = connection.execute(
        "INSERT INTO register_changes (register, key, old_row, new_row, why, changed_by)"
        f" VALUES (%s, %s, %s, %s, %s, %s) RETURNING {_COLUMNS}",
        [register.name, Jsonb(dict(key)), None if old is None else Jsonb(dict(old)), Jsonb(dict(new)), why, by],
    ).fetchone()
    assert row is not None
    return RegisterChange(*row)


def history(
    connection: psycopg.Connection,
    register: Register,
    key: Mapping[str, Any],
    most: int = 100,
    before: int | None = None,
) -> list[RegisterChange]:
    """Changes of the entries whose key begins so, newest first.

    Args:
        connection: an open connection.
        register: which one.
        key: some or all columns of the key; none for the whole register.
        most: how many, at most `MOST_SHOWN`.
        before: only changes with a lower number: the next page.

    Raises:
        BadSetting: a column is not of the key, or its value not of its type.
    """
    asked = parse(register, key, register.table.key)
    wanted = plain_row(register.columns(*asked), list(asked.values()))
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM register_changes WHERE register = %s AND key @> %s"
        " AND (%s::bigint IS NULL OR change_id < %s) ORDER BY change_id DESC LIMIT %s",
        [register.name, Jsonb(wanted), before, before, max(1, min(most, MOST_SHOWN))],
    ).fetchall()
    return [RegisterChange(*row) for row in rows]
