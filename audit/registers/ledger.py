"""The ledgers of registers: who changed which entry by hand, from what to what, why and when; what imports changed.

The tables' own triggers write them, so that nothing changes without a row (claims/store/migrations/0019_*.sql).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from audit.life.ledger import checked_words
from audit.registers.known import REGISTERS, Register
from audit.registers.values import Plain, parse, plain_json, plain_row
from claims.clock import to_moment
from claims.errors import YichaError

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


@contextmanager
def written_down(connection: psycopg.Connection, by: str, why: str) -> Iterator[list[RegisterChange]]:
    """Let the ledger say who and why of what is changed inside; one person at a time, since checks look at others too.

    Args:
        connection: may be the service's; the transaction is the caller's, and holds the lock until it ends.
        by: who changes it.
        why: the reason in words.

    Yields:
        What was written, once the block has ended.

    Raises:
        BadSetting: a name or reason is empty or too long.
    """
    said = {"by": checked_words("name", by, 100), "why": checked_words("reason", why)}
    changes: list[RegisterChange] = []
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('yicha registers'))")
    (last,) = connection.execute("SELECT coalesce(max(change_id), 0) FROM register_changes").fetchone() or (0,)
    _say(connection, json.dumps(said))
    try:
        yield changes
    except YichaError:  # a check refused it, and the transaction may go on
        _say(connection, "")
        raise
    _say(connection, "")
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM register_changes WHERE change_id > %s ORDER BY change_id", [last]
    ).fetchall()
    changes += map(_change, rows)


def _say(connection: psycopg.Connection, words: str) -> None:
    connection.execute("SELECT set_config('yicha.change', %s, true)", [words])


def _change(row: tuple[Any, ...]) -> RegisterChange:
    """A row of the ledger, which holds values as the store does, by their names at the edge."""
    change = RegisterChange(*row)
    register = REGISTERS[change.register]
    old = None if change.old_row is None else plain_json(register, change.old_row)
    return replace(change, old_row=old, new_row=plain_json(register, change.new_row))


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
    return [_change(row) for row in rows]


@dataclass(frozen=True)
class RegisterImport:
    """What one import changed in one register of one institution.

    Attributes:
        import_id: the same for all rows of one import.
        register: its name.
        institution_id: whose entries; None for the catalogue.
        added, changed: how many entries were new, and how many said something else before.
        mapping: the mapping file; None where the owner of the database wrote by other means.
        files: name and fingerprint of each file that fed the register.
    """

    import_id: str
    register: str
    institution_id: str | None
    added: int
    changed: int
    mapping: str | None
    files: list[dict[str, str]]
    imported_at: datetime

    def plain(self) -> dict[str, Any]:
        """The row as JSON can hold it."""
        return {**asdict(self), "imported_at": to_moment(int(self.imported_at.timestamp())).isoformat()}


def imports(
    connection: psycopg.Connection, register: Register | None = None, institution: str | None = None, most: int = 100
) -> list[RegisterImport]:
    """What imports changed, newest first.

    Args:
        connection: may be the service's.
        register: only in this one.
        institution: only of this one.
        most: how many, at most `MOST_SHOWN`.

    Raises:
        BadSetting: the institution's code is none.
    """
    if institution is not None:
        parse(REGISTERS["institutions"], {"institution_id": institution}, ["institution_id"])
    rows = connection.execute(
        f"SELECT {', '.join(RegisterImport.__dataclass_fields__)} FROM register_imports"
        " WHERE (%s::text IS NULL OR register = %s) AND (%s::text IS NULL OR institution_id = %s)"
        " ORDER BY imported_at DESC, import_id, register, institution_id LIMIT %s",
        [*[register and register.name] * 2, *[institution] * 2, max(1, min(most, MOST_SHOWN))],
    ).fetchall()
    return [RegisterImport(*row) for row in rows]
