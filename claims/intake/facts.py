"""Merges facts (claims, lines, diagnoses, stock, verdicts): a known id is never changed, only recognised or refused."""

from collections import Counter

import psycopg

from claims.intake.mapping import NotAfter, Numbering
from claims.intake.staging import VIOLATED_ROWS, Stage, same

NOT_CONTENT = {
    *("known_at", "known_at_source", "recorded_order", "source", "line_number", "sequence"),
    *("own_item_code", "trace_codes", "is_split_pack"),
}
"""What may differ between two reports of one fact: when and how we heard of it, our own numbers, and what earlier
versions left out, so that a file that came in then is still known."""

Counts = Counter[int]
"""Rows per file number."""


def run(connection: psycopg.Connection, statement: str, values: list[object] | None = None) -> psycopg.Cursor:
    """Execute SQL put together from our own names; outside values only as parameters."""
    return connection.execute(statement, values)


def exists(connection: psycopg.Connection, query: str) -> bool:
    """Whether a query of ours has rows."""
    row = run(connection, f"SELECT EXISTS ({query})").fetchone()
    assert row is not None
    return bool(row[0])


def refuse(connection: psycopg.Connection, stage: Stage, where: str, field: str, reason: str) -> int:
    """Move the rows of a stage (called `s`) that a condition names to the refused ones.

    Args:
        connection: the import's connection.
        stage: where the rows are.
        where: trusted SQL condition.
        field: the column that is wrong, reported with the shape of its value; "" for the row as a whole.
        reason: what is wrong, in words.
    """
    value = f"gone.{field}::text" if field else "NULL"
    moved = run(
        connection,
        f"WITH gone AS (DELETE FROM {stage.name} s WHERE {where} RETURNING s.*) "
        f"INSERT INTO {VIOLATED_ROWS} SELECT file_no, line_no, %s, {value}, %s, %s FROM gone",
        [field, reason, stage.is_own],
    )
    return moved.rowcount


def check_not_after(connection: psycopg.Connection, stage: Stage, check: NotAfter) -> None:
    """Refuse rows whose earlier moment lies after the later one."""
    slack = f" by more than {check.slack_days} day(s)" if check.slack_days else ""
    refuse(
        connection,
        stage,
        f"s.{check.earlier} > s.{check.later} + make_interval(days => {check.slack_days})",
        check.earlier,
        f"{check.earlier} lies after {check.later}{slack} (expected not after it)",
    )


def drop_doubles(connection: psycopg.Connection, stage: Stage) -> Counts:
    """Keep the first of rows with one identity: the same again is known, another content is refused."""
    identity = ", ".join(stage.output.identity)
    if not exists(connection, f"SELECT FROM {stage.name} GROUP BY {identity} HAVING count(*) > 1"):
        return Counter()  # to count is cheaper than to number
    run(
        connection,
        f"CREATE TEMPORARY TABLE doubles ON COMMIT DROP AS SELECT place, first_place FROM (SELECT ctid AS place, "
        f"first_value(ctid) OVER w AS first_place, row_number() OVER w AS n FROM {stage.name} "
        f"WINDOW w AS (PARTITION BY {identity} ORDER BY file_no, line_no)) numbered WHERE n > 1",
    )
    content = [name for name in stage.kept if name not in NOT_CONTENT]
    known = _count(
        run(
            connection,
            f"DELETE FROM {stage.name} s USING doubles d, {stage.name} f "
            f"WHERE s.ctid = d.place AND f.ctid = d.first_place AND {same(content, 's', 'f')} RETURNING s.file_no",
        )
    )
    refuse(
        connection,
        stage,
        "s.ctid IN (SELECT place FROM doubles)",
        stage.output.identity[-1],
        "this id stands in an earlier row with another content (expected one row for each id)",
    )
    run(connection, "DROP TABLE doubles")
    return known


def drop_known(connection: psycopg.Connection, stage: Stage) -> Counts:
    """Drop rows that the store has; with another content they are refused."""
    joined = " AND ".join(f"t.{name} = s.{name}" for name in stage.output.identity)
    content = [name for name in stage.kept if name not in NOT_CONTENT]
    table = stage.table.name
    known = _count(
        run(
            connection,
            f"DELETE FROM {stage.name} s USING {table} t WHERE {joined} "
            f"AND {same(content, 's', 't')} RETURNING s.file_no",
        )
    )
    refuse(
        connection,
        stage,
        f"EXISTS (SELECT FROM {table} t WHERE {joined})",
        stage.output.identity[-1],
        "this id is in the store with another content (facts are never changed; send a reversal and a new row)",
    )
    return known


def drop_rows_of_refused(connection: psycopg.Connection, stage: Stage) -> None:
    """A derived row goes with the source row that was refused."""
    run(
        connection,
        f"DELETE FROM {stage.name} s USING {VIOLATED_ROWS} r WHERE r.is_own AND r.file_no = s.file_no "
        "AND r.line_no = s.line_no",
    )


def insert(connection: psycopg.Connection, stage: Stage, numbering: Numbering | None) -> Counts:
    """Add what is left of a stage to its table."""
    table, columns = stage.table.name, stage.kept
    if numbering is None:
        chosen = ", ".join(f"s.{name}" for name in columns)
        added = run(connection, f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM {stage.name} s")
    else:
        columns = [name for name in columns if name != numbering.column]
        chosen = ", ".join(f"s.{name}" for name in columns)
        number = f"row_number() OVER (PARTITION BY s.{numbering.within} ORDER BY {_ordered(numbering)})"
        before = ""
        if exists(connection, f"SELECT FROM {table}"):
            number = f"coalesce(k.most, 0) + {number}"
            before = (
                f"LEFT JOIN (SELECT {numbering.within}, max({numbering.column}) AS most FROM {table} "
                f"WHERE {numbering.within} IN (SELECT {numbering.within} FROM {stage.name}) GROUP BY 1) k "
                f"ON k.{numbering.within} = s.{numbering.within}"
            )
        added = run(
            connection,
            f"INSERT INTO {table} ({', '.join(columns)}, {numbering.column}) SELECT {chosen}, {number} "
            f"FROM {stage.name} s {before}",
        )
    counts = count_by_file(connection, stage.name)
    assert added.rowcount == sum(counts.values())
    return counts


def _ordered(numbering: Numbering) -> str:
    return ", ".join(f"s.{name}" for name in (*numbering.order, "file_no", "line_no"))


def count_by_file(connection: psycopg.Connection, name: str) -> Counts:
    """Rows of a temporary table for each file."""
    rows = run(connection, f"SELECT file_no, count(*) FROM {name} GROUP BY 1").fetchall()
    return Counter({int(file_no): int(count) for file_no, count in rows})


def _count(cursor: psycopg.Cursor) -> Counts:
    return Counter(int(row[0]) for row in cursor)
