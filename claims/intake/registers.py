"""Merges registers (see `claims.intake.mapping.REGISTERS`): the newest statement counts."""

from collections import Counter

import psycopg

from claims.intake.facts import Counts, count_by_file, run
from claims.intake.staging import Stage, same
from claims.tables import Kind

PLACE = "(file_no << 40 | line_no)"
"""SQL of one number that rises with file and line."""


def merge_register(connection: psycopg.Connection, stage: Stage) -> tuple[Counts, Counts]:
    """Insert new entries and bring known ones up to date.

    A part's own rows say what is so: what they supply replaces what is known. Rows derived from facts (a person as a
    settlement names him) only fill what is not known yet, newest fact first, so that old files change nothing.

    Returns:
        For each file, the rows taken (new or with news) and the rows that said nothing new.
    """
    key = stage.table.key
    _choose(connection, stage)
    columns = [name for name in stage.kept if name not in key]
    joined = " AND ".join(f"t.{name} = c.{name}" for name in key)
    run(
        connection,
        f"DELETE FROM chosen c USING {stage.table.name} t WHERE {joined} AND {_says_nothing_new(stage, columns)}",
    )
    if columns:
        assignments = ", ".join(f"{name} = {_newer(stage, name)}" for name in columns)
        run(connection, f"UPDATE {stage.table.name} t SET {assignments} FROM chosen c WHERE {joined}")
    names, values = _with_defaults(stage)
    run(
        connection,
        f"INSERT INTO {stage.table.name} ({', '.join(names)}) SELECT {', '.join(values)} FROM chosen c "
        f"WHERE NOT EXISTS (SELECT FROM {stage.table.name} t WHERE {joined})",
    )
    taken = count_by_file(connection, "chosen")
    known = Counter(count_by_file(connection, stage.name))
    known.subtract(taken)
    run(connection, "DROP TABLE chosen")
    return taken, known


def _choose(connection: psycopg.Connection, stage: Stage) -> None:
    """Make the table of the row that counts for each entry: of a part's own rows the last, of derived ones the first.

    Facts name the same few entries again and again, so places are compared first and whole rows are sorted last.
    """
    key = ", ".join(stage.table.key)
    last, order = ("max", "DESC") if stage.is_own else ("min", "ASC")
    run(
        connection,
        f"CREATE TEMPORARY TABLE chosen ON COMMIT DROP AS SELECT DISTINCT ON ({key}) s.* FROM {stage.name} s JOIN "
        f"(SELECT {key}, {last}({PLACE}) AS place FROM {stage.name} GROUP BY {key}) f USING ({key}) "
        f"WHERE {PLACE} = f.place ORDER BY {key}, file_no {order}, line_no {order}",
    )


def _says_nothing_new(stage: Stage, columns: list[str]) -> str:
    if stage.is_own:
        return same(columns, "t", "c")
    return " AND ".join(f"(t.{name} IS NOT NULL OR c.{name} IS NULL)" for name in columns) or "true"


def _newer(stage: Stage, name: str) -> str:
    return f"c.{name}" if stage.is_own else f"coalesce(t.{name}, c.{name})"


def _with_defaults(stage: Stage) -> tuple[list[str], list[str]]:
    """Column names and values of a new entry; a flag that nobody stated is false."""
    stated = {name: f"c.{name}" for name in stage.kept}
    flags = {column.name for column in stage.table.columns if column.required and column.kind is Kind.FLAG}
    stated |= {name: f"coalesce({stated.get(name, 'NULL')}, false)" for name in flags}
    return list(stated), list(stated.values())
