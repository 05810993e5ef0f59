"""All claims that a computation may look at, their entities as numbers, and what happened to them as events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock
from typing import Any
from weakref import ref

import numpy as np
from propcache.api import cached_property

from claims import numbering
from claims.batch import ClaimBatch, concat, select
from claims.context import Context
from claims.lazy import holds, is_text, numbers_of, rows_with, texts_at, wholes
from claims.tables import SETTLEMENT, Array, Columns
from features.closed.lookup import ClosedTables
from features.compiled import compiled
from features.sorting import rises

SETTLED, TAKEN_BACK, REVERSED = 0, 1, 2
"""Kinds of events: a settlement; its reversal, at the settlement's time; its reversal, at the reversal's own time."""


IN_ORDER = ("asked", "settled", "events of", "settlements of")
"""Kinds of values that `features.timeline` makes once for an entity."""


@dataclass(frozen=True)
class Events:
    """What happened, m events: one a settlement and two a reversal whose original is known.

    Attributes:
        kind: SETTLED, TAKEN_BACK or REVERSED.
        row: the claim that brought the event.
        subject: the settlement that it is about; it says which entities are meant.
        s: when it counts, seconds.
        order: from which order on it is known.
    """

    kind: Array
    row: Array
    subject: Array
    s: Array
    order: Array


class Rows:
    """m claims (settlements and reversals) with everything that measures and keys need.

    Attributes:
        batch: the claims with their lines.
        at: rows of the claims whose columns are asked for.
        context: the reference tables.
        closed: what whole months taught, of the context.
    """

    def __init__(self, batch: ClaimBatch, at: Array, context: Context, alone: ClaimBatch | None = None) -> None:
        self.batch, self.at, self.context = batch, at, context
        self.closed: ClosedTables = ClosedTables() if context.closed is None else context.closed
        self._alone = Rows(alone, np.arange(len(alone)), context) if alone is not None else None
        self._whole: Callable[[], Rows | None] | None = None
        if self._alone:
            self._alone._whole = ref(self)
        self._of_tables: dict[str, Any] = {}
        self.alone._of_tables = self._of_tables
        self.claims: Columns = batch.claims
        self.lines: Columns = batch.lines
        self._cache: dict[tuple[str, str], Any] = {}
        self._locks: dict[tuple[str, str], RLock] | None = None

    def share(self) -> None:
        """Let threads use the frame from now on: what one makes, the others wait for."""
        self._locks = {}
        _ = self.events  # not under a lock: each would make them
        if self.alone is not self:
            self.alone.share()

    @property
    def alone(self) -> Rows:
        """A frame that asks for the same claims in the same order, for what needs no past.

        The asked claims alone where they were given so, else this frame; which it does not hold itself, or the memory
        of a part would stay until Python looks for cycles.
        """
        return self._alone or self

    @property
    def whole(self) -> Rows | None:
        """The frame that this one is `alone` of while that is in use: its last claims and lines are those here."""
        return self._whole() if self._whole else None

    def once(self, kind: str, name: str, make: Callable[[], Any]) -> Any:
        """The value made by `make`, made only once for (kind, name)."""
        place = kind, name
        try:
            return self._cache[place]
        except KeyError:
            return self._make(place, make)

    def _make(self, place: tuple[str, str], make: Callable[[], Any]) -> Any:
        if self._locks is None:
            self._cache[place] = make()
        else:
            with self._locks.setdefault(place, RLock()):
                if place not in self._cache:
                    self._cache[place] = make()
        return self._cache[place]

    def forget(self, name: str) -> None:
        """Let go of whatever was made of the entity's order; the room is needed for the next one's."""
        for kind in IN_ORDER:
            self._cache.pop((kind, name), None)

    def once_of_tables(self, name: str, make: Callable[[], Any]) -> Any:
        """As `once`, for what the reference tables alone tell: this frame and `alone` share it.

        Two threads may both make it; then both have made the same.
        """
        if name not in self._of_tables:
            self._of_tables[name] = make()
        return self._of_tables[name]

    @cached_property
    def is_settlement(self) -> Array:
        """Which claims are settlements (m,)."""
        return is_text(self.claims, "kind", SETTLEMENT)

    def numbers(self, name: str) -> tuple[Array, dict[str, int]]:
        """The column `name` as numbers (-1 for None), and the number of each text or amount."""
        return self.once("numbers", name, lambda: numbers_of(self.claims, name))  # type: ignore[no-any-return]

    def keys(self, entity: str) -> Array:
        """The entity of each claim as a number, -1 where it has none (m,)."""
        return self.once("keys", entity, lambda: _keys(self, entity))  # type: ignore[no-any-return]

    @cached_property
    def original(self) -> Array:
        """For each reversal the row of the settlement that it takes back, -1 where that is not known (m,).

        Known means: a settlement of the same person at the same institution. Which of the two came first does not
        matter: the reversal counts as soon as both are there.
        """
        original = np.full(len(self.is_settlement), -1, dtype=np.int64)
        reversals = np.flatnonzero(~self.is_settlement)
        if not len(reversals):
            return original
        named = texts_at(self.claims, "reverses_claim_id", reversals)
        row_of = rows_with(self.claims, "claim_id", {name for name in named if name is not None})
        found = np.array([row_of.get(name, -1) for name in named], dtype=np.int64)  # type: ignore[arg-type]  # or None
        found[~self.is_settlement[found]] = -1
        for column in ("patient_id", "institution_id"):
            numbers = self.numbers(column)[0]
            found[numbers[reversals] != numbers[found]] = -1
        original[reversals] = found
        return original

    @cached_property
    def events(self) -> Events:
        """The events of all claims, in the order of claims, settlements first."""
        return Events(*_events_of(self.original, self.is_settlement, self.claims["settled_at"],
                                  self.claims["recorded_order"]))  # fmt: skip

    @cached_property
    def line_row(self) -> Array:
        """The claim of each line."""
        return self.lines["claim_index"]


@compiled
def _events_of(
    original: Array, is_settlement: Array, s: Array, order: Array
) -> tuple[Array, Array, Array, Array, Array]:
    """The columns of `Events`: settlements, then what is taken back, then the reversals themselves."""
    settled, reversals = np.flatnonzero(is_settlement), np.flatnonzero(original >= 0)
    first, second = settled.size, settled.size + reversals.size
    kind = np.full(second + reversals.size, SETTLED, np.int64)
    row, subject, when, since = np.empty_like(kind), np.empty_like(kind), np.empty_like(kind), np.empty_like(kind)
    row[:first], subject[:first] = settled, settled
    for place in range(first):
        when[place], since[place] = s[settled[place]], order[settled[place]]
    for place in range(reversals.size):
        reversal = reversals[place]
        about = original[reversal]
        back, own = first + place, second + place
        kind[back], kind[own] = TAKEN_BACK, REVERSED
        when[back], when[own] = s[about], s[reversal]
        row[back] = row[own] = reversal
        subject[back] = subject[own] = about
        since[back] = since[own] = max(order[reversal], order[about])
    return kind, row, subject, when, since


def gather(batch: ClaimBatch, parts: list[ClaimBatch], context: Context) -> Rows:
    """One frame of `batch` and the claims of `parts`, each claim once."""
    if len(parts) == 1 and parts[0] is batch:
        return Rows(batch, np.arange(len(batch)), context)
    asked, parts = set(batch.claims["claim_id"].tolist()), [part for part in parts if len(part)]
    fresh = (_without(part, parts[:number], asked) for number, part in enumerate(parts))
    kept = [part for part in fresh if len(part)]
    whole = concat([*kept, batch]) if kept else batch
    first = len(whole) - len(batch)
    return Rows(whole, np.arange(first, first + len(batch)), context, batch)


def _without(part: ClaimBatch, others: list[ClaimBatch], asked: set[str]) -> ClaimBatch:
    """The claims of a part that are neither in others nor asked for."""
    for other in others:
        is_known = _among(*(wholes(one.claims, ("recorded_order",))[0] for one in (part, other)))
        part = select(part, np.flatnonzero(~is_known)) if is_known.any() else part
    if holds(part.claims, "claim_id", asked):
        is_asked = np.array([name in asked for name in part.claims["claim_id"].tolist()], dtype=np.bool_)
        return select(part, np.flatnonzero(~is_asked))
    return part


@compiled
def _among(orders: Array, known: Array) -> Array:
    """Which orders are among the known ones (n,)."""
    rising, found = known if rises(known) else np.sort(known), np.zeros(orders.size, np.bool_)
    for row in range(orders.size):
        place = np.searchsorted(rising, orders[row])
        found[row] = place < rising.size and rising[place] == orders[row]
    return found


def number(values: Array) -> tuple[Array, dict[str, int]]:
    """Numbers 0, 1, ... for texts in order of appearance, -1 for None, and the number of each text."""
    column = numbering.number(values)
    return column.codes, column.code_of


def is_none(values: Array) -> Array:
    """Which texts are missing."""
    return np.fromiter((value is None for value in values.tolist()), dtype=np.bool_, count=len(values))


def pair_up(first: Array, second: Array) -> Array:
    """One number for each pair of numbers, -1 where either is -1."""
    width = int(second.max(initial=0)) + 1
    return np.where((first >= 0) & (second >= 0), first * width + second, -1)


ENTITIES: dict[str, tuple[str, ...]] = {
    "patient": ("patient_id",),
    "doctor": ("doctor_id",),
    "institution": ("institution_id",),
    "patient_institution": ("patient_id", "institution_id"),
    "doctor_patient": ("patient_id", "doctor_id"),
    "institution_amount": ("institution_id", "total_fen"),
    "department": ("institution_id", "department_id"),
    "doctor_institution": ("doctor_id", "institution_id"),
    "till": ("institution_id", "till_id"),
    "place": ("till_id",),
    "care_category": ("care_category",),
    "amount": ("total_fen",),
    "patient_place": ("patient_id", "till_id"),
    "patient_care_category": ("patient_id", "care_category"),
    "patient_amount": ("patient_id", "total_fen"),
    "institution_care_category": ("institution_id", "care_category"),
    "place_care_category": ("till_id", "care_category"),
    "place_amount": ("till_id", "total_fen"),
    "care_category_amount": ("care_category", "total_fen"),
}
"""Entities of a claim by the columns that name them; `patient_class` is one of lines and lives in `supply`.

Claims that name no till share one: that of the whole institution.
"""

TILE_ENTITIES = ("doctor", "institution", "department", "doctor_institution")
"""Entities with too many claims to read again at each settlement; the service keeps packed tiles for them."""


def _keys(rows: Rows, entity: str) -> Array:
    columns = ENTITIES[entity]
    first = rows.numbers(columns[0])[0]
    if len(columns) == 1:
        return first
    second = rows.numbers(columns[1])[0]
    return pair_up(first, second + 1 if entity == "till" else second)
