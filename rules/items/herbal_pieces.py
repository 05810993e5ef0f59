"""中药饮片: pieces that are never paid, that are not paid alone, and that do not go together on one prescription."""

from __future__ import annotations

import numpy as np

from claims.lazy import is_text
from claims.lookup import is_given
from claims.masks import rows_where
from rules.conduct.one_prescription import slips_of
from rules.facts import Facts
from rules.frame import DEFINITE, HIGHLY, Hits
from rules.knowledge.kinds import HERB_ALONE, HERB_INCOMPATIBLE, HERB_NEVER
from rules.line_hits import is_paid, line_hits
from rules.national_rule import national
from rules.numbers import Numbers
from rules.pairs import first_of_each, in_scope


@national("GZ10000101003000", grade=DEFINITE, needs=(HERB_NEVER,))
def piece_that_is_never_paid(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """A piece that the fund never pays, alone or in a compound, is in its scope."""
    points = facts.points(HERB_NEVER).one_a_line()
    lines = points.line[is_paid(facts, points.line)]
    labels = [facts.item_label(line) for line in lines.tolist()]
    says = [(f"“{it}”单方、复方均不予支付", f"{it} is never paid, alone or in a compound") for it in labels]
    return line_hits(facts, lines, says)


@national("GZ10000101004000", grade=DEFINITE, needs=(HERB_ALONE,))
def pieces_that_are_not_paid_alone(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001
    """A prescription is made of nothing but pieces that are not paid alone.

    Where the source does not say which lines are one prescription, the claim is taken as one, and a person looks.
    """
    listed = facts.points(HERB_ALONE).one_a_line()
    own = facts.batch.lines
    herbs = rows_where(is_text(own, "item_kind", "herbal") & (own["quantity_e4"] > 0))
    slip = slips_of(facts, herbs)
    is_listed = np.isin(herbs, listed.line)
    others = np.bincount(slip[~is_listed], minlength=int(slip.max(initial=0)) + 1)
    alone = herbs[is_listed & (others[slip] == 0)]
    lines = alone[is_paid(facts, alone)]
    labels = [facts.item_label(line) for line in lines.tolist()]
    says = [
        (
            f"“{it}”单方使用不予支付，所在处方没有其他可支付饮片",
            f"{it} is not paid alone, and nothing else on its prescription is paid",
        )
        for it in labels
    ]
    is_sure = is_given(own["prescription_id"][lines])
    return line_hits(facts, lines, says, grades=[DEFINITE if sure else HIGHLY for sure in is_sure.tolist()])


@national("GZ10000301012000", grade=HIGHLY, needs=(HERB_INCOMPATIBLE,))
def incompatible_pieces(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """Two pieces that do not go together stand on one prescription; found once, at the first one of the table."""
    points = facts.points(HERB_INCOMPATIBLE).in_table_order()
    herbs = rows_where((facts.known_items >= 0) & (facts.batch.lines["quantity_e4"] > 0))
    slip = np.full(len(facts.claim_of_line), -1, dtype=np.int64)
    slip[herbs] = slips_of(facts, herbs)
    points = points.where(slip[points.line] >= 0)
    wanted = facts.known.numbers_of(points.of("other_code"))
    at, other = in_scope(slip[herbs], facts.known_items[herbs], slip[points.line], wanted)
    kept = first_of_each(points.line[at])
    lines, other = points.line[at[kept]], herbs[other[kept]]
    says = []
    for line, beside in zip(lines.tolist(), other.tolist(), strict=True):
        first, second = facts.item_label(line), facts.item_label(beside)
        says.append((f"“{first}”与“{second}”配伍禁忌，开在同一处方", f"{first} and {second} must not be combined"))
    return line_hits(facts, lines, says)
