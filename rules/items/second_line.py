"""限二线使用: a drug that is paid after a first-line drug only, without one before it."""

from __future__ import annotations

import numpy as np

from claims.tables import MISSING
from rules.facts import Facts
from rules.findings import nothing
from rules.frame import HIGHLY, Hits
from rules.knowledge.kinds import DRUG_SECOND_LINE
from rules.line_hits import is_paid, line_hits
from rules.national_rule import national
from rules.numbers import Numbers
from rules.pairs import first_of_each, in_scope


@national("GZ10000101005000", grade=HIGHLY, needs=(DRUG_SECOND_LINE,))
def second_line_without_the_first(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """None of a drug's first-line drugs was billed for the person before it, as far back as the table asks.

    What people paid for themselves or got elsewhere is not seen, so that a person looks.
    """
    points = facts.points(DRUG_SECOND_LINE).in_table_order()
    points = points.where(is_paid(facts, points.line))
    if not len(points):
        return nothing()
    lines = facts.past_lines
    own = lines.places(points.line)
    wanted = facts.known.numbers_of(points.of("other_code"))
    at, earlier = in_scope(lines.patient, lines.item, lines.patient[own], wanted)
    own, length = own[at], points.of("per_length")[at]
    days = lines.day[own] - lines.day[earlier]
    is_before = (days >= 0) & ((length == MISSING) | (days <= length)) & (lines.order[earlier] <= lines.order[own])
    stood = (lines.quantity[earlier] > 0) & (lines.gone_from[earlier] > lines.order[own])
    has_first = np.isin(points.line, points.line[at[is_before & stood]])
    found = points.where(~has_first)
    found = found.where(first_of_each(found.line))
    says = []
    for line, code, name, most in zip(
        found.line.tolist(), found.of("other_code").tolist(), found.of("other_name").tolist(),
        found.of("per_length").tolist(), strict=True,
    ):  # fmt: skip
        label, first = facts.item_label(line), name or code
        zh, en = ("此前", "before") if most == MISSING else (f"此前 {most} 天内", f"within the {most} days before")
        says.append(
            (
                f"“{label}”限二线使用，{zh}没有“{first}”等一线用药记录",
                f"{label} is paid as second line, but no {first} or other first-line drug was billed {en}",
            )
        )
    return line_hits(facts, found.line, says)
