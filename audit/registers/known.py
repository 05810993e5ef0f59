"""Which registers people may look up and change, and what their columns may say. To add one: one entry here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from claims.errors import NotFound
from claims.tables import (
    AGREEMENTS,
    CATALOGUE,
    COVERS,
    DECLARATIONS,
    DECLARED_REGISTERS,
    DEPARTMENT_SERVICES,
    DEPARTMENTS,
    INSTITUTIONS,
    ITEM_KINDS,
    ITEM_MAPPINGS,
    STAFF,
    Column,
    Table,
)


@dataclass(frozen=True)
class Register:
    """One register.

    Attributes:
        table: its columns and key.
        named_by: the column of what is registered, by which people look it up.
        apart: entries that are equal in these columns may not hold on the same day; empty where a key has one entry.
        choices: the values that a column may have.
        only_confirmed: columns that change by `confirm` only.
    """

    table: Table
    named_by: str
    apart: tuple[str, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    only_confirmed: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What the register is called everywhere."""
        return self.table.name

    def has(self, column: str) -> bool:
        """Whether the register has a column of this name."""
        return column in self.table.names

    def columns(self, *names: str) -> tuple[Column, ...]:
        """Columns by their names."""
        return tuple(column for name in names for column in self.table.columns if column.name == name)


_SEX = ("1", "2")

REGISTERS: Mapping[str, Register] = {
    register.name: register
    for register in (
        Register(INSTITUTIONS, "institution_id", choices={"kind": ("hospital", "clinic", "pharmacy")}),
        Register(
            DECLARATIONS,
            "register",
            choices={"register": DECLARED_REGISTERS},
            only_confirmed=("is_complete", "confirmed_at"),
        ),
        Register(DEPARTMENTS, "department_id", apart=("institution_id", "department_id")),
        Register(DEPARTMENT_SERVICES, "item_code", apart=("institution_id", "department_id", "item_code")),
        Register(
            STAFF,
            "staff_id",
            apart=("institution_id", "staff_id", "role", "department_id"),
            choices={"role": ("doctor", "pharmacist", "till")},
        ),
        Register(
            CATALOGUE,
            "item_code",
            apart=("item_code",),
            choices={"item_kind": ITEM_KINDS, "grade": ("01", "02", "03"), "only_sex": _SEX},
        ),
        Register(AGREEMENTS, "covers", apart=("institution_id", "covers"), choices={"covers": COVERS}),
        Register(ITEM_MAPPINGS, "own_item_code", apart=("institution_id", "own_item_code")),
    )
}


def register_named(name: str) -> Register:
    """The register with this name.

    Raises:
        NotFound: there is none.
    """
    if name not in REGISTERS:
        raise NotFound(f"There is no register {name[:40]!r}. Expected one of {', '.join(REGISTERS)}. Name one of them.")
    return REGISTERS[name]
