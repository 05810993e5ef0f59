"""限定频次、数量超标: more units of an item on a day or in a visit than the table allows, such as two bed days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from claims.lookup import Codes
from claims.masks import rows_where
from claims.tables import MISSING, Array
from rules.facts import Facts
from rules.frame import DEFINITE, HIGHLY, Grade, Hits, rule
from rules.knowledge.kinds import GOODS_COUNT, ITEM_COUNT
from rules.knowledge.words import count_words
from rules.line_hits import is_paid, line_hits, share
from rules.national_rule import national
from rules.numbers import Numbers
from rules.past_lines import PastLines


@rule(
    code="GZ10000102014000",
    name_zh="医疗服务项目限定频次",
    name_en="Service billed too often on a day",
    category="政策类",
    grade=DEFINITE,
    since="2023-05-15",
    source="国家医保智能监管规则库 GZ10000102014000；“两库”第八批知识点（2026-01-06 公布）",
    subject_kind="institution",
    needs=(ITEM_COUNT,),
)
def service_too_often_on_a_day(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """The units of one service for one person at one institution and day exceed the limit; refunds are taken off.

    A line of a stay without a time of its own may stand for the whole stay: it may have the limit of each of its days,
    and a person looks at what exceeds that.
    """
    return _too_many(facts, ITEM_COUNT, DEFINITE)


@national("GZ10000303003000", grade=HIGHLY, needs=(GOODS_COUNT,))
def too_many_consumables(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001
    """The units of one consumable for one person on a day, or in a visit, exceed the area's limit; a person looks."""
    return _too_many(facts, GOODS_COUNT, HIGHLY)


def _too_many(facts: Facts, kind: str, surest: Grade) -> Hits:
    points = facts.points(kind).one_a_line()
    if not len(points):
        return line_hits(facts, points.line, [])
    lines, place = facts.past_lines, facts.past_lines.places(points.line)
    of_visit = points.of("per") == "visit"
    by_visit = np.isin(lines.item, lines.item[place[of_visit]])
    used = running_total(lines, _groups(lines, by_visit), lines.quantity, lines.returns.quantity)[place]
    days = np.where(of_visit, 1, np.where(lines.is_day_known, 1, lines.stay_days)[place])
    limit = points.of("most_count_e4") * days
    own = lines.quantity[place]
    over = rows_where((days != MISSING) & (own > 0) & (used > limit) & is_paid(facts, points.line))
    columns = (points.line, own, used, limit, days, of_visit)
    return _hits(facts, [_Finding(*row) for row in zip(*(it[over].tolist() for it in columns), strict=True)], surest)


@dataclass(frozen=True)
class _Finding:
    line: int
    own: int
    used: int
    limit: int
    days: int
    is_of_visit: bool


def running_total(lines: PastLines, group: Array, own: Array, returned: Array) -> Array:
    """(k,) what each line's group had come to with it, less what was known as returned by then.

    Args:
        lines: k lines.
        group: (k,) numbers of what is counted together.
        own: (k,) what each line adds.
        returned: what each of `lines.returns` takes off.
    """
    returns = lines.returns
    of = np.concatenate([np.arange(len(lines.row)), returns.of])
    order = np.concatenate([lines.order, returns.order])
    signed = np.concatenate([own, -returned])
    group = group[of]
    sequence = np.lexsort((np.arange(len(of)), order, group))
    running = np.cumsum(signed[sequence])
    begins = np.append(True, group[sequence][1:] != group[sequence][:-1])
    before = (running - signed[sequence])[begins]
    total = np.empty(len(of), dtype=np.int64)
    total[sequence] = running - before[np.cumsum(begins) - 1]
    return total[: len(lines.row)]


def _groups(lines: PastLines, by_visit: Array) -> Array:
    """(k,) numbers of what is counted together.

    Person, institution and item, with the visit, else the day, or the claim of an unknown day.
    """
    is_day = lines.is_day_known & ~by_visit
    part = np.select([by_visit, is_day], [lines.visit, lines.day], default=lines.claim)
    columns = (lines.place, lines.item, by_visit, is_day, part)
    return Codes(zip(*(column.tolist() for column in columns), strict=True)).of_rows


def _hits(facts: Facts, found: list[_Finding], surest: Grade) -> Hits:
    lines = np.array([finding.line for finding in found], dtype=np.int64)
    amounts = facts.batch.lines["amount_fen"][lines].tolist()
    over = [
        share(max(fen, 0), finding.used - finding.limit, finding.own)
        for fen, finding in zip(amounts, found, strict=True)
    ]
    says = []
    for finding in found:
        label, used, most = facts.item_label(finding.line), count_words(finding.used), count_words(finding.limit)
        zh, en = (
            ("本次就诊", "in this visit")
            if finding.is_of_visit
            else ("当日", "that day")
            if finding.days == 1
            else (f"住院 {finding.days} 天", f"in a stay of {finding.days} days")
        )
        says.append((f"“{label}”{zh}累计 {used}，限 {most}", f"{label} was billed {used} times {en}, at most {most}"))
    grades = [surest if finding.days == 1 else HIGHLY for finding in found]
    return line_hits(facts, lines, says, np.array(over, dtype=np.int64), grades)
