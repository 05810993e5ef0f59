"""手术未按规定折价: the second operation through one incision is billed at its full price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from claims.lookup import Codes
from claims.masks import rows_where
from claims.tables import MISSING, Array
from rules.facts import Facts
from rules.frame import HIGHLY, SLIGHTLY, Hits, rule
from rules.items.price_ceiling import ceilings
from rules.knowledge.kinds import OPERATION_GROUP
from rules.line_hits import is_paid, line_hits
from rules.numbers import Numbers
from rules.past_lines import PastLines

_ONE = 10_000
"""One unit; a part of one is how many institutions write a reduced price."""


@rule(
    code="GZ10000102002000",
    name_zh="手术项目未按规定折价收费",
    name_en="Later operation without a reduced price",
    category="政策类",
    grade=HIGHLY,
    since="2023-05-15",
    source="国家医保智能监管规则库 GZ10000102002000；“两库”第二批知识点（2025-07-22 公布）",
    subject_kind="institution",
    numbers="operations",
    needs=(OPERATION_GROUP,),
)
def later_operation_at_full_price(facts: Facts, numbers: Numbers) -> Hits:
    """Of different operations of one group, visit and day all but the dearest should have a reduced price.

    The lines do not say which incision was used, so that a person looks at the record. At the ceiling nothing was
    reduced; without a known ceiling that is a guess. The amount is what the reduction would have been.
    """
    points = facts.points(OPERATION_GROUP)
    lines = facts.past_lines if len(points) else None
    found = later_of_group(facts, lines, OPERATION_GROUP) if lines else Later(*(points.line,) * 3)
    ceiling = ceilings(facts)[found.line] if len(found.line) else found.line
    price = facts.batch.lines["unit_price_micro_yuan"][found.line]
    is_full = (facts.batch.lines["quantity_e4"][found.line] % _ONE == 0) & ((ceiling == MISSING) | (price >= ceiling))
    chosen = rows_where(is_full & is_paid(facts, found.line))
    line = found.line[chosen]
    percent = numbers["later_operation_percent"].on(facts.line_day[line])
    amounts = np.maximum(facts.batch.lines["amount_fen"][line], 0) * (100 - percent) // 100
    says = [
        (
            f"“{facts.item_label(own)}”与“{first}”同属{group}，同次就诊同日收取，第二个及以后手术应按 {part}% 计收",
            f"{facts.item_label(own)} was done with {first} ({group}) on one day at full price, {part}% is due",
        )
        for own, first, group, part in zip(
            line.tolist(),
            names_of(facts, found.first[chosen]),
            found.group[chosen].tolist(),
            percent.tolist(),
            strict=True,
        )
    ]
    is_known = (ceiling[chosen] != MISSING) & _is_day_known(facts, line)
    return line_hits(facts, line, says, amounts, [HIGHLY if sure else SLIGHTLY for sure in is_known.tolist()])


@dataclass(frozen=True)
class Later:
    """l lines beside which a dearer one of their group stands.

    Attributes:
        line: (l,) rows of the batch's lines, rising.
        first: (l,) rows of all lines of the past: the dearest of the group.
        group: (l,) its name.
    """

    line: Array
    first: Array
    group: Array


def later_of_group(facts: Facts, lines: PastLines, kind: str) -> Later:
    """Lines of the batch beside which a dearer item of the same group, visit and day stands, known by then."""
    every = facts.known.points(kind, lines.item, lines.day)
    price = facts.past.line("unit_price_micro_yuan")[lines.row]
    names = every.of("group_name")
    columns = (lines.visit[every.line], lines.day[every.line], names)
    scope = Codes(zip(*(column.tolist() for column in columns), strict=True)).of_rows
    # The dearest first; of equal ones that which was known first.
    order = np.lexsort((lines.row[every.line], lines.order[every.line], -price[every.line], scope))
    found: dict[int, tuple[int, str]] = {}
    begin = 0
    for end in (*(rows_where(np.diff(scope[order])) + 1).tolist(), len(order)):
        members = every.line[order[begin:end]].tolist()
        if len(members) > 1:
            for own, first in _after_another(lines, members):
                found.setdefault(int(lines.batch_line[own]), (int(lines.row[first]), str(names[order[begin]])))
        begin = end
    kept = sorted(found)
    groups = np.empty(len(kept), dtype=object)
    groups[:] = [found[line][1] for line in kept]
    return Later(np.array(kept, dtype=np.int64), np.array([found[line][0] for line in kept], dtype=np.int64), groups)


def _after_another(lines: PastLines, members: list[int]) -> list[tuple[int, int]]:
    """The lines of the batch among some, dearest first, with the dearest other item that stood when they came."""
    pairs = []
    for place, own in enumerate(members):
        if lines.batch_line[own] < 0 or lines.quantity[own] <= 0:
            continue
        first = next(
            (
                other
                for other in members[:place]
                if lines.item[other] != lines.item[own]
                and lines.quantity[other] > 0
                and lines.order[other] <= lines.order[own] < lines.gone_from[other]
            ),
            None,
        )
        if first is not None:
            pairs.append((own, first))
    return pairs


def names_of(facts: Facts, rows: Array) -> list[str]:
    """How the sentences call lines of the past."""
    names, codes = facts.past.line("item_name"), facts.past.lines["item_code"]
    known = facts.known.names
    return [str(names[row] or known.get(codes[row], codes[row])) for row in rows.tolist()]


def _is_day_known(facts: Facts, line: Array) -> Array:
    if not len(line):
        return np.empty(0, dtype=np.bool_)
    lines = facts.past_lines
    place_of = {own: place for place, own in enumerate(lines.batch_line.tolist())}
    return lines.is_day_known[[place_of[own] for own in line.tolist()]]
