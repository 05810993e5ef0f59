"""Builds the snapshots of a stretch of nights from the claims in the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from claims.clock import to_day
from claims.errors import BadSetting, NotEnoughData
from graphs.links import JointFinder, find_joint_days
from graphs.newest import newest_day
from graphs.read import read_source
from graphs.snapshot import Memory, Roller, nights
from graphs.store import read_memory, remove_from, write_night

CADENCES = ("nightly", "weekly")

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class BuildCounts:
    """What one build made."""

    nights: int
    changed_nodes: int
    ring_rows: int
    standing_rings: int
    joint_days: int
    has_time: bool


def build(
    connection: psycopg.Connection,
    first_day: int | None = None,
    last_day: int | None = None,
    cadence: str = "nightly",
    rebuild: bool = False,
    progress: Progress | None = None,
    find: JointFinder = find_joint_days,
) -> BuildCounts:
    """Build and write the missing snapshots; the transaction is the caller's.

    The same claims give the same rows, byte for byte, in one build or in several that follow each other.

    Args:
        connection: an open connection as owner.
        first_day: the area's day number of the first snapshot; by default the day after the first claim. When
            there are snapshots, the build always goes on after the newest, so that no night is left out.
        last_day: of the last; by default the day after the newest claim became known, at most today.
        cadence: "nightly" or "weekly" (Mondays).
        rebuild: remove the snapshots from `first_day` on first.
        progress: called with (nights done, nights in all).
        find: counts who swiped together, in this process or spread over others (`graphs.spread`).

    Raises:
        BadSetting: unknown cadence, or `first_day` is already built.
        NotEnoughData: no claims.
        Conflict: decisions were made on snapshots that `rebuild` would remove.
    """
    if cadence not in CADENCES:
        raise BadSetting(f"The cadence {cadence!r} is not known. Expected one of {', '.join(CADENCES)}.")
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('yicha graphs build'))")
    first_claim, last_known, today = _span(connection)
    if rebuild:
        remove_from(connection, first_day if first_day is not None else first_claim + 1)
    newest = newest_day(connection)
    start = _first_day(first_day, newest, first_claim)
    stop = min(last_known + 1, today) if last_day is None else last_day
    days = nights(start, stop, cadence)
    if not days:
        return BuildCounts(0, 0, 0, 0, 0, True)
    memory = Memory() if newest is None else read_memory(connection, newest)
    roller = Roller(read_source(connection, days[0]), memory, find)
    changed = rings = standing = 0
    for done, day in enumerate(days, start=1):
        night = roller.night(day)
        write_night(connection, night, roller)
        changed += sum(len(ids) for ids, _ in night.changed.values())
        rings, standing = rings + len(night.rings) + len(night.ended), night.standing
        if progress:
            progress(done, len(days))
    return BuildCounts(len(days), changed, rings, standing, len(roller.facts.joint.pair), roller.facts.swipes.has_time)


def _span(connection: psycopg.Connection) -> tuple[int, int, int]:
    """Area days of the first claim, of the newest known one, and of now."""
    area_day = "((extract(epoch FROM {})::bigint + 28800) / 86400)::bigint"
    row = connection.execute(
        f"SELECT {area_day.format('min(settled_at)')}, {area_day.format('max(known_at)')}, {area_day.format('now()')} "
        "FROM claims"
    ).fetchone()
    if row is None or row[0] is None:
        raise NotEnoughData("The store holds no claims. Expected some to link. Import them with `yicha import` first.")
    return row[0], row[1], row[2]


def _first_day(asked: int | None, newest: int | None, first_claim: int) -> int:
    if newest is None:
        return first_claim + 1 if asked is None else asked
    if asked is not None and asked <= newest:
        raise BadSetting(
            f"Snapshots up to {to_day(newest)} are built, and {to_day(asked)} is not after that. Expected a later "
            "first day, or none to go on. To build them again, ask for a rebuild."
        )
    return newest + 1  # never a gap: changes are told from one snapshot to the next
