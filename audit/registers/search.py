"""Looks entries of a register up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from audit.registers.known import Register
from audit.registers.values import Plain, plain_row
from claims.errors import BadSetting

MOST_SHOWN = 500
"""Entries on one page."""
MOST_SKIPPED = 1_000_000


@dataclass(frozen=True)
class Filters:
    """What entries must be; None asks for nothing.

    Attributes:
        institution: the institution's code.
        id: of what is registered: institution, department, person, item, or what an agreement covers.
        name: a part of its name.
        role: of a person.
        on: a day on which the entry holds.
    """

    institution: str | None = None
    id: str | None = None
    name: str | None = None
    role: str | None = None
    on: date | None = None


def search(
    connection: psycopg.Connection, register: Register, filters: Filters, most: int = 50, skip: int = 0
) -> list[dict[str, Plain]]:
    """Entries in the order of their key.

    Args:
        connection: may be the service's.
        register: which one.
        filters: what is asked for.
        most: how many, at most `MOST_SHOWN`.
        skip: how many to leave out first: the pages before.

    Raises:
        BadSetting: the register has no such column, or a text holds what no text in the store can.
    """
    conditions, values = _conditions(register, filters)
    names = register.table.names
    rows = connection.execute(
        f"SELECT {', '.join(names)} FROM {register.name} WHERE {' AND '.join(conditions)} "
        f"ORDER BY {', '.join(register.table.key)} LIMIT %s OFFSET %s",
        [*values, max(1, min(most, MOST_SHOWN)), max(0, min(skip, MOST_SKIPPED))],
    ).fetchall()
    return [plain_row(register.table.columns, row) for row in rows]


def _conditions(register: Register, filters: Filters) -> tuple[list[str], list[Any]]:
    conditions, values = ["true"], list[Any]()
    asked = (
        ("institution_id", "{} = %s", filters.institution),
        (register.named_by, "{} = %s", filters.id),
        ("name", "{} ILIKE %s", filters.name and f"%{_literally(filters.name)}%"),
        ("role", "{} = %s", filters.role),
        ("valid_from", "{} <= %s", filters.on),
        ("valid_until", "({0} IS NULL OR {0} >= %s)", filters.on),
    )
    for column, condition, value in asked:
        if value is None:
            continue
        if not register.has(column):
            raise BadSetting(
                f"The register {register.name} has no {column} to look for. Expected one of its columns: "
                f"{', '.join(register.table.names)}. Leave this out."
            )
        if isinstance(value, str) and (len(value) > 200 or "\0" in value):
            raise BadSetting(
                "A text to look for is too long or not a text. Expected at most 100 characters. Shorten it."
            )
        conditions.append(condition.format(column))
        values.append(value)
    return conditions, values


def _literally(text: str) -> str:
    """The text with the signs that a pattern would read as anything."""
    return "".join(f"\\{sign}" if sign in "\\%_" else sign for sign in text)
