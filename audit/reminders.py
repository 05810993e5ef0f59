"""The ledger of reminders: what was said before and during care, how long it took, and what was done about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import psycopg

from claims.errors import NotFound

CONTINUED, CHANGED = "1", "2"
"""What a doctor does about a reminder: keep the order (继续执行), or go back and change it (返回修改)."""


@dataclass(frozen=True)
class Asked:
    """One judgement that was asked for.

    Attributes:
        transaction_number: 3101 before, 3102 during care.
        message_id: the message that asked.
        scene: where in the work it was asked (trig_scen), None where rules were named instead.
        care_category: med_type.
        patient_id: keyed pseudonym.
        total_fen: the visit's whole fee.
        asked_at, answered_at: seconds since 1970, with fractions.
        latency: microseconds from arrival to the answer's record.
    """

    transaction_number: str
    message_id: str
    scene: str | None
    care_category: str | None
    institution_id: str
    patient_id: str
    visit_id: str
    total_fen: int
    asked_at: float
    answered_at: float
    latency: int


@dataclass(frozen=True)
class Reminder:
    """One finding that was told to the doctor; `item_code` is None where it is about the visit as a whole."""

    reminder_id: str
    rule_code: str
    rule_name: str
    grade: str
    says_zh: str
    item_code: str | None
    amount_fen: int


@dataclass(frozen=True)
class Disposition:
    """What was done about one reminder."""

    reminder_id: str
    way: str
    reason: str | None


_INSERT = """INSERT INTO reminders (reminder_id, transaction_number, message_id, scene, care_category, institution_id,
    patient_id, visit_id, item_code, asked_at, answered_at, latency_microseconds, is_violation, rule_code, rule_name,
    grade, says_zh, total_fen, amount_fen)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, to_timestamp(%s), to_timestamp(%s), %s, %s, %s, %s, %s, %s, %s, %s)"""


def record_reminders(
    connection: psycopg.Connection, asked: Asked, reminders: Sequence[Reminder], clean_id: str
) -> None:
    """Add a row for each reminder; where there was none, one row under `clean_id` says so."""
    clean = Reminder(clean_id, "", "", "", "", None, 0)
    with connection.cursor() as cursor:
        cursor.executemany(_INSERT, [_row(asked, each, each is not clean) for each in reminders or [clean]])


def _row(asked: Asked, reminder: Reminder, is_violation: bool) -> list[object]:
    said = [reminder.rule_code, reminder.rule_name, reminder.grade, reminder.says_zh]
    return [
        reminder.reminder_id,
        asked.transaction_number,
        asked.message_id,
        asked.scene,
        asked.care_category,
        asked.institution_id,
        asked.patient_id,
        asked.visit_id,
        reminder.item_code,
        asked.asked_at,
        asked.answered_at,
        asked.latency,
        is_violation,
        *(said if is_violation else [None] * len(said)),
        asked.total_fen,
        reminder.amount_fen,
    ]


def unknown_reminders(
    connection: psycopg.Connection, institution_id: str, transaction_number: str, ids: Iterable[str]
) -> list[str]:
    """Those of `ids` that name no reminder of this institution and transaction, in their order."""
    asked = list(ids)
    rows = connection.execute(
        "SELECT reminder_id FROM reminders WHERE reminder_id = ANY(%s) AND is_violation"
        " AND institution_id = %s AND transaction_number = %s",
        [asked, institution_id, transaction_number],
    )
    known = {reminder_id for (reminder_id,) in rows}
    return [reminder_id for reminder_id in asked if reminder_id not in known]


def record_dispositions(connection: psycopg.Connection, dispositions: Sequence[Disposition]) -> None:
    """Add what was done; the newest row about a reminder counts.

    Raises:
        NotFound: a reminder is not known; nothing of the transaction is recorded then.
    """
    try:
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO dispositions (reminder_id, way, reason) VALUES (%s, %s, %s)",
                [(each.reminder_id, each.way, each.reason) for each in dispositions],
            )
    except psycopg.errors.ForeignKeyViolation as error:
        raise NotFound(
            "One of the reminders is not known. Expected ids of an earlier answer. Send those unchanged."
        ) from error
