"""超互联网医院药品支付范围: a drug that is not paid in internet visits, billed in one."""

from __future__ import annotations

from claims.masks import rows_where
from rules.diagnoses import begins_with
from rules.facts import Facts
from rules.frame import HIGHLY, Hits
from rules.knowledge.kinds import INTERNET_DRUG
from rules.line_hits import is_paid, line_hits
from rules.national_rule import national
from rules.numbers import Numbers
from rules.pairs import first_of_each


@national("YC-INTERNET", grade=HIGHLY, needs=(INTERNET_DRUG,))
def drug_outside_the_internet_scope(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """A listed drug is billed under a care category (med_type) that the area gives to internet visits.

    No national care category says that a visit was one, so that the table names the area's own.
    """
    points = facts.points(INTERNET_DRUG).in_table_order()
    care = facts.batch.claims["care_category"][facts.claim_of_line[points.line]]
    chosen = rows_where(begins_with(care, points) & is_paid(facts, points.line))
    chosen = chosen[first_of_each(points.line[chosen])]
    lines, says = points.line[chosen], []
    for line, category in zip(lines.tolist(), care[chosen].tolist(), strict=True):
        label = facts.item_label(line)
        says.append(
            (
                f"“{label}”不在互联网医院支付范围，本次医疗类别 {category}",
                f"{label} is not paid in internet visits, this one is of the care category {category}",
            )
        )
    return line_hits(facts, lines, says)
