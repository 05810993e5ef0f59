"""超限定病种目录: a drug billed under a chronic or special disease whose list does not have it."""

from __future__ import annotations

import numpy as np

from claims.lazy import is_text
from claims.masks import rows_where
from rules.diagnoses import diagnosis_words, points_of_diagnoses
from rules.facts import Facts
from rules.findings import nothing
from rules.frame import HIGHLY, Hits
from rules.knowledge.kinds import DISEASE_DRUG
from rules.line_hits import is_paid, line_hits
from rules.national_rule import national
from rules.numbers import Numbers


@national("GZ10000101011000", grade=HIGHLY, needs=(DISEASE_DRUG,))
def drug_outside_the_list_of_the_disease(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001
    """Of 门慢 and 门特 claims: the lists of the claim's diagnoses do not have the drug.

    A claim of which no diagnosis has a list is no hit. Which registered disease pays, a line does not say; the
    diagnoses stand for it, so that a person looks.
    """
    lists = points_of_diagnoses(facts, DISEASE_DRUG)
    if not len(lists):
        return nothing()
    claims, lines, claim = facts.batch.claims, facts.batch.lines, facts.claim_of_line
    of_list = facts.batch.diagnoses["claim_index"][lists.line]
    has_list = np.zeros(len(facts.batch), dtype=np.bool_)
    has_list[of_list] = True
    has_list &= is_text(claims, "benefit_kind", "chronic") | is_text(claims, "benefit_kind", "special")
    drugs = rows_where(is_text(lines, "item_kind", "drug") & has_list[claim] & (lines["quantity_e4"] > 0))
    drugs = drugs[is_paid(facts, drugs)]
    width = len(facts.known.codes.of_rows) + 1
    listed = of_list * width + facts.known.numbers_of(lists.of("other_code"))
    outside = drugs[~np.isin(claim[drugs] * width + facts.known_items[drugs], listed)]
    says = []
    for line in outside.tolist():
        label, own = facts.item_label(line), diagnosis_words(facts, int(claim[line]))
        says.append(
            (
                f"“{label}”不在病种（诊断 {own}）的用药目录内",
                f"{label} is not on the list of the disease (diagnoses {own})",
            )
        )
    return line_hits(facts, outside, says)
