"""How far each retraining came, kept in the store: a second call goes on from there, or gives the same answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from claims.errors import Conflict

BEGUN, CHECKED, TRAINED, COMPARED, DECIDED = STEPS = ("begun", "checked", "trained", "compared", "decided")

PROMOTED, PROPOSED, REFUSED, STOPPED = "promoted", "proposed", "refused", "stopped"
"""Outcomes. `stopped`: the data could not support an answer; the next call tries again."""


@dataclass(frozen=True)
class Retraining:
    """One attempt to retrain for a month.

    Attributes:
        month: first day of the closed month that the comparison ends with.
        step: the last one that was finished, of STEPS.
        outcome, reason: None until there is one; the reason in Chinese and English.
        details: what each step found, ready for JSON.
    """

    retraining_id: int
    subject: str
    month: date
    attempt: int
    step: str
    outcome: str | None
    reason: str | None
    run_id: str | None
    version: str | None
    bundle_fingerprint: str | None
    details: Mapping[str, Any]
    asked_by: str
    begun_at: datetime
    changed_at: datetime

    @property
    def is_answered(self) -> bool:
        """Whether the answer stands; one that the data stopped is tried again."""
        return self.outcome is not None and self.outcome != STOPPED

    def reached(self, step: str) -> bool:
        """Whether a step is finished."""
        return STEPS.index(self.step) >= STEPS.index(step)


_COLUMNS = ", ".join(Retraining.__dataclass_fields__)


def hold_the_lock(connection: psycopg.Connection) -> None:
    """Be the only retraining of this store until the connection ends; a killed one lets go by itself.

    Raises:
        Conflict: another one runs.
    """
    row = connection.execute("SELECT pg_try_advisory_lock(hashtext('yicha retrain'))").fetchone()
    connection.commit()
    if not (row and row[0]):
        raise Conflict(
            "Another retraining runs on this store. Expected one at a time. Wait until it has ended; the same call "
            "then gives its answer."
        )


def begin(connection: psycopg.Connection, subject: str, month: date, by: str, again: bool = False) -> Retraining:
    """The attempt to work on: one with an answer, one that was broken off, or a new one.

    Args:
        connection: an open connection; committed.
        subject: what the model judges.
        month: the closed month.
        by: who asked.
        again: begin anew although there is an answer.
    """
    newest = next(iter(newest_retrainings(connection, subject, 1, month)), None)
    if newest is not None and newest.outcome is None:
        return newest
    if newest is not None and newest.is_answered and not again:
        return newest
    row = connection.execute(
        "INSERT INTO retrainings (subject, month, attempt, step, asked_by) VALUES (%s, %s, %s, %s, %s)"
        f" RETURNING {_COLUMNS}",
        [subject, month, newest.attempt + 1 if newest else 1, BEGUN, by],
    ).fetchone()
    assert row is not None
    connection.commit()
    return _retraining(row)


def advance(connection: psycopg.Connection, now: Retraining, step: str, **changed: Any) -> Retraining:
    """Write down that a step is finished; the transaction is the caller's.

    Args:
        connection: an open connection.
        now: the attempt.
        step: of STEPS.
        changed: outcome, reason, run_id, version or bundle_fingerprint; `details` are added to those there are.
    """
    details = {**now.details, **changed.pop("details", {})}
    sets = "".join(f", {name} = %({name})s" for name in changed)
    row = connection.execute(
        f"UPDATE retrainings SET step = %(step)s, details = %(details)s, changed_at = now(){sets}"
        f" WHERE retraining_id = %(id)s RETURNING {_COLUMNS}",
        {"step": step, "details": Jsonb(details), "id": now.retraining_id, **changed},
    ).fetchone()
    assert row is not None
    return _retraining(row)


def newest_retrainings(
    connection: psycopg.Connection, subject: str, most: int, month: date | None = None
) -> list[Retraining]:
    """At most `most` attempts, of one month if given; the newest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM retrainings WHERE subject = %s AND (%s::date IS NULL OR month = %s)"
        " ORDER BY retraining_id DESC LIMIT %s",
        [subject, month, month, most],
    )
    return [_retraining(row) for row in rows]


def _retraining(row: Sequence[Any]) -> Retraining:
    return Retraining(**dict(zip(Retraining.__dataclass_fields__, row, strict=True)))
