"""Reads what was known about a batch: its patients' claims of the longest window, and the reference rows it names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import psycopg

from claims.batch import ClaimBatch
from claims.context import Context
from claims.lazy import JoinedColumns, different
from claims.store.columns import read_bulk, row_columns
from claims.store.stream import narrowed
from claims.store.trace_codes import scans_beside
from claims.tables import (
    AGREEMENTS,
    CATALOGUE,
    DECLARATIONS,
    DEPARTMENT_SERVICES,
    DEPARTMENTS,
    INSTITUTIONS,
    ITEM_MAPPINGS,
    KNOWLEDGE,
    MISSING,
    PATIENTS,
    STAFF,
    Array,
    Columns,
    empty_columns,
)
from features.answers import Answers, ask
from features.closed.recall import remembered
from features.closed.store import read_closed
from features.closed.tables import DAYS, ClosedTable
from features.pasts import read_history
from features.registers import Registers, registers_of
from features.rows import Rows
from features.verdicts import ask_confirmed, confirmed_of
from features.windows import LONGEST, window

_MAPPINGS = narrowed(ITEM_MAPPINGS, ("institution_id", "own_item_code", "item_code", "valid_from", "valid_until"))
"""An area may have millions of them."""
NEWEST = 1 << 62
"""Above every recorded order: the order of a claim that only asks for advice."""


@dataclass(frozen=True)
class ReadContext(Context):
    """A context, and what else is known about the same batch.

    Attributes:
        answers: what was read with it.
        frames: the frame that the batch's features were computed on, once they were: rules look at the same.
    """

    answers: Answers | None = None
    frames: list[Rows] = field(default_factory=list)


def read_context(connection: psycopg.Connection, batch: ClaimBatch) -> ReadContext:
    """The past of the batch's patients (at least 400 days before each claim) and the reference rows that are named.

    Args:
        connection: an open connection; after `lock_entities` when the batch is to be settled.
        batch: n claims; those without an order are taken as newer than everything.
    """
    patients, below = _names(batch.claims["patient_id"]), first_order(batch)
    answers = ask(connection, batch, below)
    (((version,), *_),) = answers.of("registers")
    (((learned,), *_),) = answers.of("closed")
    registers = registers_of(connection, version)
    pasts = {name: (packed, added) for (name,), _, _, packed, added in answers.of("past")}
    ends = {name for (name,), *_ in answers.of("end")}
    history = read_history(connection, patients, look_back(batch), below, pasts, ends) if len(batch) else batch
    items, institutions = (
        sorted({*different(batch_columns, name), *different(past_columns, name)})
        for name, batch_columns, past_columns in (
            ("item_code", batch.lines, history.lines),
            ("institution_id", batch.claims, history.claims),
        )
    )
    here, mappings = _names(batch.claims["institution_id"]), _mappings_of(connection, registers, batch)
    mapped = set(mappings["item_code"].tolist()) - {None} if mappings else set()
    people = _names(batch.claims["doctor_id"], batch.claims["till_id"], batch.lines["doctor_id"])
    staff = registers.rows(connection, "staff", people)
    return ReadContext(
        history=history,
        patients=row_columns(PATIENTS, [row[:2] for row in answers.of("patient")]),
        institutions=registers.rows(connection, "institutions", institutions),
        departments=registers.rows(connection, "departments", here),
        staff=staff,
        catalogue=registers.rows(connection, "catalogue", sorted({*items, *mapped}) if mapped else items),
        confirmed=confirmed_of(row[:2] for row in answers.of("finding")),
        closed=remembered(connection, learned),
        knowledge=registers.rows(connection, "knowledge", sorted({*items, *_diagnoses(batch)})),
        agreements=registers.rows(connection, "agreements", here),
        declarations=registers.rows(
            connection, "declarations", _names(batch.claims["institution_id"], staff["institution_id"])
        ),
        department_services=registers.rows(connection, "department_services", _services(batch)),
        item_mappings=mappings,
        scans=scans_beside(connection, batch),
        answers=answers,
    )


def _mappings_of(connection: psycopg.Connection, registers: Registers, batch: ClaimBatch) -> Columns | None:
    """What the batch's own codes stand for, and one entry of each of their institutions that has any."""
    own = batch.lines["own_item_code"].tolist()
    if not any(own):
        return None
    places = batch.claims["institution_id"][batch.lines["claim_index"]].tolist()
    pairs = sorted({(place, code) for place, code in zip(places, own, strict=True) if code})
    exact = registers.rows(connection, "item_mappings", pairs)
    first = registers.rows(connection, "first_item_mappings", sorted({place for place, _ in pairs}))
    return JoinedColumns([exact, first], [0, 0])


def _diagnoses(batch: ClaimBatch) -> set[str]:
    """The diagnoses of the batch as knowledge may name them: by their code or by any beginning of it."""
    codes = different(batch.diagnoses, "code")
    return {code[:end].upper() for code in codes for end in range(3, len(code) + 1)}


def _services(batch: ClaimBatch) -> list[tuple[str, str]]:
    """Institution and item of each service of the batch."""
    rows = [row for row, kind in enumerate(batch.lines["item_kind"].tolist()) if kind == "service"]
    if not rows:
        return []
    places = batch.claims["institution_id"][batch.lines["claim_index"][rows]]
    return sorted({*zip(places.tolist(), batch.lines["item_code"][rows].tolist(), strict=True)})


def answers_about(connection: psycopg.Connection, batch: ClaimBatch, context: Context) -> Answers:
    """What the store says about the batch: what came with the context, unless that is of another batch or order."""
    known = context.answers if isinstance(context, ReadContext) else None
    below = first_order(batch)
    if known is not None and known.claim_ids is batch.claims["claim_id"] and known.below == below:
        return known
    return ask(connection, batch, below)


def frame_of(batch: ClaimBatch, context: Context) -> Rows | None:
    """The frame that the batch's features were computed on, if they were computed from this context."""
    frames = context.frames if isinstance(context, ReadContext) else []
    return next((frame for frame in frames if frame.alone.claims["claim_id"] is batch.claims["claim_id"]), None)


def read_whole_context(
    connection: psycopg.Connection, history: ClaimBatch, learned: Sequence[ClosedTable] = (DAYS,), people: bool = True
) -> Context:
    """All reference rows of the store around `history`, and learned tables: by default what days of supply need.

    Args:
        connection: an open connection.
        history: the claims.
        learned: which learned tables.
        people: whether the persons are read too; there are many of them.
    """
    patients = read_bulk(connection, PATIENTS) if people else empty_columns(PATIENTS)
    confirmed, closed = confirmed_of(ask_confirmed(connection)), read_closed(connection, learned)
    registers = read_registers(connection)
    return Context(history, patients, **registers, confirmed=confirmed, closed=closed, scans=None)


def read_registers(connection: psycopg.Connection) -> dict[str, Columns]:
    """All rows of the registers, by their names in a context."""
    tables = (
        *(INSTITUTIONS, DECLARATIONS, DEPARTMENTS, DEPARTMENT_SERVICES, STAFF),
        *(CATALOGUE, KNOWLEDGE, AGREEMENTS, _MAPPINGS),
    )
    return {table.name: read_bulk(connection, table) for table in tables}


def first_order(batch: ClaimBatch) -> int:
    """The lowest order of the batch; above every other when it has none."""
    order = batch.claims["recorded_order"]
    return int(order.min()) if len(order) and order.min() != MISSING else NEWEST


def look_back(batch: ClaimBatch) -> int:
    """The first second that any column of the batch can see; a clock ahead of the fund's does not shorten it."""
    both = zip(batch.claims["settled_at"].tolist(), batch.claims["known_at"].tolist(), strict=True)
    return look_back_of(min(settled if known == MISSING else min(settled, known) for settled, known in both))


def look_back_of(moment: int) -> int:
    """The first second that any column of claims from this moment on can see."""
    return window(LONGEST).start(moment)


def _names(*columns: Array) -> list[str]:
    return sorted({str(name) for column in columns for name in column.tolist() if name is not None})
