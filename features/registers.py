"""Register rows kept by this process: what a settlement names of each register.

They hold as long as `register_version` says so, which the server changes with every change of a register. It is read
before the rows, so that kept rows are never older than the version they are kept under.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import psycopg

from claims.lazy import TakenColumns
from claims.store.columns import read_few
from claims.store.connect import store_of
from claims.tables import (
    AGREEMENTS,
    CATALOGUE,
    DECLARATIONS,
    DEPARTMENT_SERVICES,
    DEPARTMENTS,
    INSTITUTIONS,
    ITEM_MAPPINGS,
    KNOWLEDGE,
    STAFF,
    Columns,
    Table,
    empty_columns,
)

MOST_KEPT = 100_000
"""Keys of one register; then a process begins anew, so that it does not grow for ever."""

FEW = 4
"""So many keys are few."""

Key = str | tuple[str, ...]
"""A text, or a tuple of them where several columns make the key."""

_READ: Mapping[str, tuple[Table, tuple[str, ...]]] = {
    "institutions": (INSTITUTIONS, ("institution_id",)),
    "declarations": (DECLARATIONS, ("institution_id",)),
    "departments": (DEPARTMENTS, ("institution_id",)),
    "department_services": (DEPARTMENT_SERVICES, ("institution_id", "item_code")),
    "catalogue": (CATALOGUE, ("item_code",)),
    "knowledge": (KNOWLEDGE, ("item_code",)),
    "staff": (STAFF, ("staff_id",)),
    "agreements": (AGREEMENTS, ("institution_id",)),
    "item_mappings": (ITEM_MAPPINGS, ("institution_id", "own_item_code")),
    "first_item_mappings": (ITEM_MAPPINGS, ("institution_id",)),
}
_FIRST_ONLY = {
    "first_item_mappings": "({key}) IN (SELECT DISTINCT ON (t.institution_id) {key} FROM item_mappings t WHERE {asked} "
    "ORDER BY {key})"
}
"""Where one entry tells enough: that there is any."""


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
        self._taken: dict[tuple[str, tuple[Key, ...]], Columns] = {}

    def rows(self, connection: psycopg.Connection, register: str, keys: Sequence[Key]) -> Columns:
        """The rows of the keys; asks the store only for keys that nobody asked for before.

        The rows of few keys, such as an institution, are asked for again and again: they are kept as they were given.
        """
        if len(keys) > FEW:
            return self._rows(connection, register, keys)
        place = register, tuple(keys)
        if place not in self._taken:
            if len(self._taken) > MOST_KEPT:
                self._taken = {}
            rows = dict(self._rows(connection, register, keys))  # copies: not to hold all that is kept today
            self._taken[place] = TakenColumns(rows, np.arange(len(next(iter(rows.values())))), rows)
        return self._taken[place]

    def _rows(self, connection: psycopg.Connection, register: str, keys: Sequence[Key]) -> Columns:
        kept = self._kept[register]
        if not kept.rows_of.keys() >= set(keys):
            unknown = [key for key in keys if key not in kept.rows_of]
            if len(kept.rows_of) > MOST_KEPT:
                kept, unknown = _Kept(empty_columns(_READ[register][0]), {}), list(keys)
            kept = self._kept[register] = _with(kept, connection, register, unknown)
        rows = list(chain.from_iterable(map(kept.rows_of.__getitem__, keys)))
        return TakenColumns(kept.columns, np.array(rows, dtype=np.int64))


def _with(kept: _Kept, connection: psycopg.Connection, register: str, keys: list[Key]) -> _Kept:
    """What is kept and the rows of further keys, none for a key that the register does not have."""
    table, by = _READ[register]
    asked = [[key] if isinstance(key, str) else key for key in keys]
    where = (
        f"({', '.join(f't.{name}' for name in by)}) IN (SELECT * FROM unnest({', '.join(['%s::text[]'] * len(by))}))"
    )
    key_columns = ", ".join(f"t.{name}" for name in table.key)
    where = _FIRST_ONLY.get(register, "{asked}").format(asked=where, key=key_columns)
    values = tuple(list(column) for column in zip(*asked, strict=True))
    found = read_few(connection, table, f"WHERE {where} ORDER BY {key_columns}", values)
    rows_of: dict[Key, list[int]] = {key: [] for key in keys}
    names = found[by[0]].tolist() if len(by) == 1 else zip(*(found[name].tolist() for name in by), strict=True)
    for row, key in enumerate(names, len(kept.columns[by[0]])):
        rows_of[key].append(row)
    columns = {name: np.concatenate([kept.columns[name], found[name]]) for name in table.names}
    return _Kept(columns, {**kept.rows_of, **rows_of})


_registers: dict[tuple[str, str], Registers] = {}


def registers_of(connection: psycopg.Connection, version: str) -> Registers:
    """What this process keeps of the connection's store under the version that was just read there."""
    store = store_of(connection)
    known = _registers.get(store)
    if known is None or known.version != version:
        known = _registers[store] = Registers(version)
    return known
