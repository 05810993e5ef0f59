"""Gives new claims their place in history: ordered by (known_at, claim id), never below what was decided."""

from dataclasses import dataclass

import psycopg

from claims.clock import to_moment
from claims.errors import OutOfOrder
from claims.intake.facts import Counts, count_by_file, run
from claims.intake.staging import Stage


@dataclass(frozen=True)
class Placement:
    """What placing did.

    Attributes:
        backfilled: claims known before the newest decision, appended at the end because it was asked for.
        renumbered: earlier imported claims that moved up to make room.
    """

    backfilled: int
    renumbered: int


def newest_decision(connection: psycopg.Connection) -> int:
    """The highest recorded order that was decided on; 0 when nothing was decided."""
    row = connection.execute("SELECT coalesce(max(recorded_order), 0) FROM decisions").fetchone()
    assert row is not None
    return int(row[0])


def place(connection: psycopg.Connection, stage: Stage, allow_backfill: bool) -> Placement:
    """Number the staged claims and, where history above the newest decision must make room, the claims there.

    Orders only rise; they need not be without gaps.

    Raises:
        OutOfOrder: a staged claim was known before the newest decision and back-filling was not asked for.
    """
    run(connection, "LOCK TABLE claims IN SHARE ROW EXCLUSIVE MODE")
    decided = newest_decision(connection)
    _raise_sequence(connection)
    late = _mark_late(connection, stage, decided)
    if late and not allow_backfill:
        _refuse_late(connection, stage, late)
    renumbered = _collect(connection, stage, decided)
    run(
        connection,
        "CREATE TEMPORARY TABLE placed ON COMMIT DROP AS SELECT claim_id, is_new, nextval('recorded_order') AS place "
        "FROM (SELECT * FROM to_place ORDER BY is_late, known_at, claim_id) ordered",
    )
    run(connection, "DROP TABLE to_place")
    if renumbered:
        _move(connection)
    return Placement(late, renumbered)


def insert_placed(connection: psycopg.Connection, stage: Stage, source: str, placement: Placement) -> Counts:
    """Add the placed claims to the store.

    Args:
        connection: the import's connection.
        stage: the claims that `place` placed.
        source: what brought them.
        placement: what `place` said.
    """
    columns = [name for name in stage.kept if name not in ("recorded_order", "source")]
    chosen = ", ".join(f"s.{name}" for name in columns)
    added = run(
        connection,
        f"INSERT INTO claims ({', '.join(columns)}, recorded_order, source) SELECT {chosen}, p.place, %s "
        f"FROM {stage.name} s JOIN placed p ON p.claim_id = s.claim_id AND p.is_new",
        [source],
    )
    run(connection, "DROP TABLE placed")
    counts = count_by_file(connection, stage.name)
    assert added.rowcount == sum(counts.values())
    if placement.backfilled:
        mark_affected(
            connection, f"SELECT t.* FROM {stage.name} s JOIN claims t ON t.claim_id = s.claim_id WHERE s.is_late"
        )
    return counts


def _raise_sequence(connection: psycopg.Connection) -> None:
    """Let new numbers begin above every claim, also where rows were restored without the sequence."""
    run(
        connection,
        "SELECT setval('recorded_order', max(recorded_order)) FROM claims "
        "HAVING max(recorded_order) > (SELECT last_value FROM recorded_order)",
    )


def _mark_late(connection: psycopg.Connection, stage: Stage, decided: int) -> int:
    run(connection, f"ALTER TABLE {stage.name} ADD COLUMN is_late boolean NOT NULL DEFAULT false")
    return run(
        connection,
        f"UPDATE {stage.name} s SET is_late = true FROM claims d WHERE d.recorded_order = %s "
        "AND (s.known_at, s.claim_id) < (d.known_at, d.claim_id)",
        [decided],
    ).rowcount


def _refuse_late(connection: psycopg.Connection, stage: Stage, late: int) -> None:
    row = run(
        connection, f"SELECT extract(epoch FROM min(known_at))::bigint FROM {stage.name} WHERE is_late"
    ).fetchone()
    assert row is not None
    raise OutOfOrder(
        f"{late} claims were known before the newest decision (the first at {to_moment(row[0]):%Y-%m-%d %H:%M}). "
        "Expected claims known after it, because decisions must stay as they were made. Nothing was imported; "
        "give --allow-backfill to append them at the end of history and mark whom they affect."
    )


def _collect(connection: psycopg.Connection, stage: Stage, decided: int) -> int:
    """Make the table of the claims that need a place; the number of those that had one."""
    run(
        connection,
        "CREATE TEMPORARY TABLE to_place ON COMMIT DROP AS "
        f"SELECT claim_id, known_at, is_late, true AS is_new FROM {stage.name}",
    )
    return run(
        connection,
        "INSERT INTO to_place SELECT c.claim_id, c.known_at, false, false FROM claims c, "
        "(SELECT known_at, claim_id FROM to_place WHERE NOT is_late ORDER BY known_at, claim_id LIMIT 1) f "
        "WHERE c.recorded_order > %s AND (c.known_at, c.claim_id) > (f.known_at, f.claim_id)",
        [decided],
    ).rowcount


def _move(connection: psycopg.Connection) -> None:
    """Give moved claims their new order; feature columns built beyond the first of them no longer hold."""
    run(
        connection,
        "DELETE FROM feature_builds WHERE built_until_order >= (SELECT min(c.recorded_order) FROM claims c "
        "JOIN placed p USING (claim_id) WHERE NOT p.is_new)",
    )
    run(
        connection,
        "UPDATE claims c SET recorded_order = p.place FROM placed p WHERE p.claim_id = c.claim_id AND NOT p.is_new",
    )


def mark_affected(connection: psycopg.Connection, claims: str) -> None:
    """Note whose past changed below the newest decision; `claims` is trusted SQL that selects rows of claims."""
    for kind in ("patient", "doctor", "institution"):
        run(
            connection,
            f"INSERT INTO affected_entities SELECT '{kind}', {kind}_id, min(recorded_order), 'backfill' "
            f"FROM ({claims}) c WHERE {kind}_id IS NOT NULL GROUP BY {kind}_id "
            "ON CONFLICT (entity_kind, entity_id) DO UPDATE SET "
            "since_order = least(affected_entities.since_order, excluded.since_order)",
        )
