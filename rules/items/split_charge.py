"""分解收费: one service is billed in parts."""

from __future__ import annotations

from claims.masks import rows_where
from rules.facts import Facts
from rules.findings import nothing
from rules.frame import HIGHLY, Hits
from rules.items.later_operation import later_of_group, names_of
from rules.knowledge.kinds import ITEM_SPLIT
from rules.line_hits import is_paid, line_hits
from rules.national_rule import national
from rules.numbers import Numbers


@national("GZ10000102013000", grade=HIGHLY, needs=(ITEM_SPLIT,))
def service_billed_in_parts(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """Different parts of one service stand in one visit and day; all but the dearest are found, and a person looks."""
    if not len(facts.points(ITEM_SPLIT)):
        return nothing()
    found = later_of_group(facts, facts.past_lines, ITEM_SPLIT)
    chosen = rows_where(is_paid(facts, found.line))
    lines = found.line[chosen]
    says = [
        (
            f"“{facts.item_label(line)}”与“{first}”同属“{group}”，同次就诊同日分解收取",
            f"{facts.item_label(line)} and {first} are parts of one service ({group}), billed apart on one day",
        )
        for line, first, group in zip(
            lines.tolist(), names_of(facts, found.first[chosen]), found.group[chosen].tolist(), strict=True
        )
    ]
    return line_hits(facts, lines, says)
