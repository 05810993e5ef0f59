"""What else the persons of a batch did: visits, purchases and stays that were known before each claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from propcache.api import cached_property

from claims.batch import ClaimBatch
from claims.clock import AREA_OFFSET_SECONDS, DAY, HOUR, area_day
from claims.context import Context
from claims.lazy import coded
from claims.masks import is_any, rows_where
from claims.tables import MISSING, Array
from features.compiled import compiled
from features.context import frame_of
from features.past import undone_from
from features.rows import Rows, gather
from rules.exempt import DIALYSIS_CODES, ONCOLOGY_CODES

REACH_DAYS = 400
"""As far as a history is read; no rule looks further."""
PAST, SAME_DAY = "past", "same day"
"""Among what a batch has: an earlier settlement of the person; one whose days touch its own, or within 24 hours."""
LATEST = 1 << 62
"""Above every recorded order: that of claims which only ask for advice."""
FLAGS = INPATIENT, PURCHASE, OUTPATIENT, STAY = range(4)
DAYS = BEGIN, END = range(4, 6)
"""Places of what `Visits` tells of claims: what they were, and their days."""


@dataclass(frozen=True)
class Pairs:
    """p pairs of a claim of the batch and another settlement of the same person that was known before it.

    Attributes:
        claim: (p,) rows in the batch, rising.
        other: (p,) rows in `Visits.rows`.
        row: (p,) the claim's own rows there.
        stands: (p,) false where the other had been taken back wholly before the claim.
    """

    claim: Array
    other: Array
    row: Array
    stands: Array

    def counted(self, chosen: Array, claims: int) -> Array:
        """How many of the chosen pairs each of the claims has."""
        return np.bincount(self.claim[chosen], minlength=claims)


@dataclass(frozen=True)
class Visits:
    """m claims, history first, as columns of numbers; the last n of them are the batch.

    What a claim was, and on which days, is told of the claims of the batch's persons; of others it is left false, or
    zero: a frame may hold thousands, which stood at a till or a doctor's door before them.
    """

    rows: Rows
    context: Context

    def own(self, column: Array) -> Array:
        """The part of a column that belongs to the batch (n,)."""
        return column[len(column) - len(self.rows.at) :]

    @property
    def is_inpatient(self) -> Array:
        """(m,) paid as inpatient care."""
        return self._seen[INPATIENT]

    @property
    def is_stay(self) -> Array:
        """(m,) inpatient care that says both of its days."""
        return self._seen[STAY]

    @property
    def is_purchase(self) -> Array:
        """(m,) bought at a pharmacy."""
        return self._seen[PURCHASE]

    @property
    def is_outpatient(self) -> Array:
        """(m,) at a hospital or clinic, without a bed."""
        return self._seen[OUTPATIENT]

    @property
    def begin(self) -> Array:
        """(m,) the day of care, of a stay its first."""
        return self._seen[BEGIN]

    @property
    def end(self) -> Array:
        """(m,) the day of care, of a stay its last."""
        return self._seen[END]

    @cached_property
    def _seen(self) -> tuple[Array, ...]:
        """The `FLAGS` (m,) and the `DAYS` (m,) of the claims of the batch's persons."""
        rows, table = self.rows, self.context.institutions
        (place, places), (benefit, benefits) = rows.numbers("institution_id"), rows.numbers("benefit_kind")
        kinds = dict(zip(table["institution_id"].tolist(), table["kind"].tolist(), strict=True))
        is_pharmacy = np.array([*(kinds.get(name) == "pharmacy" for name in places), False])
        names = ("admitted_on", "discharged_on", "served_at", "settled_at")
        flags, days = _look_through(
            rows.at, rows.keys("patient"), benefit, benefits.get("inpatient", -2), place, is_pharmacy,
            *(rows.claims[name] for name in names),
        )  # fmt: skip
        return (*flags, *days)

    @cached_property
    def settled_day(self) -> Array:
        """(m,) the day of settlement."""
        return area_day(self.rows.claims["settled_at"])

    @cached_property
    def is_oncology(self) -> Array:
        """(m,) a tumour or its treatment among the diagnoses."""
        return self._named_by(ONCOLOGY_CODES)

    @cached_property
    def is_dialysis(self) -> Array:
        """(m,) end-stage renal disease or dialysis among the diagnoses."""
        return self._named_by(DIALYSIS_CODES)

    @cached_property
    def disease(self) -> Array:
        """(m,) a number for the three-character category of the first main diagnosis, -1 where none is named."""
        listed, found = self.rows.batch.diagnoses, np.full(len(self.begin), -1, dtype=np.int64)
        codes = coded(listed, "code")
        number_of: dict[str, int] = {}
        category = [number_of.setdefault(text[:3], len(number_of)) for text in codes.texts]
        main = rows_where(listed["is_main"])[::-1]  # the first of a claim comes last
        found[listed["claim_index"][main]] = np.array([*category, -1], dtype=np.int64)[codes.codes[main]]
        return found

    def hours_late(self, rows: Array) -> Array:
        """Whole hours from settlement to upload of some claims, where the source says when that was; else zero.

        The service settles what it receives, so that its own clock says nothing about an upload.
        """
        known, settled = (self.rows.claims[name][rows] for name in ("known_at", "settled_at"))
        late = (np.maximum(known, settled) - settled) // HOUR  # none where MISSING, the least of all numbers
        if is_any(late):
            source = self.rows.claims["known_at_source"][rows]
            late[(source == "settled_at") | (source == "service")] = 0
        return late

    @cached_property
    def pairs(self) -> Pairs:
        """The pairs that are no more than `REACH_DAYS` apart."""
        rows = self.rows
        claim, other, row, stands = pairs_of(
            rows.at, rows.keys("patient"), rows.is_settlement, rows.claims["recorded_order"], self.begin, self.end,
            undone_from(rows), REACH_DAYS,
        )  # fmt: skip
        return Pairs(claim, other, row, stands)

    @cached_property
    def nearness(self) -> tuple[str, ...]:
        """`PAST` where the batch's persons have any other settlement before, `SAME_DAY` where one is near its own."""
        pairs = self.pairs
        if not len(pairs.claim):
            return ()
        is_near = _is_any_near(pairs.row, pairs.other, self.rows.claims["settled_at"], self.begin, self.end)
        return (PAST, SAME_DAY) if is_near else (PAST,)

    def _named_by(self, beginnings: tuple[str, ...]) -> Array:
        listed, found = self.rows.batch.diagnoses, np.zeros(len(self.begin), dtype=np.bool_)
        codes = coded(listed, "code")
        is_meant = _begin_with(codes.texts, beginnings)
        if is_any(is_meant):
            found[listed["claim_index"][is_meant[codes.codes]]] = True
        return found


def visits_of(batch: ClaimBatch, context: Context) -> Visits:
    """The batch and its history; claims without an order come after all others, in the order of the batch.

    Where features of the batch were computed before, this is the frame that they were computed on: what they made of
    its lines and doses is there already.
    """
    frame = frame_of(batch, context)
    if frame is not None:
        return Visits(frame, context)
    order = batch.claims["recorded_order"]
    if is_any(order == MISSING):
        after_all = np.where(order == MISSING, LATEST + np.arange(len(order)), order)
        batch = replace(batch, claims={**batch.claims, "recorded_order": after_all})
    return Visits(gather(batch, [context.history], context), context)


def _begin_with(texts: Sequence[str], beginnings: tuple[str, ...]) -> Array:
    """Whether each text begins with one of some others; at the end false, which -1 takes."""
    return np.array([*(text.startswith(beginnings) for text in texts), False], dtype=np.bool_)


@compiled
def _look_through(
    at: Array, person: Array, benefit: Array, inpatient: int, place: Array, is_pharmacy: Array, admitted: Array,
    discharged: Array, served: Array, settled: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """What the claims of some persons were, and their first and last days.

    Args:
        at: n rows, whose persons are meant.
        person: the person of each row, -1 for nobody.
        benefit: number of what each is paid as.
        inpatient: that of inpatient care.
        place: number of the institution of each, -1 for none.
        is_pharmacy: whether each institution is one; at last that of none.
        admitted: first day of a stay, MISSING where the claim does not say.
        discharged: last day likewise.
        served: seconds likewise.
        settled: seconds.

    Returns:
        (4, m) the flags and (2, m) the days; a claim that is no stay, or does not say both of its days, begins and ends
        on the day of care.
    """
    flags, days = np.zeros((4, settled.size), np.bool_), np.zeros((2, settled.size), np.int64)
    is_meant = _is_asked(at, person)
    for row in range(settled.size):
        if not is_meant[row]:
            continue
        is_inpatient, is_purchase = benefit[row] == inpatient, is_pharmacy[place[row]]
        is_stay = is_inpatient and admitted[row] != MISSING and discharged[row] >= admitted[row]
        flags[INPATIENT, row], flags[PURCHASE, row], flags[STAY, row] = is_inpatient, is_purchase, is_stay
        flags[OUTPATIENT, row] = not is_inpatient and not is_purchase
        moment = settled[row] if served[row] == MISSING else served[row]
        days[0, row] = admitted[row] if is_stay else (moment + AREA_OFFSET_SECONDS) // DAY
        days[1, row] = discharged[row] if is_stay else days[0, row]
    return flags, days


@compiled
def _is_asked(at: Array, person: Array) -> Array:
    """(m,) whether each row's person is one of those of the rows `at`; all who are nobody are one."""
    is_one = np.zeros(person.max() + 2 if person.size else 1, np.bool_)  # the last one for -1
    for place in range(at.size):
        is_one[person[at[place]]] = True
    is_asked = np.empty(person.size, np.bool_)
    for row in range(person.size):
        is_asked[row] = is_one[person[row]]
    return is_asked


@compiled
def _is_any_near(row: Array, other: Array, settled: Array, begin: Array, end: Array) -> bool:
    """Whether two claims of any pair were settled within 24 hours, or their days touch."""
    for pair in range(row.size):
        one, two = row[pair], other[pair]
        if abs(settled[one] - settled[two]) <= DAY or (begin[one] <= end[two] and begin[two] <= end[one]):
            return True
    return False


@compiled
def pairs_of(
    at: Array, person: Array, is_settlement: Array, order: Array, begin: Array, end: Array, undone: Array, reach: int
) -> tuple[Array, Array, Array, Array]:
    """For each row of `at`: the settlements of the same person of a lower order, at most `reach` days away.

    Args:
        at: n rows.
        person: the person of each row.
        is_settlement: which rows are settlements.
        order: the recorded order of each row.
        begin: its first day.
        end: its last day.
        undone: the order from which each is taken back wholly.
        reach: days.

    Returns:
        Places in `at`, rows of the others, rows of their own, and whether the others stood then.
    """
    settled = np.flatnonzero(is_settlement & _is_asked(at, person))
    if at.size > 1:
        settled = settled[np.argsort(person[settled], kind="mergesort")]
    persons = person[settled]
    place, other, count = np.empty(0, np.int64), np.empty(0, np.int64), 0
    for is_counted in (False, True):  # first how many there are, then which
        if is_counted:
            place, other, count = np.empty(count, np.int64), np.empty(count, np.int64), 0
        for q in range(at.size):
            own = at[q]
            s = np.searchsorted(persons, person[own])
            while s < settled.size and persons[s] == person[own]:
                row = settled[s]
                s += 1
                if order[row] >= order[own]:
                    continue
                if begin[own] - end[row] <= reach and begin[row] - end[own] <= reach:
                    if is_counted:
                        place[count], other[count] = q, row
                    count += 1
    row = at[place]
    return place, other, row, undone[other] >= order[row]
