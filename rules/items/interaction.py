"""药品相互作用: two drugs that do harm together last at the same time."""

from __future__ import annotations

import numpy as np

from claims.lookup import holds_on
from claims.masks import is_any, rows_where
from rules.facts import Facts
from rules.findings import nothing
from rules.frame import SLIGHTLY, Hits
from rules.items.later_operation import names_of
from rules.knowledge.kinds import DRUG_INTERACTION
from rules.known import matches
from rules.line_hits import line_hits
from rules.national_rule import national
from rules.numbers import Numbers
from rules.pairs import first_of_each, in_scope


@national("GZ10000301011000", grade=SLIGHTLY, needs=(DRUG_INTERACTION,))
def harmful_together(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """The stated days of two drugs overlap, whoever prescribed them; a line that states none lasts its own day.

    The finding stands at the drug that came later, which is where a prescriber could have seen the other.
    """
    known = facts.known
    rows = known.rows_of(DRUG_INTERACTION)
    named = np.concatenate([known.items[rows], known.numbers_of(known.table["other_code"][rows])])
    if not is_any(np.isin(facts.known_items, named)):
        return nothing()
    lines, rows = facts.past_lines, rows[np.argsort(known.items[rows], kind="stable")]
    first, place = matches(known.items[rows], lines.item)
    row = rows[place]
    wanted = known.numbers_of(known.table["other_code"][row])
    at, second = in_scope(lines.patient, lines.item, lines.patient[first], wanted)
    first, row = first[at], row[at]
    is_second_later = (lines.order[second] > lines.order[first]) | (
        (lines.order[second] == lines.order[first]) & (second > first)
    )
    later, other = np.where(is_second_later, second, first), np.where(is_second_later, first, second)
    overlap = (lines.day[later] < lines.day[other] + lines.supply[other]) & (
        lines.day[other] < lines.day[later] + lines.supply[later]
    )
    stands = (lines.gone_from[other] > lines.order[later]) & (lines.quantity[later] > 0) & (lines.quantity[other] > 0)
    table = known.table
    valid = holds_on(table["valid_from"][row], table["valid_until"][row], lines.day[later])
    chosen = rows_where(overlap & stands & valid & (lines.batch_line[later] >= 0))
    chosen = chosen[np.lexsort((other[chosen], lines.batch_line[later[chosen]]))]
    chosen = chosen[first_of_each(lines.batch_line[later[chosen]])]
    found = lines.batch_line[later[chosen]]
    says = []
    for line, name in zip(found.tolist(), names_of(facts, lines.row[other[chosen]]), strict=True):
        label = facts.item_label(line)
        says.append(
            (f"“{label}”与“{name}”存在相互作用，用药时间重叠", f"{label} and {name} do harm together and overlap")
        )
    return line_hits(facts, found, says)
