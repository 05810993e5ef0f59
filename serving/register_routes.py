"""The routes about registers: look up, change, confirm, and the history of changes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from audit.keys import Holder
from audit.registers.edit import add, confirm, correct, end
from audit.registers.known import register_named
from audit.registers.ledger import RegisterChange, history
from audit.registers.search import MOST_SHOWN, MOST_SKIPPED, Filters, search
from serving.api import PROBLEMS
from serving.auth import ReviewerKey, holder_with
from serving.desk import in_transaction
from serving.fields import Day, Id
from serving.register_schemas import (
    ConfirmationIn,
    CorrectionIn,
    EndIn,
    EntriesOut,
    EntryIn,
    HistoryIn,
    RegisterChangeOut,
    SearchText,
)
from serving.service import DeskOf

register_routes = APIRouter(prefix="/v1/registers", responses=PROBLEMS, tags=["registers"])

SupervisorKey = Annotated[Holder, Depends(holder_with("supervisor"))]
Register = Annotated[str, Path(pattern=r"^[a-z_]{1,20}$", examples=["staff"])]


@register_routes.get("/{register}")
def look_up(
    register: Register,
    desk: DeskOf,
    _: ReviewerKey,
    institution: Annotated[SearchText | None, Query()] = None,
    id: Annotated[SearchText | None, Query(description="of what is registered")] = None,
    name: Annotated[SearchText | None, Query(description="a part of the name")] = None,
    role: Annotated[SearchText | None, Query()] = None,
    on: Annotated[Day | None, Query(description="a day on which the entry holds")] = None,
    most: Annotated[int, Query(ge=1, le=MOST_SHOWN)] = 50,
    skip: Annotated[int, Query(ge=0, le=MOST_SKIPPED)] = 0,
) -> EntriesOut:
    """Entries of a register in the order of their key."""
    known = register_named(register)
    with desk.pool.connection() as connection:
        entries = search(connection, known, Filters(institution, id, name, role, on), most, skip)
    return EntriesOut(register=register, entries=entries)


@register_routes.post("/{register}/history")
def changes(register: Register, body: HistoryIn, desk: DeskOf, _: ReviewerKey) -> list[RegisterChangeOut]:
    """What people changed in a register, newest first; a body and not a query, since keys have several columns."""
    known = register_named(register)
    with desk.pool.connection() as connection:
        return [_out(row) for row in history(connection, known, body.key, body.most, body.before)]


@register_routes.post("/{register}/entries", status_code=201)
def add_entry(register: Register, body: EntryIn, desk: DeskOf, holder: SupervisorKey) -> RegisterChangeOut:
    """Add an entry (409 where it is there already, or another one holds on one of its days)."""
    known = register_named(register)
    return _out(in_transaction(desk.pool, lambda it: add(it, known, body.entry, holder.name, body.why)))


@register_routes.post("/{register}/corrections", status_code=201)
def correct_entry(register: Register, body: CorrectionIn, desk: DeskOf, holder: SupervisorKey) -> RegisterChangeOut:
    """Change columns of an entry; the next settlement is decided by what is then there."""
    known = register_named(register)
    return _out(in_transaction(desk.pool, lambda it: correct(it, known, body.key, body.changes, holder.name, body.why)))


@register_routes.post("/{register}/ends", status_code=201)
def end_entry(register: Register, body: EndIn, desk: DeskOf, holder: SupervisorKey) -> RegisterChangeOut:
    """Let an entry hold until a day and no longer; nothing is ever removed."""
    known, day = register_named(register), body.on.isoformat()
    return _out(in_transaction(desk.pool, lambda it: end(it, known, body.key, day, holder.name, body.why)))


@register_routes.post("/institutions/{institution_id}/confirmations", status_code=201)
def confirm_institution(
    institution_id: Annotated[Id, Path()], body: ConfirmationIn, desk: DeskOf, holder: SupervisorKey
) -> RegisterChangeOut:
    """Write down that an institution's departments and staff were confirmed just now, and whether they are complete."""
    return _out(
        in_transaction(desk.pool, lambda it: confirm(it, institution_id, holder.name, body.why, body.is_complete))
    )


def _out(row: RegisterChange) -> RegisterChangeOut:
    return RegisterChangeOut(**row.plain())
