"""限支付疗程: a drug or a service is paid for more days of one course than the knowledge tables allow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from claims.masks import rows_where
from claims.tables import Array
from rules.facts import Facts
from rules.frame import DEFINITE, HIGHLY, Grade, Hits, rule
from rules.groups import Group, groups
from rules.knowledge.kinds import DRUG_COURSE, ITEM_COURSE
from rules.known import Points
from rules.line_hits import is_paid, line_hits, share
from rules.numbers import Numbers

_E4 = 10_000
_MONDAY = 3
"""1970-01-01 was a Thursday: days since 1970 and three more are whole weeks on Mondays."""


@rule(
    code="GZ10000101010000",
    name_zh="药品限支付疗程",
    name_en="Drug paid beyond its course",
    category="政策类",
    grade=DEFINITE,
    since="2023-05-15",
    source="国家医保智能监管规则库 GZ10000101010000；“两库”第六批知识点（2025-08-26 公布）；药品目录限定支付范围",
    subject_kind="institution",
    numbers="course",
    needs=(DRUG_COURSE,),
)
def drug_beyond_its_course(facts: Facts, numbers: Numbers) -> Hits:
    """The paid days of a drug, whichever maker's, exceed its course.

    Days without a break, or of one stay, are definite; days with a break that may have begun a new course are not.
    """
    return _beyond(facts, numbers, DRUG_COURSE, "item_name")


@rule(
    code="GZ10000102010000",
    name_zh="医疗服务项目限支付疗程",
    name_en="Service paid beyond its course",
    category="政策类",
    grade=DEFINITE,
    since="2023-05-15",
    source="国家医保智能监管规则库 GZ10000102010000；“两库”第八批知识点（2026-01-06 公布）",
    subject_kind="institution",
    numbers="course",
    needs=(ITEM_COURSE,),
)
def service_beyond_its_course(facts: Facts, numbers: Numbers) -> Hits:
    """The paid days of a service exceed its course, or it came again too soon; graded as a drug's."""
    return _beyond(facts, numbers, ITEM_COURSE, "item_code")


@dataclass(frozen=True)
class _Terms:
    """What a point says; see the columns of `claims.tables.KNOWLEDGE`."""

    most_days: int
    is_span: bool
    per: str
    least_gap: int
    most_a_week: int
    new_course_after: int


@dataclass(frozen=True)
class _Finding:
    """Why a line is too much, and how many of its `own` days are."""

    zh: str
    en: str
    grade: Grade
    over: int
    own: int


def _beyond(facts: Facts, numbers: Numbers, kind: str, key: str) -> Hits:
    points = facts.points(kind).one_a_line()
    points = points.where(is_paid(facts, points.line))
    found: dict[int, _Finding] = {}
    terms = _terms(points, numbers["new_course_after_days"].on(facts.line_day[points.line]))
    for point, group, at in groups(facts, points, key):
        if group.quantity[at] > 0:
            finding = _too_long(group, at, terms[point]) or _too_soon(group, at, terms[point])
            if finding:
                found[int(points.line[point])] = finding
    lines = np.array(sorted(found), dtype=np.int64)
    findings = [found[line] for line in lines.tolist()]
    amounts = [
        share(max(fen, 0), finding.over, finding.own)
        for fen, finding in zip(facts.batch.lines["amount_fen"][lines].tolist(), findings, strict=True)
    ]
    says = [
        (f"“{facts.item_label(line)}”{finding.zh}", f"{facts.item_label(line)}{finding.en}")
        for line, finding in zip(lines.tolist(), findings, strict=True)
    ]
    grades = [finding.grade for finding in findings]
    return line_hits(facts, lines, says, np.array(amounts, dtype=np.int64), grades)


def _terms(points: Points, new_course_after: Array) -> list[_Terms]:
    names = ("most_days", "is_span", "per", "least_gap_days", "most_count_e4")
    rows = zip(*(points.of(name).tolist() for name in names), new_course_after.tolist(), strict=True)
    return [
        _Terms(most, bool(span), per, gap, count // _E4 if per == "week" else 0, after)
        for most, span, per, gap, count, after in rows
    ]


def _too_long(group: Group, at: int, terms: _Terms) -> _Finding | None:
    if (group.whole_span if terms.is_span else group.all_supplies) <= terms.most_days:
        return None  # as in nearly every group, there are too few days in all
    first, last = int(group.day[at]), int(group.day[at] + group.supplies[at]) - 1
    days = _paid_days(group, at, terms, last)
    course = _since_a_gap(days, terms.new_course_after)
    counted = int(course[-1] - course[0]) + 1 if terms.is_span else len(course)
    if counted <= terms.most_days:
        return None
    unbroken = len(_since_a_gap(days, 1))
    is_sure = terms.per == "stay" or (unbroken > terms.most_days and not terms.is_span)
    where = ("本次住院", "this stay") if terms.per == "stay" else ("本疗程", "this course")
    return _Finding(
        f"{where[0]}累计支付 {counted} 天，限 {terms.most_days} 天",
        f" was paid for {counted} days of {where[1]}, at most {terms.most_days}",
        DEFINITE if is_sure else HIGHLY,
        counted - terms.most_days,
        last - first + 1,
    )


def _too_soon(group: Group, at: int, terms: _Terms) -> _Finding | None:
    """Another time within the least gap, or more times in a calendar week than allowed."""
    if terms.least_gap <= 0 and not terms.most_a_week:
        return None
    day = int(group.day[at])
    earlier = np.unique(group.day[group.stands_before(at) & (group.day < day)])
    if terms.least_gap > 0 and len(earlier) and day - earlier[-1] < terms.least_gap:
        gap = day - int(earlier[-1])
        return _Finding(
            f"距上次 {gap} 天，间隔不得短于 {terms.least_gap} 天",
            f" came {gap} days after the last time, at least {terms.least_gap} are needed",
            DEFINITE, 1, 1,
        )  # fmt: skip
    times = 1 + int(((earlier + _MONDAY) // 7 == (day + _MONDAY) // 7).sum())
    if terms.most_a_week and times > terms.most_a_week:
        return _Finding(
            f"本周第 {times} 次，每周最多 {terms.most_a_week} 次",
            f" was paid on {times} days of this week, at most {terms.most_a_week}",
            DEFINITE, 1, 1,
        )  # fmt: skip
    return None


def _paid_days(group: Group, at: int, terms: _Terms, last: int) -> Array:
    """The different days up to `last` that the line and those before it cover, rising; of one stay only its own."""
    chosen = group.stands_before(at)
    chosen[at] = True
    if terms.per == "stay":
        chosen &= group.visit == group.visit[at]
    covered = [np.arange(group.day[row], group.day[row] + group.supplies[row]) for row in rows_where(chosen).tolist()]
    days = np.unique(np.concatenate(covered))
    return days[days <= last]


def _since_a_gap(days: Array, longest: int) -> Array:
    """The last of some rising days back to a gap of more than `longest` days.

    >>> _since_a_gap(np.array([1, 2, 9, 10]), 1).tolist()
    [9, 10]
    """
    breaks = rows_where(np.diff(days) > longest)
    return days[breaks[-1] + 1 :] if len(breaks) else days
