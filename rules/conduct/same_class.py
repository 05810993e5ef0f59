"""重复开药: two different drugs of one class on one claim."""

from __future__ import annotations

import numpy as np

from claims.lazy import coded
from claims.masks import rows_where
from features.doses import drug_lines
from rules.facts import TAKEN_HOME, Facts
from rules.findings import nothing, on_lines
from rules.frame import SLIGHTLY, Hits, rule
from rules.numbers import Numbers
from rules.words import yuan


@rule(
    code="GZ10000301006000",
    name_zh="重复开药",
    name_en="Two drugs of one class",
    category="医疗类",
    grade=SLIGHTLY,
    since="2023-05-15",
    source="国家医保智能监管规则库 GZ10000301006000；医疗保障基金使用监督管理条例 第三十八条（二）重复开药",
    subject_kind="doctor",
    numbers="one_prescription",
    touches=(TAKEN_HOME,),
)
def two_of_one_class(facts: Facts, numbers: Numbers) -> Hits:
    """Drugs of one anatomical-therapeutic group with different codes are prescribed together; the dearest is kept.

    Some drugs of one group are rightly taken together, and the group alone cannot tell, so this only reminds, and only
    where each lasts for weeks: a few days' course beside another does little. A western and a patent drug whose codes
    agree by chance are of different groups, and what people choose for their own account is no prescription.
    """
    lines, drugs, own = facts.batch.lines, drug_lines(facts.visits.rows), facts.own_lines
    if np.count_nonzero(drugs.days[own] >= numbers["same_class_least_days"].least) < 2:
        return nothing()
    is_long = drugs.days[own] >= numbers["same_class_least_days"].on(facts.settled_day)[facts.claim_of_line]
    is_prescribed = facts.is_settlement & (facts.batch.claims["benefit_kind"] != "personal_account")
    is_taken = (drugs.key[own] >= 0) & (lines["quantity_e4"] > 0) & is_long
    chosen = rows_where(is_taken & is_prescribed[facts.claim_of_line])
    if len(chosen) < 2:
        return nothing()
    item = coded(lines, "item_code")
    is_patent = np.array([*(text[:1] == "Z" for text in item.texts), False])[item.codes[chosen]]
    group = (facts.claim_of_line[chosen] * (len(drugs.texts) + 1) + drugs.classes[own][chosen]) * 2 + is_patent
    if len(np.unique(group)) == len(group):
        return nothing()
    rank = np.lexsort((-lines["amount_fen"][chosen], group))
    chosen, group = chosen[rank], group[rank]
    starts = rows_where(np.diff(group, prepend=-1))
    dearest = chosen[np.repeat(starts, np.diff(starts, append=len(group)))]
    is_other = item.codes[chosen] != item.codes[dearest]
    hits = sorted(zip(chosen[is_other].tolist(), dearest[is_other].tolist(), strict=True))
    says = []
    for line, first in hits:
        label, other, fen = facts.item_label(line), facts.item_label(first), yuan(int(lines["amount_fen"][line]))
        says.append(
            (
                f"“{label}”与“{other}”属同一药理分类，同次开出，{fen} 元",
                f"{label} and {other} are of one pharmacological class and came together; {fen} yuan",
            )
        )
    return on_lines(facts, np.array([line for line, _ in hits], dtype=np.int64), says)
