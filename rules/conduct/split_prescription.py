"""分解处方: several slips of one day that each stay under the limit and together pass it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from claims.lazy import coded
from claims.tables import Array
from features.compiled import compiled
from features.doses import drug_lines
from features.items import first_lines
from rules.exempt import LONG_PRESCRIPTION, spare
from rules.facts import TAKEN_HOME, Facts
from rules.findings import nothing, on_lines
from rules.frame import SLIGHTLY, Hits, rule
from rules.numbers import Numbers
from rules.visits import SAME_DAY
from rules.words import yuan


@rule(
    code="YC-SLIPS",
    name_zh="分解处方",
    name_en="One need on several slips",
    category="管理类",
    grade=SLIGHTLY,
    since="2021-08-10",
    source="医疗保障基金使用监督管理条例 第三十八条（二）分解处方；长期处方管理规范（试行）国卫办医发〔2021〕17号",
    subject_kind="institution",
    numbers="prescription",
    touches=(TAKEN_HOME,),
)
def split_into_slips(facts: Facts, numbers: Numbers) -> Hits:
    """On one day one institution gives a person a drug class on several slips, none too long, but all together."""
    found = [one for claim in _with_several_slips(facts) for one in _classes_of(facts, claim, numbers)]
    if not found:
        return nothing()
    claim_of = np.array([one.claim for one in found], dtype=np.int64)
    is_spared = np.array([one.days <= one.allowed for one in found], dtype=np.bool_)
    kept, spared = spare(np.arange(len(found)), claim_of, (LONG_PRESCRIPTION, is_spared))
    left = [found[place] for place in kept.tolist()]
    says = [
        (
            f"“{facts.item_label(one.line)}”同类药品当日在本机构分 {one.slips} 张处方开出，每张均未超限，"
            f"合计 {one.days} 天用量（允许 {one.allowed} 天），本次 {yuan(one.fen)} 元",
            f"{facts.item_label(one.line)}: its class came on {one.slips} slips of this institution that day, each "
            f"within the limit, together {one.days} days ({one.allowed} allowed); {yuan(one.fen)} yuan on this claim",
        )
        for one in left
    ]
    lines = np.array([one.line for one in left], dtype=np.int64)
    return on_lines(facts, lines, says, np.array([one.fen for one in left], dtype=np.int64), spared=spared)


@dataclass(frozen=True)
class _Split:
    """A drug class of a claim that came on several slips: days of all and days allowed, first line and fen of it."""

    claim: int
    line: int
    slips: int
    days: int
    allowed: int
    fen: int


def _with_several_slips(facts: Facts) -> list[int]:
    """Claims with another one of the same day and place before them, or with two slips of their own."""
    pairs, visits, beside = facts.visits.pairs, facts.visits, list[int]()
    if SAME_DAY in facts.there:
        place = visits.rows.numbers("institution_id")[0]
        is_near = _is_beside(pairs.row, pairs.other, pairs.stands, visits.begin, place, visits.is_inpatient)
        beside = pairs.claim[is_near].tolist()
    slip, claim = coded(facts.batch.lines, "prescription_id").codes, facts.claim_of_line
    several = claim[1:][(claim[1:] == claim[:-1]) & (slip[1:] != slip[:-1]) & (slip[1:] >= 0) & (slip[:-1] >= 0)]
    rows = sorted({*beside, *several.tolist()})
    if not rows:
        return []
    of_batch = facts.is_settlement & ~visits.own(visits.is_inpatient)
    return [row for row in rows if of_batch[row]]


@compiled
def _is_beside(row: Array, other: Array, stands: Array, begin: Array, place: Array, is_inpatient: Array) -> Array:
    """(p,) whether the other visit of a pair stood, was on the same day at the same place, and was no stay."""
    is_near = np.zeros(row.size, np.bool_)
    for pair in range(row.size):
        own, before = row[pair], other[pair]
        is_near[pair] = stands[pair] and begin[own] == begin[before] and place[own] == place[before]
        is_near[pair] &= not is_inpatient[before]
    return is_near


def _classes_of(facts: Facts, claim: int, numbers: Numbers) -> list[_Split]:
    """The drug classes of a claim that pass the limit only together with another slip."""
    pairs, visits = facts.visits.pairs, facts.visits
    place = visits.rows.numbers("institution_id")[0]
    own = int(visits.rows.at[claim])
    of_claim = slice(*np.searchsorted(pairs.claim, (claim, claim + 1)).tolist())
    before = pairs.other[of_claim][pairs.stands[of_claim]]
    is_near = (visits.begin[before] == visits.begin[own]) & (place[before] == place[own])
    rows = [own, *before[is_near & ~visits.is_inpatient[before]].tolist()]
    day = facts.settled_day[[claim]]
    usual, longest = int(numbers["usual_days"].on(day)[0]), int(numbers["long_days"].on(day)[0])
    days, lines = _days_by_class(facts, rows), _own_lines(facts, own)
    found = []
    for drug_class, mine in lines.items():
        slips = days[drug_class]
        if len(slips) > 1 and max(slips.values()) <= usual < sum(slips.values()):
            first = mine[0] - int(facts.own_lines.start)
            fen = int(visits.rows.lines["amount_fen"][mine].sum())
            allowed = longest if facts.has_long_prescription[claim] else usual
            found.append(_Split(claim, first, len(slips), sum(slips.values()), allowed, fen))
    return found


def _days_by_class(facts: Facts, rows: list[int]) -> dict[int, dict[str, int]]:
    """Days of supply by drug class and slip; a claim that names no slip is one."""
    frame, drugs = facts.visits.rows, drug_lines(facts.visits.rows)
    first, slips = first_lines(frame), frame.lines["prescription_id"]
    found: dict[int, dict[str, int]] = {}
    for row in rows:
        for line in range(int(first[row]), int(first[row + 1])):
            if drugs.key[line] >= 0 and frame.lines["quantity_e4"][line] > 0:
                slip = slips[line] or f"claim {row}"
                of_class = found.setdefault(int(drugs.classes[line]), {})
                of_class[slip] = of_class.get(slip, 0) + int(drugs.days[line])
    return found


def _own_lines(facts: Facts, row: int) -> dict[int, Array]:
    """The lines of a claim by drug class."""
    frame, drugs = facts.visits.rows, drug_lines(facts.visits.rows)
    first = first_lines(frame)
    lines = np.arange(int(first[row]), int(first[row + 1]))
    lines = lines[(drugs.key[lines] >= 0) & (frame.lines["quantity_e4"][lines] > 0)]
    return {of: lines[drugs.classes[lines] == of] for of in sorted(set(drugs.classes[lines].tolist()))}
