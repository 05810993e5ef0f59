"""What rules look at: a batch and its context, with the joins that several rules share made once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from propcache.api import cached_property

from claims.batch import ClaimBatch
from claims.clock import area_day
from claims.context import Context
from claims.lazy import count, different
from claims.lookup import holds_on, is_given, last_row_of
from claims.masks import is_any, rows_where
from claims.tables import DECLARATIONS, DEPARTMENT_SERVICES, MISSING, SETTLEMENT, Array, empty_columns
from features.compiled import compiled
from features.doses import catalogue_codes, drug_lines
from features.in_force import rows_in_force
from rules.days import first_known
from rules.known import Known, Points
from rules.own_codes import OwnCodes, entries_of
from rules.past import Past, past_of
from rules.past_lines import PastLines
from rules.registered import Declared, Register
from rules.visits import Visits, visits_of

_ORDERED = frozenset({"drug", "herbal", "service", "consumable"})
"""Beds and other facilities are billed by the day, not ordered line by line."""
TAKEN_HOME = "taken home"
"""Among what a batch has: a drug with a class that is no part of a stay."""
MAPPED = "mapped"
"""Among what a batch has: entries that say what institutions' own codes stand for."""
TRACED = "traced"
"""Among what a batch has: a box that was scanned more than once."""


@dataclass(frozen=True)
class Facts:
    """n claims with m lines, and what was known beside them. Columns are made when first asked for.

    Attributes:
        batch: the claims.
        context: what was known beside them.
        asked: (n,) which of the claims are judged, the others are only their past; None for all.
    """

    batch: ClaimBatch
    context: Context
    asked: Array | None = None

    @cached_property
    def claim_of_line(self) -> Array:
        """(m,) row of each line's claim."""
        return self.batch.lines["claim_index"]

    @cached_property
    def is_settlement(self) -> Array:
        """(n,) what rules judge: settlements that are asked about; a reversal gives money back."""
        is_settlement = np.asarray(self.batch.claims["kind"] == SETTLEMENT, dtype=np.bool_)
        return is_settlement if self.asked is None else is_settlement & self.asked

    @cached_property
    def is_judged(self) -> Array:
        """(m,) lines of what rules judge."""
        return self.is_settlement[self.claim_of_line]

    @cached_property
    def settled_day(self) -> Array:
        """(n,) the claim's own day, by which rules and numbers are chosen."""
        return area_day(self.batch.claims["settled_at"])

    @cached_property
    def there(self) -> frozenset[str]:
        """Which kinds of items, benefits and institutions the batch has.

        And which of `TAKEN_HOME`, `MAPPED`, `TRACED`, `PAST` and `SAME_DAY`.
        """
        claims, lines = self.batch.claims, self.batch.lines
        kinds = set(self._institution_kind.tolist()) - {None}
        drugs = [TAKEN_HOME] if is_any(drug_lines(self.visits.rows).key[self.own_lines] >= 0) else []
        mappings, scans = self.context.item_mappings, self.context.scans
        codes = [
            name
            for name, is_there in ((MAPPED, mappings and count(mappings, "valid_from")), (TRACED, scans))
            if is_there
        ]
        known = {*different(lines, "item_kind"), *different(claims, "benefit_kind"), *kinds, *drugs, *codes}
        return frozenset({*known, *self.visits.nearness})

    @cached_property
    def asked_span(self) -> tuple[int, int]:
        """The first and the last of the days of the claims that are judged; an empty span without any."""
        return _span(self.settled_day, self.is_settlement)

    @cached_property
    def served_day(self) -> Array:
        """(n,) day of care, else of settlement."""
        claims = self.batch.claims
        return area_day(first_known(claims["served_at"], claims["settled_at"]))

    @cached_property
    def line_day(self) -> Array:
        """(m,) day on which the fee occurred, else the claim's."""
        own = self.batch.lines["served_at"]
        return np.where(own == MISSING, self.served_day[self.claim_of_line], area_day(own))

    @cached_property
    def patient_row(self) -> Array:
        """(n,) row in `context.patients`, -1 unknown."""
        return last_row_of(self.context.patients["patient_id"], self.batch.claims["patient_id"])

    @cached_property
    def has_long_prescription(self) -> Array:
        """(n,) approved for long prescriptions on the claim's own day."""
        first, last = (self.of_patient(f"long_prescription_{end}", MISSING) for end in ("from", "until"))
        return holds_on(first, last, self.settled_day)

    @cached_property
    def institution_row(self) -> Array:
        """(n,) row in `context.institutions`, -1 unknown."""
        return last_row_of(self.context.institutions["institution_id"], self.batch.claims["institution_id"])

    @cached_property
    def catalogue_row(self) -> Array:
        """(m,) row in `context.catalogue` that holds on the line's day, -1 none."""
        return self.rows_in_catalogue(self.batch.lines["item_code"], self.line_day)

    def rows_in_catalogue(self, item_codes: Array, days: Array) -> Array:
        """(k,) row in `context.catalogue` of each item that holds on its day, -1 none."""
        table, codes = self.context.catalogue, catalogue_codes(self.visits.rows)
        asked = codes.of(item_codes.tolist())
        every = np.arange(len(asked))
        return rows_in_force(codes.of_rows, table["valid_from"], table["valid_until"], asked, every, every, days, 0, 1)

    @cached_property
    def own_codes(self) -> OwnCodes | None:
        """What the lines' own codes are registered to; None where no register is known."""
        table = self.context.item_mappings
        if table is None:
            return None
        claims, lines = self.batch.claims, self.batch.lines
        return entries_of(table, claims, lines, self.claim_of_line, self.is_settlement, self.line_day)

    @cached_property
    def doctor_of_line(self) -> Array:
        """(m,) the doctor of the line, else of its claim."""
        return self._of_line_or_claim("doctor_id")

    @cached_property
    def department_of_line(self) -> Array:
        """(m,) the department of the line, else of its claim."""
        return self._of_line_or_claim("department_id")

    @cached_property
    def at_pharmacy(self) -> Array:
        """(m,) lines of pharmacies."""
        return np.asarray(self._institution_kind == "pharmacy", dtype=np.bool_)[self.claim_of_line]

    @cached_property
    def _institution_kind(self) -> Array:
        return self.of_institution("kind", None)

    @cached_property
    def needs_a_doctor(self) -> Array:
        """(m,) lines whose doctor must be registered at their own institution: what hospitals and clinics order."""
        kinds = self.batch.lines["item_kind"].tolist()
        ordered = np.fromiter(map(_ORDERED.__contains__, kinds), dtype=np.bool_, count=len(kinds))
        return np.asarray(ordered & ~self.at_pharmacy)

    @cached_property
    def staff(self) -> Register:
        """Who is registered where, asked by the names that lines give."""
        return Register(self.context.staff, "staff_id", self._institution_of_line, self.line_day)

    @cached_property
    def doctors_away(self) -> tuple[Array, Array]:
        """(m,) and (m,) what `Register.away` says of the lines' doctors."""
        return self.staff.away(self.doctor_of_line, "doctor")

    @cached_property
    def departments(self) -> Register:
        """Which departments are registered."""
        return Register(self.context.departments, "department_id", self._institution_of_line, self.line_day)

    @cached_property
    def services(self) -> Register:
        """Which department may perform which service, asked by pairs of both."""
        table = self.context.department_services or empty_columns(DEPARTMENT_SERVICES)
        pairs = pairs_of(table["department_id"], table["item_code"])
        return Register({**table, "pair": pairs}, "pair", self._institution_of_line, self.line_day)

    @cached_property
    def declared(self) -> Declared:
        """Which registers institutions declared complete."""
        return Declared(self.context.declarations or empty_columns(DECLARATIONS))

    @cached_property
    def known(self) -> Known:
        """The published knowledge that the context holds."""
        return Known(self.context.knowledge)

    @cached_property
    def known_items(self) -> Array:
        """(m,) numbers of the lines' items in `known`, -1 for an item of which nothing is known."""
        return self.known.numbers_of(self.batch.lines["item_code"])

    def points(self, kind: str) -> Points:
        """The points of a kind that hold for lines of settlements on their days."""
        found = self.known.points(kind, self.known_items, self.line_day)
        return found.where(self.is_judged[found.line]) if len(found) else found

    @cached_property
    def past(self) -> Past:
        """The batch with what came before it."""
        return past_of(self.batch, self.context)

    @cached_property
    def visits(self) -> Visits:
        """What else the batch's persons did."""
        return visits_of(self.batch, self.context)

    @cached_property
    def own_lines(self) -> slice:
        """Where the batch's lines stand among those of `visits.rows`: they are the last."""
        size = len(self.visits.rows.line_row)
        return slice(size - len(self.claim_of_line), size)

    @cached_property
    def past_lines(self) -> PastLines:
        """Of `past` the lines of items that knowledge is about."""
        return PastLines(self.past, self.known)

    def _of_line_or_claim(self, name: str) -> Array:
        own, claims = self.batch.lines[name], self.batch.claims[name][self.claim_of_line]
        return np.where(is_given(own), own, claims)

    @cached_property
    def _institution_of_line(self) -> Array:
        return self.batch.claims["institution_id"][self.claim_of_line]

    def of_patient(self, name: str, unknown: object) -> Array:
        """(n,) a column of `context.patients`."""
        return pick(self.context.patients[name], self.patient_row, unknown)

    def of_institution(self, name: str, unknown: object) -> Array:
        """(n,) a column of `context.institutions`."""
        return pick(self.context.institutions[name], self.institution_row, unknown)

    def of_item(self, name: str, unknown: object) -> Array:
        """(m,) a column of `context.catalogue`; rules that ask for the same one get the same array."""
        if name not in self._of_items:
            column = self.context.catalogue[name]
            self._of_items[name] = pick(column, self.catalogue_row, unknown, self._not_in_catalogue)
        return self._of_items[name]

    @cached_property
    def _of_items(self) -> dict[str, Array]:
        return {}

    @cached_property
    def _not_in_catalogue(self) -> Array:
        return rows_where(self.catalogue_row < 0)

    def item_label(self, line: int) -> str:
        """How a sentence calls the line's item: the catalogue's name, else the line's, a table's, else the code."""
        row = int(self.catalogue_row[line])
        named = self.context.catalogue["name"][row] if row >= 0 else None
        code = str(self.batch.lines["item_code"][line])
        return str(named or self.batch.lines["item_name"][line] or self.known.names.get(code, code))


@compiled
def _span(days: Array, is_meant: Array) -> tuple[int, int]:
    """The first and the last of the days that are meant; an empty span without any."""
    first, last = 0, -1
    for row in range(days.size):
        if is_meant[row]:
            first, last = (days[row], days[row]) if first > last else (min(first, days[row]), max(last, days[row]))
    return first, last


def pairs_of(first: Array, second: Array) -> Array:
    """(k,) pairs of two columns of texts, as objects."""
    return np.fromiter(zip(first.tolist(), second.tolist(), strict=True), dtype=object, count=len(first))


def pick(column: Array, rows: Array, unknown: object, lacking: Array | None = None) -> Array:
    """`column[rows]`, with `unknown` where the row is -1; these are `lacking`, for who knows them already."""
    if not len(column):
        return np.full(len(rows), unknown, dtype=column.dtype)
    picked, lacking = column[rows], rows_where(rows < 0) if lacking is None else lacking
    if len(lacking):
        picked[lacking] = unknown
    return picked
