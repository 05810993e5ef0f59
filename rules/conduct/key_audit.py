"""住院重点审核: a stay whose bill passes one of the three standards for a closer look."""

from __future__ import annotations

import numpy as np

from claims.masks import rows_where
from claims.tables import MISSING
from rules.facts import Facts
from rules.findings import on_claims
from rules.frame import SLIGHTLY, Hits, rule
from rules.numbers import Numbers
from rules.words import yuan


@rule(
    code="YC-KEYAUDIT",
    name_zh="住院费用重点审核",
    name_en="Stay for a closer look",
    category="管理类",
    grade=SLIGHTLY,
    since="2003-08-29",
    source="闽劳社文〔2003〕344号（目录外费用比例、个人现金支付比例、医疗总费用超过标准的住院列为重点审核）",
    subject_kind="institution",
    stages=("during", "after"),
    numbers="key_audit",
    touches=("inpatient",),
)
def stay_for_a_closer_look(facts: Facts, numbers: Numbers) -> Hits:
    """Of a stay's bill the part outside of the catalogue, the part that no fund paid, or the whole passes a standard.

    It says where to look first, not that anything is wrong. A source that does not state the part inside of the scope
    is only asked about the other two.
    """
    claims, day = facts.batch.claims, facts.settled_day
    total, in_scope = claims["total_fen"], claims["in_scope_fen"]
    is_stay = facts.is_settlement & (claims["benefit_kind"] == "inpatient") & (total > 0)
    outside = np.where(in_scope == MISSING, 0, total - in_scope)
    parts = (
        (outside * 100 > total * numbers["outside_catalogue_percent"].on(day), outside, "目录外费用", "is not covered"),
        (
            (total - claims["fund_fen"]) * 100 > total * numbers["own_payment_percent"].on(day),
            total - claims["fund_fen"],
            "基金以外支付",
            "was not paid by a fund",
        ),
    )
    is_large = total > numbers["total_yuan"].on(day) * 100
    rows = rows_where(is_stay & (parts[0][0] | parts[1][0] | is_large))
    says = []
    for row in rows.tolist():
        whole = int(total[row])
        passed = [(part, zh, en) for holds, part, zh, en in parts if holds[row]]
        zh = [f"{name} {yuan(int(part[row]))} 元，占 {int(part[row]) * 100 // whole}%" for part, name, _ in passed]
        en = [f"{yuan(int(part[row]))} yuan ({int(part[row]) * 100 // whole}%) {name}" for part, _, name in passed]
        if is_large[row]:
            zh.append("总费用超过标准")
            en.append("the whole passes the standard")
        says.append((f"住院总费用 {yuan(whole)} 元，{'；'.join(zh)}", f"Of {yuan(whole)} yuan {'; '.join(en)}"))
    return on_claims(facts, rows, says)
