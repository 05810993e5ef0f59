"""药品、耗材与项目不符，诊断无对应项目: something is billed or named without what always goes with it."""

from __future__ import annotations

import numpy as np

from claims.lookup import Codes
from claims.masks import rows_where
from claims.tables import Array
from rules.diagnoses import points_of_diagnoses
from rules.facts import Facts
from rules.findings import nothing, on_claims
from rules.frame import HIGHLY, SLIGHTLY, Grade, Hits, Rule
from rules.knowledge.kinds import DIAGNOSIS_ITEM, DRUG_SERVICE, GOODS_SERVICE
from rules.known import Points
from rules.line_hits import line_hits
from rules.national_rule import national
from rules.numbers import Numbers
from rules.pairs import first_of_each, in_scope


def _goes_with(code: str, kind: str, grade: Grade) -> Rule:
    @national(code, grade=grade, needs=(kind,))
    def without_its_service(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
        """None of the services that go with an item stands in its visit, nor on its day at the same institution."""
        points = facts.points(kind).in_table_order()
        points = points.where(facts.batch.lines["quantity_e4"][points.line] > 0)
        if not len(points):
            return nothing()
        lines = facts.past_lines
        own = lines.places(points.line)
        wanted = facts.known.numbers_of(points.of("other_code"))
        day = Codes(zip(lines.place.tolist(), lines.day.tolist(), strict=True)).of_rows
        with_it = np.zeros(len(points), dtype=np.bool_)
        for scope in (lines.visit, day):
            at, other = in_scope(scope, lines.item, scope[own], wanted)
            order = lines.order[own[at]]
            is_there = (lines.quantity[other] > 0) & (lines.order[other] <= order) & (lines.gone_from[other] > order)
            with_it[at[is_there]] = True
        found = points.where(~np.isin(points.line, points.line[with_it]))
        found = found.where(first_of_each(found.line))
        says = []
        for line, name in zip(found.line.tolist(), _others(found), strict=True):
            label = facts.item_label(line)
            says.append(
                (
                    f"“{label}”须与“{name}”等项目同时出现，本次就诊没有",
                    f"{label} goes with {name} or the like, none was billed",
                )
            )
        return line_hits(facts, found.line, says)

    return without_its_service


GOES_WITH_RULES: tuple[Rule, ...] = (
    _goes_with("GZ10000301001000", DRUG_SERVICE, SLIGHTLY),
    _goes_with("GZ10000303001000", GOODS_SERVICE, HIGHLY),
)


@national("GZ10000201003000", grade=SLIGHTLY, needs=(DIAGNOSIS_ITEM,))
def diagnosis_without_its_items(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """A diagnosis is named, and none of the items that go with it was billed in the visit up to the claim."""
    points = points_of_diagnoses(facts, DIAGNOSIS_ITEM).in_table_order()
    if not len(points):
        return nothing()
    lines, claim = facts.past_lines, facts.batch.diagnoses["claim_index"][points.line]
    of_past = facts.past.first_of_batch + claim
    wanted = facts.known.numbers_of(points.of("other_code"))
    at, other = in_scope(lines.visit, lines.item, lines.visit_of_claim[of_past], wanted)
    order = facts.past.order[of_past[at]]
    is_there = (lines.quantity[other] > 0) & (lines.order[other] <= order) & (lines.gone_from[other] > order)
    bare = rows_where(~np.isin(points.line, points.line[at[is_there]]))
    chosen = bare[first_of_each(claim[bare])]
    found = points.where(chosen)
    says = []
    for row, name in zip(found.line.tolist(), _others(found), strict=True):
        code = facts.batch.diagnoses["code"][row]
        says.append(
            (
                f"诊断 {code} 应有“{name}”等项目，明细中没有",
                f"The diagnosis {code} goes with {name} or the like, none is there",
            )
        )
    return on_claims(facts, claim[chosen], says)


def _others(points: Points) -> Array:
    names, codes = points.of("other_name"), points.of("other_code")
    return np.where(names == np.array(None), codes, names)
