"""周期超频次: more times of a service within its cycle of days than the knowledge table allows."""

from __future__ import annotations

import numpy as np

from claims.tables import Array
from rules.facts import Facts
from rules.frame import DEFINITE, Hits, rule
from rules.groups import Group, groups
from rules.knowledge.kinds import ITEM_CYCLE
from rules.knowledge.words import count_words
from rules.line_hits import is_paid, line_hits, share
from rules.numbers import Numbers


@rule(
    code="YC-CYCLE",
    name_zh="医疗服务项目周期超频次",
    name_en="Service billed too often in a cycle",
    category="政策类",
    grade=DEFINITE,
    since="2021-05-01",
    source="国家医保智能监管规则库（2025 年版）医疗服务项目周期超频次；“两库”第八批知识点（2026-01-06 公布）",
    subject_kind="institution",
    needs=(ITEM_CYCLE,),
)
def service_too_often_in_a_cycle(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """The units of one service for one person in the days up to the line exceed the limit; refunds are taken off.

    Whichever institution billed them; a line of a stay without a day of its own is not judged.
    """
    points = facts.points(ITEM_CYCLE).one_a_line()
    points = points.where(is_paid(facts, points.line))
    most, length = points.of("most_count_e4").tolist(), points.of("per_length").tolist()
    lines, says, amounts = [], [], []
    for point, group, at in groups(facts, points):
        if group.all_units <= most[point]:
            continue
        used = _used(group, at, length[point])
        own = int(group.quantity[at])
        if used <= most[point] or own <= 0:
            continue
        line = int(points.line[point])
        label, days = facts.item_label(line), length[point]
        lines.append(line)
        amounts.append(share(max(int(facts.batch.lines["amount_fen"][line]), 0), used - most[point], own))
        says.append(
            (
                f"“{label}” {days} 天内累计 {count_words(used)} 次，限 {count_words(most[point])} 次",
                f"{label} was billed {count_words(used)} times in {days} days, at most {count_words(most[point])}",
            )
        )
    return line_hits(facts, np.array(lines, dtype=np.int64), says, np.array(amounts, dtype=np.int64))


def _used(group: Group, at: int, days: int) -> int:
    """Units up to the line in the cycle that ends on its day."""
    window: Array = group.stands_before(at) & (group.day > group.day[at] - days) & (group.day <= group.day[at])
    return int(group.left_before(at)[window].sum())
