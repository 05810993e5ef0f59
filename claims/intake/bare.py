"""Takes keys and indexes off tables that get most of their rows now, and makes them anew when the rows are in.

An index that is made of all rows at once costs half of one that grows row by row, and a reference that is checked by
one join a twentieth of one that is checked for every row.
"""

from collections.abc import Mapping

import psycopg
from psycopg.errors import LockNotAvailable

from claims.intake.facts import exists, run
from claims.intake.order import newest_decision

FACTS = ("claims", "lines", "diagnoses")
"""Parents before their children, whose references need the parents' keys."""


class Bare:
    """Tables without keys and indexes, with the statements that make these again.

    Args:
        connection: the import's connection, in its transaction; what fails later brings keys and indexes back.
    """

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._made_again: dict[str, list[str]] = {}

    def strip(self, staged: Mapping[str, int]) -> None:
        """Strip each table that gets at least as many rows as it has, before anything else is locked.

        Nobody can read these tables until the import ends. So they stay as they are when something was decided, because
        then settlements are at work, and when somebody reads them at this moment.

        Args:
            staged: how many rows came for each table.
        """
        filled = [name for name in FACTS if staged.get(name, 0) > 0 and self._holds_at_most(name, staged[name])]
        if not filled or newest_decision(self._connection) or not self._lock():
            return
        self._drop(filled)
        for name in filled:
            if not exists(self._connection, f"SELECT FROM {name}"):
                # The file is new then, and what goes to a new file needs no log (with `wal_level = minimal`).
                run(self._connection, f"TRUNCATE {name}")

    def restore(self, name: str) -> None:
        """Make what was taken off a table again; a reference needs the key that it refers to."""
        for statement in self._made_again.pop(name, []):
            run(self._connection, statement)

    def _holds_at_most(self, name: str, count: int) -> bool:
        return not exists(self._connection, f"SELECT FROM {name} OFFSET {count}")

    def _lock(self) -> bool:
        try:
            with self._connection.transaction():
                run(self._connection, f"LOCK TABLE {', '.join(FACTS)} IN ACCESS EXCLUSIVE MODE NOWAIT")
        except LockNotAvailable:
            return False
        return True

    def _drop(self, names: list[str]) -> None:
        """Drop primary keys, indexes and references of the tables, and the references of others to them."""
        constraints = run(
            self._connection,
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE (contype = 'p' AND conrelid = ANY(%s::regclass[])) "
            "OR (contype = 'f' AND (conrelid = ANY(%s::regclass[]) OR confrelid = ANY(%s::regclass[]))) "
            "ORDER BY contype = 'f', conname",
            [names, names, names],
        ).fetchall()
        for table, name, _ in reversed(constraints):
            run(self._connection, f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        indexes = run(
            self._connection,
            "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() "
            "AND tablename = ANY(%s) ORDER BY indexname",
            [names],
        ).fetchall()
        for _, name, _ in indexes:
            run(self._connection, f"DROP INDEX {name}")
        for table, name, text in constraints:
            self._made_again.setdefault(table, []).append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {text}")
        for table, _, text in indexes:
            self._made_again.setdefault(table, []).append(text)
