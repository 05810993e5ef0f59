"""追溯码重复结算: a box that another settlement, or another line of this one, has billed already."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from claims.clock import area_day, to_day
from claims.lazy import rows_with
from claims.masks import rows_where
from claims.tables import MISSING
from claims.trace_codes import MOST_OF_A_CODE, Scans, codes_in
from rules.exempt import SPLIT_PACK
from rules.facts import TRACED, Facts
from rules.findings import nothing
from rules.frame import HIGHLY, SLIGHTLY, WHOLE_CLAIM, Grade, Hits, rule
from rules.line_hits import share
from rules.numbers import Numbers
from rules.words import yuan

_BOX_E4 = 10_000
_MANY_PLACES = 8


@rule(
    code="YC-TRACE",
    name_zh="追溯码重复结算",
    name_en="Box settled twice",
    category="管理类",
    grade=HIGHLY,
    since="2021-05-01",
    source="医疗保障基金使用监督管理条例 第三十八条（四）串换药品、第四十条（三）虚构医药服务；追溯码“依码结算”",
    subject_kind="institution",
    numbers="trace_codes",
    touches=(TRACED,),
)
def box_settled_twice(facts: Facts, numbers: Numbers) -> Hits:
    """A trace code was settled before, by this or another institution, and the box was not given back.

    A box that another institution settled is highly suspicious: it came back, or one of the two never had it. At the
    same place a slip of the scanner is likely until the code comes again and again. Whoever sells an opened box by the
    piece scans its one code each time: that is spared at one place.
    """
    scans = facts.context.scans
    if scans is None or not len(scans):
        return nothing()
    rows = rows_with(facts.batch.claims, "claim_id", set(scans.claim_id.tolist()))
    asked = facts.is_settlement
    found: dict[tuple[int, int], list[_Again]] = {}
    spared: list[int] = []
    for again in _repeated(scans, {name for name, row in rows.items() if asked[row]}):
        row = rows[str(scans.claim_id[again.own])]
        if again.times > 1:
            found.setdefault((row, _line_row(facts, row, int(scans.line_number[again.own]))), []).append(again)
        elif again.is_spared:
            spared.append(row)
    most = numbers["settlements_of_a_box_at_one_place"].on(facts.settled_day)
    made = [_finding(facts, scans, place[1], boxes, int(most[place[0]])) for place, boxes in sorted(found.items())]
    claim_row, line_row = (np.array([place[end] for place in sorted(found)], dtype=np.int64) for end in (0, 1))
    return Hits(
        claim_row,
        line_row,
        np.array([fen for fen, *_ in made], dtype=np.int64),
        [zh for _, _, zh, _ in made],
        [en for _, _, _, en in made],
        grades=[grade for _, grade, *_ in made],
        spared={SPLIT_PACK: np.array(spared, dtype=np.int64)} if spared else None,
    )


@dataclass(frozen=True)
class _Again:
    """A scan, and the ones before it that still count.

    Attributes:
        own: the scan.
        before: scans of earlier settlements, and of earlier lines of its own.
        times: how often the box was billed by now.
        extra: how many of these were billed by this line and should not have been.
        is_spared: whether all others before it were spared.
    """

    own: int
    before: list[int] = field(default_factory=list)
    times: int = 1
    extra: int = 0
    is_spared: bool = False


def _repeated(scans: Scans, asked: set[str]) -> Iterator[_Again]:
    """What was before each scan of the asked claims, in the order of codes."""
    code, claim = scans.trace_code.tolist(), scans.claim_id.tolist()
    first = 0
    for place in range(len(code)):
        if code[place] != code[first]:
            first = place
        if claim[place] not in asked:
            continue
        near = range(max(first, place - MOST_OF_A_CODE), place)
        earlier = [other for other in near if _is_before(scans, other, place)]
        if _is_placeholder(scans, earlier):
            continue
        counted = [other for other in earlier if not _is_split(scans, other, place)]
        times = int(scans.times[place])
        before = int(scans.times[counted].sum())
        own_extra = 0 if scans.is_split[place] else times - 1
        yield _Again(
            place, counted, before + 1 + own_extra, times if before else own_extra, len(counted) < len(earlier)
        )


def _is_before(scans: Scans, other: int, own: int) -> bool:
    """Whether a scan comes before another one and its box had not come back by then."""
    if scans.claim_id[other] == scans.claim_id[own]:
        return bool(scans.line_number[other] < scans.line_number[own])
    came_back = scans.freed_order[other] < scans.order[own] or scans.freed_at[other] <= scans.settled_at[own]
    return bool(scans.order[other] < scans.order[own]) and not came_back


def _is_placeholder(scans: Scans, earlier: list[int]) -> bool:
    """Whether so many settlements of so many places share a code that it can be no box's."""
    return len(earlier) >= MOST_OF_A_CODE and len(set(scans.institution_id[earlier].tolist())) >= _MANY_PLACES


def _is_split(scans: Scans, other: int, own: int) -> bool:
    is_one_place = scans.institution_id[other] == scans.institution_id[own]
    return bool(scans.is_split[other] and scans.is_split[own] and is_one_place)


def _line_row(facts: Facts, row: int, number: int) -> int:
    if number == MISSING:
        return WHOLE_CLAIM
    index = facts.claim_of_line
    first, last = np.searchsorted(index, row), np.searchsorted(index, row, side="right")
    at = rows_where(facts.batch.lines["line_number"][first:last] == number)
    return int(first + at[0]) if len(at) else WHOLE_CLAIM


def _finding(facts: Facts, scans: Scans, line: int, boxes: list[_Again], most: int) -> tuple[int, Grade, str, str]:
    """Amount, grade and sentences of a line; the sentence tells the box with most to tell."""

    def elsewhere(again: _Again) -> list[int]:
        own = scans.institution_id[again.own]
        return [other for other in again.before if scans.institution_id[other] != own]

    told = max(boxes, key=lambda again: (bool(elsewhere(again)), again.times, str(scans.trace_code[again.own])))
    is_high = any(elsewhere(again) or again.times >= most for again in boxes)
    fen = _amount(facts, line, boxes)
    zh, en = _says(scans, told, elsewhere(told) or told.before)
    if len(boxes) > 1:
        zh, en = f"{zh}；本行另有 {len(boxes) - 1} 个追溯码重复", f"{en}; {len(boxes) - 1} more codes of this line too"
    return fen, HIGHLY if is_high else SLIGHTLY, f"{zh}，涉及 {yuan(fen)} 元", f"{en}: {yuan(fen)} yuan"


def _says(scans: Scans, told: _Again, before: list[int]) -> tuple[str, str]:
    code, own_claim = scans.trace_code[told.own], scans.claim_id[told.own]
    others = [other for other in before if scans.claim_id[other] != own_claim]
    if not others:
        return (
            f"追溯码 {code} 在本次结算中出现 {told.times} 次",
            f"Trace code {code} stands {told.times} times in this settlement",
        )
    last = others[-1]
    place, day = scans.institution_id[last], to_day(int(area_day(int(scans.settled_at[last]))))
    is_here = place == scans.institution_id[told.own]
    zh, en = ("本机构", "by this institution") if is_here else (f"机构 {place} ", f"by institution {place}")
    return (
        f"追溯码 {code} 已于 {day} 由{zh}结算且未退货，本次为第 {told.times} 次结算",
        f"Trace code {code} was settled on {day} {en} and not given back; this is time {told.times}",
    )


def _amount(facts: Facts, line: int, boxes: list[_Again]) -> int:
    """The part of the line's amount that the repeated boxes are; nothing where no line is known."""
    if line == WHOLE_CLAIM:
        return 0
    lines = facts.batch.lines
    scanned = codes_in(lines["trace_codes"][line]).total()
    count = max(scanned, int(lines["quantity_e4"][line]) // _BOX_E4, 1)
    return share(max(int(lines["amount_fen"][line]), 0), sum(again.extra for again in boxes), count)
