"""Which decided settlements were really made: confirmed by the settlement system, or cancelled by a reversal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import psycopg
from psycopg.rows import class_row

from claims.errors import Conflict, NotFound

Action = Literal["pass", "remind", "review", "refuse"]

HOURS = 24
"""A settlement that is neither confirmed nor cancelled so long after its decision is listed."""

DAYS = 31
"""So far back is looked: by then the clearing of the month was reconciled, and the whole past would be dear to read."""

MOST_COUNTED = 10_000
"""The figure stops here: whoever never confirms shall not make the counting dear."""


@dataclass(frozen=True)
class Unconfirmed:
    """A settlement of which nobody has said what became of it."""

    claim_id: str
    recorded_order: int
    institution_id: str
    visit_id: str | None
    action: Action
    total_fen: int
    decided_at: datetime


def confirm(
    connection: psycopg.Connection, claim_ids: Sequence[str], said_by: str, platform_id: str | None = None
) -> int:
    """Record that settlements were made; those confirmed before stay as they are.

    Args:
        connection: may be the service's; the transaction is the caller's.
        claim_ids: decided settlements.
        said_by: whose word it is.
        platform_id: what the platform calls the only one of them.

    Returns:
        How many are confirmed by this call.

    Raises:
        NotFound: one of them was never decided here.
    """
    rows = connection.execute(
        "SELECT d.claim_id FROM decisions d JOIN claims c USING (claim_id)"
        " WHERE d.claim_id = ANY(%s) AND c.kind = 'settlement'",
        [list(claim_ids)],
    )
    known = {claim_id for (claim_id,) in rows}
    unknown = [claim_id for claim_id in claim_ids if claim_id not in known]
    if unknown:
        raise NotFound(
            f"{len(unknown)} of the settlements were not decided here (first: {unknown[0]}). Expected ids of decided "
            "settlements. Nothing was recorded; correct the list and send it again."
        )
    added = connection.execute(
        "INSERT INTO confirmations (claim_id, said_by, platform_id) SELECT unnest(%s::text[]), %s, %s"
        " ON CONFLICT DO NOTHING",
        [sorted(known), said_by, platform_id],
    )
    return added.rowcount


def confirm_as(connection: psycopg.Connection, claim_id: str, platform_id: str, said_by: str) -> None:
    """Record that one settlement was made, and what the platform calls it; said again, nothing changes.

    Raises:
        NotFound: it was never decided here.
        Conflict: the platform's id is known of another settlement, or this one under another id.
    """
    confirm(connection, [claim_id], said_by, platform_id)
    rows = connection.execute(
        "SELECT claim_id, platform_id FROM confirmations WHERE claim_id = %s OR platform_id = %s",
        [claim_id, platform_id],
    ).fetchall()
    if rows != [(claim_id, platform_id)]:
        raise Conflict(
            f"The settlement {claim_id} or the platform's id {platform_id} was confirmed before, each with another. "
            "Expected one id for one settlement. Look up what was sent."
        )


def claim_called(connection: psycopg.Connection, name: str) -> str:
    """The claim that the platform calls by this id; the id itself where it is nobody's other name."""
    row = connection.execute("SELECT claim_id FROM confirmations WHERE platform_id = %s", [name]).fetchone()
    return str(row[0]) if row else name


_WAITING = """FROM decisions d JOIN claims c USING (claim_id)
WHERE NOT d.is_batch AND c.kind = 'settlement' AND d.decided_at < to_timestamp(%(now)s) - %(hours)s * interval '1 hour'
AND d.decided_at >= to_timestamp(%(now)s) - %(days)s * interval '1 day'
AND NOT EXISTS (SELECT 1 FROM confirmations k WHERE k.claim_id = d.claim_id)
AND NOT EXISTS (SELECT 1 FROM claims b WHERE b.reverses_claim_id = d.claim_id)"""


def unconfirmed(
    connection: psycopg.Connection, now: int, after: int = 0, limit: int = 100, hours: int = HOURS
) -> list[Unconfirmed]:
    """Settlements decided more than `hours` ago and neither confirmed nor cancelled, in the order of their decision.

    Those decided more than `DAYS` ago are not looked at.

    Args:
        connection: may be the service's.
        now: seconds since 1970.
        after: the recorded order of the last one of the page before; 0 for the first page.
        limit: how many at most.
        hours: how long one may wait.
    """
    with connection.cursor(row_factory=class_row(Unconfirmed)) as cursor:
        return cursor.execute(
            "SELECT d.claim_id, d.recorded_order, c.institution_id, c.visit_id, d.action, c.total_fen, d.decided_at "
            f"{_WAITING} AND d.recorded_order > %(after)s ORDER BY d.recorded_order LIMIT %(limit)s",
            {"now": now, "hours": hours, "days": DAYS, "after": after, "limit": limit},
        ).fetchall()


def count_unconfirmed(connection: psycopg.Connection, now: int, hours: int = HOURS) -> int:
    """How many there are, counted up to `MOST_COUNTED`."""
    row = connection.execute(
        f"SELECT count(*) FROM (SELECT 1 {_WAITING} LIMIT %(limit)s) few",
        {"now": now, "hours": hours, "days": DAYS, "limit": MOST_COUNTED},
    ).fetchone()
    return int(row[0]) if row else 0
