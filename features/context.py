"""Reads what was known about a batch: its patients' claims of the longest window, and the reference rows it names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import psycopg

from claims.batch import ClaimBatch
from claims.context import Context
from claims.store.columns import join, read_bulk, read_few
from claims.tables import (
    CATALOGUE,
    CLAIMS,
    DEPARTMENTS,
    DIAGNOSES,
    INSTITUTIONS,
    LINES,
    MISSING,
    PATIENTS,
    STAFF,
    Array,
    Table,
)
from features.windows import LONGEST, window

NEWEST = 1 << 62
"""Above every recorded order: the order of a claim that only asks for advice."""

_HISTORY = """WHERE t.claim_id IN (
    WITH past AS (SELECT claim_id, reverses_claim_id FROM claims
                  WHERE patient_id = ANY(%s) AND settled_at >= to_timestamp(%s) AND recorded_order < %s)
    SELECT claim_id FROM past UNION SELECT reverses_claim_id FROM past
    UNION SELECT r.claim_id FROM claims r JOIN past ON r.reverses_claim_id = past.claim_id
    UNION SELECT claim_id FROM claims WHERE reverses_claim_id = ANY(%s)
    UNION SELECT unnest(%s::text[])) AND t.recorded_order < %s ORDER BY t.recorded_order"""
"""The patients' claims, and both ends of each reversal even where one of them is older."""


def read_context(connection: psycopg.Connection, batch: ClaimBatch) -> Context:
    """The past of the batch's patients (at least 400 days before each claim) and the reference rows that are named.

    Args:
        connection: an open connection; after `lock_entities` when the batch is to be settled.
        batch: n claims; those without an order are taken as newer than everything.
    """
    history = _history(connection, batch)
    both = (batch, history)
    items = _names(*(part.lines["item_code"] for part in both))
    institutions = _names(*(part.claims["institution_id"] for part in both))
    here = _names(batch.claims["institution_id"])
    people = _names(batch.claims["doctor_id"], batch.claims["till_id"], batch.lines["doctor_id"])
    return Context(
        history=history,
        patients=_read(connection, PATIENTS, "patient_id", _names(batch.claims["patient_id"])),
        institutions=_read(connection, INSTITUTIONS, "institution_id", institutions),
        departments=_read(connection, DEPARTMENTS, "institution_id", here),
        staff=_staff(connection, here, people),
        catalogue=_read(connection, CATALOGUE, "item_code", items),
    )


def read_whole_context(connection: psycopg.Connection, history: ClaimBatch) -> Context:
    """All reference rows of the store around `history`."""
    tables = (PATIENTS, INSTITUTIONS, DEPARTMENTS, STAFF, CATALOGUE)
    patients, institutions, departments, staff, catalogue = (read_bulk(connection, table) for table in tables)
    return Context(history, patients, institutions, departments, staff, catalogue)


def first_order(batch: ClaimBatch) -> int:
    """The lowest order of the batch; above every other when it has none."""
    order = batch.claims["recorded_order"]
    return int(order.min()) if len(order) and order.min() != MISSING else NEWEST


def look_back(batch: ClaimBatch) -> int:
    """The first second that any column of the batch can see; a clock ahead of the fund's does not shorten it."""
    settled, known = batch.claims["settled_at"], batch.claims["known_at"]
    return look_back_of(np.where(known == MISSING, settled, np.minimum(settled, known)))


def look_back_of(moments: Array) -> int:
    """The first second that any column of claims at these moments can see."""
    return int(window(LONGEST).start(moments).min())


def _history(connection: psycopg.Connection, batch: ClaimBatch) -> ClaimBatch:
    if not len(batch):
        return batch
    order = first_order(batch)
    names = (
        _names(batch.claims["patient_id"]),
        _names(batch.claims["claim_id"]),
        _names(batch.claims["reverses_claim_id"]),
    )
    patients, own, originals = names
    values = (patients, look_back(batch), order, own, originals, order)
    claims = read_few(connection, CLAIMS, _HISTORY, values)
    return with_children(connection, claims)


def with_children(connection: psycopg.Connection, claims: dict[str, Array]) -> ClaimBatch:
    """The claims (in recorded order) with their lines and diagnoses."""
    names = claims["claim_id"].tolist()
    row_of = {name: row for row, name in enumerate(names)}
    children = []
    for table, sequence in ((LINES, "line_number"), (DIAGNOSES, "sequence")):
        columns = read_few(connection, table, "WHERE t.claim_id = ANY(%s)", (names,))
        rows = np.array([row_of[name] for name in columns["claim_id"].tolist()], dtype=np.int64)
        sorted_rows = np.lexsort((columns[sequence], rows))
        children.append({name: column[sorted_rows] for name, column in columns.items()})
    return join(claims, *children)


def _read(connection: psycopg.Connection, table: Table, column: str, names: Sequence[str]) -> dict[str, Array]:
    return read_few(connection, table, f"WHERE t.{column} = ANY(%s)", (list(names),))


def _staff(connection: psycopg.Connection, institutions: list[str], people: list[str]) -> dict[str, Array]:
    """The registers of the institutions, and what the registers of others say about the people who are named."""
    key = ", ".join(f"t.{name}" for name in STAFF.key)
    tail = (
        f"WHERE ({key}) IN (SELECT {key} FROM staff t WHERE t.institution_id = ANY(%s)"
        f" UNION SELECT {key} FROM staff t WHERE t.staff_id = ANY(%s))"
    )
    return read_few(connection, STAFF, tail, (institutions, people))


def _names(*columns: Array) -> list[str]:
    return sorted({str(name) for column in columns for name in column.tolist() if name is not None})
