"""重复结算: the same lines for the same person, place and day as an earlier settlement that still stands."""

from __future__ import annotations

import numpy as np

from claims.clock import area_day
from claims.masks import rows_where
from claims.tables import Array
from features.past import NEVER, events_of_kind
from features.rows import TAKEN_BACK, Rows
from rules.days import first_known
from rules.facts import Facts
from rules.findings import nothing, on_claims
from rules.frame import HIGHLY, Hits, rule
from rules.numbers import Numbers
from rules.visits import SAME_DAY, Pairs
from rules.words import yuan


@rule(
    code="YC-DUPLICATE",
    name_zh="重复结算",
    name_en="Settled twice",
    category="管理类",
    grade=HIGHLY,
    since="2021-05-01",
    source="医疗保障基金使用监督管理条例 第三十八条（三）重复收费、第四十一条（二）重复享受待遇",
    subject_kind="institution",
    touches=(SAME_DAY,),
)
def settled_twice(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """A settlement repeats the items, quantities and amounts of an earlier one of the same person, place and day.

    An earlier one that was reversed before this claim, wholly or in part, is not repeated but corrected.
    """
    frame, pairs = facts.visits.rows, facts.visits.pairs
    alike = _alike(frame, pairs)
    if not len(alike):
        return nothing()
    stands = _reversed_from(frame)[pairs.other[alike]] > frame.claims["recorded_order"][pairs.row[alike]]
    twin_of = _latest_twins(frame, pairs, alike[stands])
    rows = np.array([row for row in sorted(twin_of) if facts.is_settlement[row]], dtype=np.int64)
    totals = np.maximum(facts.batch.claims["total_fen"][rows], 0)
    twins = frame.claims["claim_id"][[twin_of[row] for row in rows.tolist()]]
    says = [
        (
            f"与同日结算 {twin} 的项目、数量、金额完全相同，且该结算未退费，合计 {yuan(fen)} 元",
            f"Same items, quantities and amounts as {twin} of the same day, which was not reversed: {yuan(fen)} yuan",
        )
        for twin, fen in zip(twins.tolist(), totals.tolist(), strict=True)
    ]
    return on_claims(facts, rows, says, totals)


def _alike(frame: Rows, pairs: Pairs) -> Array:
    """The pairs of one place and day that bill as many lines and as much; whether of the same is seen later."""
    place, claims = frame.numbers("institution_id")[0], frame.claims
    near = rows_where(place[pairs.row] == place[pairs.other])
    day = area_day(first_known(claims["served_at"], claims["settled_at"]))
    near = near[day[pairs.row[near]] == day[pairs.other[near]]]
    size = len(place)
    count = np.bincount(frame.line_row, minlength=size)
    billed = np.zeros(size, dtype=np.int64)
    np.add.at(billed, frame.line_row, frame.lines["amount_fen"])
    own, other = pairs.row[near], pairs.other[near]
    return np.asarray(near[(count[own] > 0) & (count[own] == count[other]) & (billed[own] == billed[other])])


def _reversed_from(frame: Rows) -> Array:
    """From which order on each claim is known to be reversed, wholly or in part; NEVER if it was not."""
    events = frame.events
    back = events_of_kind(events, TAKEN_BACK)
    found = np.full(len(frame.is_settlement), NEVER, dtype=np.int64)
    np.minimum.at(found, events.subject[back], events.order[back])
    return found


def _latest_twins(frame: Rows, pairs: Pairs, alike: Array) -> dict[int, int]:
    """For each claim of the batch that has one: its latest earlier twin, as a row of the frame."""
    bounds = np.searchsorted(frame.line_row, np.arange(len(frame.is_settlement) + 1)).tolist()
    order = frame.claims["recorded_order"]
    twin_of: dict[int, int] = {}
    for pair in alike.tolist():
        claim, own, other = int(pairs.claim[pair]), int(pairs.row[pair]), int(pairs.other[pair])
        if claim in twin_of and order[twin_of[claim]] > order[other]:
            continue
        if _billed(frame, slice(*bounds[own : own + 2])) == _billed(frame, slice(*bounds[other : other + 2])):
            twin_of[claim] = other
    return twin_of


def _billed(frame: Rows, lines: slice) -> list[tuple[object, ...]]:
    """What the lines bill, in no order of theirs."""
    columns = (frame.lines[name][lines].tolist() for name in ("item_code", "quantity_e4", "amount_fen"))
    return sorted(zip(*columns, strict=True))
