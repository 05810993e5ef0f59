"""Visits and fee lines that wait for their settlement, in tables to which rows are only added."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from claims.errors import Conflict

Fields = dict[str, Any]

EVERYTHING = "0000"
"""A charge batch, or a line's number, that means all that is not settled."""


@dataclass(frozen=True)
class VisitKey:
    """A visit at an institution."""

    institution_id: str
    visit_id: str


@dataclass(frozen=True)
class Waiting:
    """One uploaded line.

    Attributes:
        upload_id: its number here; 0 before it is stored.
        charge_batch: empty for a stay, whose lines come in no batches.
        line_id: feedetl_sn.
        line: the fields of a line of `serving.schemas.LineIn` but its number, and under `own_code`, `own_name` what
            the institution calls it; a return has a negative quantity and names its line under `takes_back`.
        unchecked_because: why it is not audited when it comes in, None where it is.
    """

    upload_id: int
    patient_id: str
    charge_batch: str
    line_id: str
    line: Fields
    unchecked_because: str | None


def lock_visit(connection: psycopg.Connection, key: VisitKey) -> None:
    """Wait until nobody else changes what waits for this visit; held until the transaction ends."""
    name = f"national visit {key.institution_id} {key.visit_id}"
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def add_visit(connection: psycopg.Connection, key: VisitKey, patient_id: str, visit: Fields) -> None:
    """Keep a visit with its diagnoses; it counts instead of those uploaded before."""
    connection.execute(
        "INSERT INTO national_visits (institution_id, visit_id, patient_id, visit) VALUES (%s, %s, %s, %s)",
        [key.institution_id, key.visit_id, patient_id, Jsonb(visit)],
    )


def read_visit(connection: psycopg.Connection, key: VisitKey) -> tuple[str, Fields] | None:
    """The patient and the newest upload of a visit; None if there is none."""
    return connection.execute(
        "SELECT patient_id, visit FROM national_visits WHERE institution_id = %s AND visit_id = %s"
        " ORDER BY upload_id DESC LIMIT 1",
        [key.institution_id, key.visit_id],
    ).fetchone()


def waiting_lines(connection: psycopg.Connection, key: VisitKey, charge_batch: str | None = None) -> list[Waiting]:
    """Lines of a visit that are neither settled nor cancelled, in the order of their upload; of one batch if named."""
    rows = connection.execute(
        "SELECT l.upload_id, l.patient_id, l.charge_batch, l.line_id, l.line, l.unchecked_because"
        " FROM national_lines l LEFT JOIN national_lines_ended e USING (upload_id)"
        " WHERE l.institution_id = %s AND l.visit_id = %s AND e.upload_id IS NULL"
        " AND (%s::text IS NULL OR l.charge_batch = %s) ORDER BY l.upload_id",
        [key.institution_id, key.visit_id, charge_batch, charge_batch],
    )
    return [Waiting(*row) for row in rows]


def add_lines(connection: psycopg.Connection, key: VisitKey, lines: Sequence[Waiting]) -> None:
    """Keep lines until they are settled or cancelled."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO national_lines"
            " (institution_id, visit_id, patient_id, charge_batch, line_id, line, unchecked_because)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    key.institution_id,
                    key.visit_id,
                    line.patient_id,
                    line.charge_batch,
                    line.line_id,
                    Jsonb(line.line),
                    line.unchecked_because,
                )
                for line in lines
            ],
        )


def end_lines(connection: psycopg.Connection, upload_ids: Collection[int], claim_id: str | None) -> None:
    """Lines wait no longer: settled by a claim, or cancelled where it is None.

    Raises:
        Conflict: one of them had ended otherwise meanwhile; nothing of the transaction is recorded then.
    """
    connection.execute(
        "INSERT INTO national_lines_ended (upload_id, claim_id) SELECT unnest(%s::bigint[]), %s ON CONFLICT DO NOTHING",
        [list(upload_ids), claim_id],
    )
    row = connection.execute(
        "SELECT count(*) FROM national_lines_ended WHERE upload_id = ANY(%s) AND claim_id IS NOT DISTINCT FROM %s",
        [list(upload_ids), claim_id],
    ).fetchone()
    if row is None or row[0] != len(upload_ids):
        raise Conflict(
            "Lines of this visit were settled or cancelled by another message meanwhile. Expected lines that wait. "
            "Look up what was sent, and send the rest."
        )
