"""限适应症、无指征、禁忌症: an item billed without any diagnosis that it is for, or with one that forbids it.

A claim tells coded diagnoses only, and which codes stand for an indication is the area's reading: nothing of this is
definite. A claim without any diagnosis is another rule's.
"""

from __future__ import annotations

import numpy as np

from rules.diagnoses import diagnosis_words, has_diagnosis, is_diagnosed
from rules.facts import Facts
from rules.frame import HIGHLY, SLIGHTLY, Grade, Hits, Rule
from rules.knowledge import kinds
from rules.knowledge.local_words import code_words
from rules.line_hits import is_paid, line_hits
from rules.national_rule import national
from rules.numbers import Numbers
from rules.pairs import first_of_each


def _only_for(code: str, kind: str, grade: Grade, *, is_payment_limit: bool = False) -> Rule:
    @national(code, grade=grade, needs=(kind,))
    def without_indication(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
        """None of the claim's diagnoses is one for which the item is meant; several points of an item add up."""
        points = facts.points(kind).in_table_order()
        fits = np.zeros(len(facts.claim_of_line), dtype=np.bool_)
        fits[points.line[has_diagnosis(facts, points)]] = True
        lines = points.line
        missing = ~fits[lines] & is_diagnosed(facts, facts.claim_of_line[lines])
        found = points.where(missing & is_paid(facts, lines) if is_payment_limit else missing)
        found = found.where(first_of_each(found.line))
        zh, en = ("支付", "paid for") if is_payment_limit else ("使用", "meant for")
        says = []
        for line, codes in zip(found.line.tolist(), found.of("codes").tolist(), strict=True):
            label, own = facts.item_label(line), diagnosis_words(facts, int(facts.claim_of_line[line]))
            wanted = code_words(codes)
            says.append(
                (
                    f"“{label}”限诊断 {wanted} {zh}，本次诊断为 {own}",
                    f"{label} is {en} the diagnoses {wanted}, these are {own}",
                )
            )
        return line_hits(facts, found.line, says)

    return without_indication


def _never_with(code: str, kind: str, grade: Grade) -> Rule:
    @national(code, grade=grade, needs=(kind,))
    def with_a_forbidding_diagnosis(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001
        """One of the claim's diagnoses forbids the item, or calls for care with it."""
        points = facts.points(kind).in_table_order()
        found = points.where(has_diagnosis(facts, points))
        found = found.where(first_of_each(found.line))
        says = []
        for line, codes in zip(found.line.tolist(), found.of("codes").tolist(), strict=True):
            label, own = facts.item_label(line), diagnosis_words(facts, int(facts.claim_of_line[line]))
            against = code_words(codes)
            says.append(
                (
                    f"“{label}”不宜用于诊断 {against}，本次诊断为 {own}",
                    f"{label} should not be used with the diagnoses {against}, these are {own}",
                )
            )
        return line_hits(facts, found.line, says)

    return with_a_forbidding_diagnosis


INDICATION_RULES: tuple[Rule, ...] = (
    _only_for("GZ10000101008000", kinds.DRUG_INDICATION, HIGHLY, is_payment_limit=True),
    _only_for("GZ10000102007000", kinds.ITEM_INDICATION, HIGHLY, is_payment_limit=True),
    _only_for("GZ10000301007000", kinds.DRUG_LABEL, SLIGHTLY),
    _only_for("GZ10000302001000", kinds.TEST_INDICATION, SLIGHTLY),
    _only_for("GZ10000302002000", kinds.TREATMENT_INDICATION, SLIGHTLY),
    _only_for("GZ10000302006000", kinds.ITEM_LABEL, SLIGHTLY),
    _only_for("YC-GOODSILLNESS", kinds.GOODS_ILLNESS, SLIGHTLY),
    _never_with("GZ10000301008000", kinds.DRUG_FORBIDDEN, HIGHLY),
    _never_with("GZ10000301010000", kinds.DRUG_PREGNANCY, HIGHLY),
    _never_with("GZ10000302005000", kinds.ITEM_FORBIDDEN, HIGHLY),
)
