"""The order of work: open cases by expected recoverable money per reviewer minute, within the day's capacity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from audit.capacity import Capacity, capacity_on
from claims.clock import to_moment

CANDIDATES_PER_KIND = 1000
"""Open cases of a kind looked at when a day is planned: ten times what 2,400 minutes can hold."""

# Expected fen per minute; over the last `ageing_days` before the deadline it rises evenly to `ageing_factor` times.
PRIORITY = (
    "probability * money_at_stake_fen / minutes * (1 + (%(factor)s - 1) * least(1, greatest(0,"
    " 1 - extract(epoch FROM deadline_at - to_timestamp(%(at)s)) / (%(days)s * 86400.0))))::double precision"
)

MAIN_INSTITUTION = (
    "CASE WHEN q.subject_kind = 'institution' THEN q.subject_id ELSE (SELECT c.institution_id FROM evidence e"
    " JOIN claims c USING (claim_id) WHERE e.case_id = q.case_id GROUP BY c.institution_id"
    " ORDER BY sum(e.amount_fen) DESC, c.institution_id LIMIT 1) END"
)


@dataclass(frozen=True)
class QueueRow:
    """One open case in the queue.

    Attributes:
        priority: expected recoverable fen per reviewer minute, ageing included.
        minutes: reviewer minutes the case needs.
        main_institution_id: where most of the money at stake was billed.
        is_planned: inside the day's capacity.
    """

    case_id: str
    subject_kind: str
    subject_id: str
    source: str
    probability: float
    money_at_stake_fen: int
    minutes: float
    priority: float
    reasons: list[dict[str, Any]]
    opened_at: datetime
    deadline_at: datetime
    is_drawn: bool
    main_institution_id: str | None
    institution_name: str | None
    is_planned: bool = False


@dataclass(frozen=True)
class Filters:
    """Which open cases are wanted; None means any."""

    subject_kind: str | None = None
    source: str | None = None


ANY = Filters()


def todays_plan(
    connection: psycopg.Connection, at: int, filters: Filters = ANY, capacity: Capacity | None = None
) -> list[QueueRow]:
    """The cases that fit into the reviewers' day that contains `at`, highest priority first.

    Args:
        connection: may be the service's.
        at: seconds since 1970.
        filters: applied after planning, so that the plan is one plan whatever one looks at.
        capacity: the policy of that day when left out.
    """
    capacity = capacity or capacity_on(to_moment(at).date())
    ranked = "row_number() OVER (PARTITION BY subject_kind, is_drawn ORDER BY priority DESC, case_id) <= %(most)s"
    rows = _read(
        connection,
        at,
        capacity,
        f"q.case_id IN (SELECT case_id FROM (SELECT case_id, {ranked} AS kept FROM s) r WHERE kept)",
    )
    chosen = plan(rows, capacity)
    return [row for row in chosen if _wanted(row, filters)]


def open_queue(
    connection: psycopg.Connection,
    at: int,
    filters: Filters = ANY,
    after: tuple[float, str] | None = None,
    most: int = 50,
) -> list[QueueRow]:
    """A page of all open cases, highest priority first.

    Args:
        connection: may be the service's.
        at: seconds since 1970; the same moment on every page keeps the order still while one turns pages.
        filters: which cases are wanted.
        after: priority and case id of the last row of the page before.
        most: rows on a page.
    """
    where = (
        "(%(kind)s::text IS NULL OR q.subject_kind = %(kind)s) AND (%(source)s::text IS NULL OR q.source = %(source)s)"
    )
    if after:
        where += " AND (q.priority < %(priority)s OR (q.priority = %(priority)s AND q.case_id > %(after)s))"
    values: dict[str, object] = {
        "kind": filters.subject_kind,
        "source": filters.source,
        "priority": after[0] if after else None,
        "after": after[1] if after else None,
        "most": most,
    }
    capacity = capacity_on(to_moment(at).date())
    return _read(connection, at, capacity, where, values, "LIMIT %(most)s")


def _read(
    connection: psycopg.Connection,
    at: int,
    capacity: Capacity,
    where: str,
    values: dict[str, object] | None = None,
    limit: str = "",
) -> list[QueueRow]:
    query = (
        f"WITH s AS (SELECT *, {PRIORITY} AS priority FROM cases WHERE status = 'open'),"
        f" q AS (SELECT * FROM s q WHERE {where} ORDER BY priority DESC, case_id {limit}),"
        f" m AS (SELECT q.*, {MAIN_INSTITUTION} AS main_institution_id FROM q)"
        " SELECT case_id, subject_kind, subject_id, source, probability, money_at_stake_fen, minutes, priority,"
        " reasons,"
        " opened_at, deadline_at, is_drawn, main_institution_id, i.name AS institution_name"
        " FROM m LEFT JOIN institutions i ON i.institution_id = m.main_institution_id ORDER BY priority DESC, case_id"
    )
    given = {
        "at": at,
        "factor": capacity.ageing_factor,
        "days": capacity.ageing_days,
        "most": CANDIDATES_PER_KIND,
        **(values or {}),
    }
    with connection.cursor(row_factory=class_row(QueueRow)) as cursor:
        return cursor.execute(query, given).fetchall()


def _wanted(row: QueueRow, filters: Filters) -> bool:
    return filters.subject_kind in (None, row.subject_kind) and filters.source in (None, row.source)


class _Day:
    """What is left of the day while it is filled."""

    def __init__(self, capacity: Capacity) -> None:
        self._most = capacity.most_minutes_one_institution
        self._taken_by: dict[str, float] = {}
        self.chosen: list[QueueRow] = []

    def fill(self, rows: Sequence[QueueRow], minutes: float) -> float:
        """Take rows in order while they fit into `minutes`; returns the minutes left over."""
        taken = {row.case_id for row in self.chosen}
        for row in rows:
            needed = min(row.minutes, self._most)  # a larger case is worked on over several days
            institution = row.main_institution_id or row.case_id
            used = self._taken_by.get(institution, 0.0)
            if row.case_id in taken or needed > minutes or used + needed > self._most:
                continue
            self._taken_by[institution] = used + needed
            minutes -= needed
            self.chosen.append(replace(row, is_planned=True))
        return minutes


def plan(rows: Sequence[QueueRow], capacity: Capacity) -> list[QueueRow]:
    """The rows that fit into one day, by priority.

    The random share is filled first, oldest draw first; then each kind of subject its share; what they leave is
    passed on to whatever comes next in priority.
    """
    day = _Day(capacity)
    ordered = sorted(rows, key=lambda row: (-row.priority, row.case_id))
    drawn = sorted((row for row in rows if row.is_drawn), key=lambda row: (row.opened_at, row.case_id))
    left = day.fill(drawn, capacity.random_minutes)
    rest = capacity.minutes_per_day - capacity.random_minutes
    for kind, share in capacity.kind_shares.items():
        left += day.fill([row for row in ordered if row.subject_kind == kind], rest * share)
    left += rest * (1 - sum(capacity.kind_shares.values()))
    day.fill(ordered, left)
    return sorted(day.chosen, key=lambda row: (-row.priority, row.case_id))
