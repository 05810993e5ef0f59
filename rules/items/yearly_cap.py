"""超限定报销总额: more money of one item for one person and calendar year than the area reimburses."""

from __future__ import annotations

import numpy as np

from claims.lookup import Codes
from claims.masks import rows_where
from claims.tables import MISSING, Array
from rules.facts import Facts
from rules.findings import nothing
from rules.frame import HIGHLY, Hits, Rule
from rules.items.daily_count import running_total
from rules.knowledge.kinds import GOODS_CAP, ITEM_CAP
from rules.line_hits import is_paid, line_hits
from rules.national_rule import national
from rules.numbers import Numbers
from rules.past_lines import PastLines
from rules.words import yuan


def _capped(code: str, kind: str) -> Rule:
    @national(code, grade=HIGHLY, needs=(kind,))
    def above_the_yearly_cap(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
        """What lies in the policy scope of one item, from all institutions, passes its cap with this line.

        Refunds are taken off in proportion. How much of the scope the fund really paid a line does not say, so that a
        person looks.
        """
        points = facts.points(kind).one_a_line()
        points = points.where(is_paid(facts, points.line))
        if not len(points):
            return nothing()
        lines = facts.past_lines
        own = lines.places(points.line)
        money = _scope_money(lines)
        total, cap = _total_of_the_year(lines, money)[own], points.of("most_fen")
        over = np.minimum(total - cap, money[own])
        chosen = rows_where((over > 0) & (money[own] > 0))
        says = []
        for line, sum_fen, cap_fen in zip(
            points.line[chosen].tolist(), total[chosen].tolist(), cap[chosen].tolist(), strict=True
        ):
            label, spent, most = facts.item_label(line), yuan(sum_fen), yuan(cap_fen)
            says.append(
                (
                    f"“{label}”本年度累计 {spent} 元，限 {most} 元",
                    f"{label} came to {spent} yuan this year, at most {most}",
                )
            )
        return line_hits(facts, points.line[chosen], says, over[chosen])

    return above_the_yearly_cap


def _scope_money(lines: PastLines) -> Array:
    """(k,) fen of each line that lie in the policy scope, all of it where the source does not say."""
    scope, whole = lines.past.line("in_scope_fen")[lines.row], lines.past.lines["amount_fen"][lines.row]
    return np.maximum(np.where(scope == MISSING, whole, scope), 0)


def _total_of_the_year(lines: PastLines, money: Array) -> Array:
    """(k,) fen of the person, item and calendar year up to each line, less what was known as returned."""
    year = lines.day.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)
    group = Codes(zip(lines.patient.tolist(), lines.item.tolist(), year.tolist(), strict=True)).of_rows
    returns = lines.returns
    given, back = lines.quantity[returns.of].astype(np.float64), returns.quantity
    part = np.clip(back / np.where(given > 0, given, 1), 0, 1)
    return running_total(lines, group, money, np.rint(money[returns.of] * part).astype(np.int64))


CAP_RULES: tuple[Rule, ...] = (
    _capped("GZ10000102015000", ITEM_CAP),
    _capped("GZ10000103003000", GOODS_CAP),
)
