"""Register rows kept by this process: what a settlement names of each register.

They hold as long as `register_version` says so, which the server changes with every change of a register. It is read
before the rows, so that kept rows are never older than the version they are kept under.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import psycopg

from claims.lazy import TakenColumns
from claims.store.columns import read_few
from claims.tables import (
    AGREEMENTS,
    CATALOGUE,
    DECLARATIONS,
    DEPARTMENT_SERVICES,
    DEPARTMENTS,
    INSTITUTIONS,
    KNOWLEDGE,
    STAFF,
    Columns,
    Table,
    empty_columns,
)

MOST_KEPT = 100_000
"""Keys of one register; then a process begins anew, so that it does not grow for ever."""

Key = str | tuple[str, ...]

_READ: Mapping[str, tuple[Table, tuple[str, ...]]] = {
    "institutions": (INSTITUTIONS, ("institution_id",)),
    "declarations": (DECLARATIONS, ("institution_id",)),
    "departments": (DEPARTMENTS, ("institution_id",)),
    "department_services": (DEPARTMENT_SERVICES, ("institution_id", "item_code")),
    "catalogue": (CATALOGUE, ("item_code",)),
    "knowledge": (KNOWLEDGE, ("item_code",)),
    "staff": (STAFF, ("staff_id",)),
    "agreements": (AGREEMENTS, ("institution_id",)),
}
"""The table of each, and the columns by which it is asked; of several columns a key is a tuple."""


@dataclass(frozen=True)
class _Kept:
    """Rows of one register, and which of them are a key's; never changed, so that threads may share it."""

    columns: Columns
    rows_of: Mapping[Key, list[int]]


class Registers:
    """Rows of the registers under one version."""

    def __init__(self, version: str) -> None:
        self.version = version
        self._kept = {name: _Kept(empty_columns(table), {}) for name, (table, _) in _READ.items()}

    def rows(self, connection: psycopg.Connection, register: str, keys: Sequence[Key]) -> Columns:
        """The rows of the keys; asks the store only for keys that nobody asked for before."""
        kept = self._kept[register]
        unknown = [key for key in keys if key not in kept.rows_of]
        if unknown:
            if len(kept.rows_of) > MOST_KEPT:
                kept, unknown = _Kept(empty_columns(_READ[register][0]), {}), list(keys)
            kept = self._kept[register] = _with(kept, connection, register, unknown)
        rows = [row for key in keys for row in kept.rows_of[key]]
        return TakenColumns(kept.columns, np.array(rows, dtype=np.int64))


def _with(kept: _Kept, connection: psycopg.Connection, register: str, keys: Sequence[Key]) -> _Kept:
    """What is kept and the rows of further keys, none for a key that the register does not have."""
    table, names = _READ[register]
    asked: list[list[object]] = [list(keys)] if len(names) == 1 else [list(part) for part in zip(*keys, strict=True)]
    columns = ", ".join(f"t.{name}" for name in names)
    lists = ", ".join(["%s::text[]"] * len(names))
    wanted = f"({columns}) IN (SELECT * FROM unnest({lists}))" if len(names) > 1 else f"{columns} = ANY(%s)"
    found = read_few(connection, table, f"WHERE {wanted} ORDER BY {', '.join(table.key)}", tuple(asked))
    rows_of: dict[Key, list[int]] = {key: [] for key in keys}
    of_row = [found[name].tolist() for name in names]
    for row, parts in enumerate(zip(*of_row, strict=True), len(kept.columns[names[0]])):
        rows_of[parts if len(names) > 1 else parts[0]].append(row)
    every = {name: np.concatenate([kept.columns[name], found[name]]) for name in table.names}
    return _Kept(every, {**kept.rows_of, **rows_of})


_registers: dict[tuple[str, str], Registers] = {}


def registers_of(connection: psycopg.Connection, version: str) -> Registers:
    """What this process keeps of the connection's store under the version that was just read there."""
    store = (f"{connection.info.host}:{connection.info.port}", connection.info.dbname)
    known = _registers.get(store)
    if known is None or known.version != version:
        known = _registers[store] = Registers(version)
    return known
