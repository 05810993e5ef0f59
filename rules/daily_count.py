"""限定频次: more units of a service on one day than the knowledge table allows, such as two bed days or 30 hours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from claims.lookup import Codes
from claims.tables import MISSING, Array
from rules.facts import Facts
from rules.frame import DEFINITE, HIGHLY, Hits, rule
from rules.knowledge.kinds import ITEM_COUNT
from rules.knowledge.words import count_words
from rules.known import Points
from rules.line_hits import is_paid, line_hits, share
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
    points = facts.points(ITEM_COUNT).one_a_line()
    if not len(points):
        return line_hits(facts, points.line, [])
    lines = facts.past_lines
    place, point = _places(lines, points)
    used = _used(lines)[place]
    days = np.where(lines.is_day_known, 1, lines.stay_days)[place]
    limit = points.of("most_count_e4")[point] * days
    own = lines.quantity[place]
    over = (days != MISSING) & (own > 0) & (used > limit) & is_paid(facts, points.line[point])
    found = [
        _Finding(int(points.line[row]), int(own[at]), int(used[at]), int(limit[at]), int(days[at]))
        for at, row in zip(np.flatnonzero(over).tolist(), point[over].tolist(), strict=True)
    ]
    return _hits(facts, found)


@dataclass(frozen=True)
class _Finding:
    line: int
    own: int
    used: int
    limit: int
    days: int


def _places(lines: PastLines, points: Points) -> tuple[Array, Array]:
    """Rows of the past lines that stand for lines with points, and the rows of these points."""
    point_of = np.full(int(points.line.max()) + 1, -1, dtype=np.int64)
    point_of[points.line] = np.arange(len(points))
    inside = (lines.batch_line >= 0) & (lines.batch_line < len(point_of))
    point = np.where(inside, point_of[np.where(inside, lines.batch_line, 0)], -1)
    place = np.flatnonzero(point >= 0)
    return place, point[place]


def _used(lines: PastLines) -> Array:
    """(k,) units of each line's group, in ten-thousandths, from all lines up to it, less what was known as returned."""
    returns = lines.returns
    of = np.concatenate([np.arange(len(lines.row)), returns.of])
    order = np.concatenate([lines.order, returns.order])
    signed = np.concatenate([lines.quantity, -returns.quantity])
    group = _groups(lines)[of]
    sequence = np.lexsort((np.arange(len(of)), order, group))
    running = np.cumsum(signed[sequence])
    begins = np.append(True, group[sequence][1:] != group[sequence][:-1])
    before = (running - signed[sequence])[begins]
    total = np.empty(len(of), dtype=np.int64)
    total[sequence] = running - before[np.cumsum(begins) - 1]
    return total[: len(lines.row)]


def _groups(lines: PastLines) -> Array:
    """(k,) numbers of what is counted together: person, institution, item and day, or the claim of an unknown day."""
    part = np.where(lines.is_day_known, lines.day, lines.claim)
    columns = (lines.place, lines.item, lines.is_day_known, part)
    return Codes(zip(*(column.tolist() for column in columns), strict=True)).of_rows


def _hits(facts: Facts, found: list[_Finding]) -> Hits:
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
            ("当日", "that day")
            if finding.days == 1
            else (f"住院 {finding.days} 天", f"in a stay of {finding.days} days")
        )
        says.append((f"“{label}”{zh}累计 {used}，限 {most}", f"{label} was billed {used} times {en}, at most {most}"))
    grades = [DEFINITE if finding.days == 1 else HIGHLY for finding in found]
    return line_hits(facts, lines, says, np.array(over, dtype=np.int64), grades)
