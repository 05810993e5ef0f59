"""有总额无明细: money was paid on a claim that lists nothing."""

from __future__ import annotations

import numpy as np

from claims.masks import is_any, rows_where
from rules.facts import Facts
from rules.findings import nothing, on_claims
from rules.frame import HIGHLY, SLIGHTLY, Hits, rule
from rules.numbers import Numbers
from rules.words import yuan


@rule(
    code="YC-NOLIST",
    name_zh="有总额无明细",
    name_en="A total without a list",
    category="管理类",
    grade=HIGHLY,
    since="2021-05-01",
    source="闽劳社文〔2003〕344号（只传总额的系统须改为传送明细）；医疗保障基金使用监督管理条例 第三十九条",
    subject_kind="institution",
)
def total_without_list(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """Fund or account paid, but there is no line; on a claim that was typed in or came from elsewhere it reminds."""
    claims = facts.batch.claims
    has_none = np.bincount(facts.claim_of_line, minlength=len(facts.batch)) == 0
    if not is_any(has_none):
        return nothing()
    paid = claims["fund_fen"] + claims["account_fen"]
    rows = rows_where(facts.is_settlement & has_none & (claims["total_fen"] > 0) & (paid > 0))
    says = [
        (
            f"结算总额 {yuan(total)} 元，基金和账户支付 {yuan(part)} 元，未上传任何费用明细",
            f"{yuan(total)} yuan settled, of which fund and account paid {yuan(part)}, and no line says for what",
        )
        for total, part in zip(claims["total_fen"][rows].tolist(), paid[rows].tolist(), strict=True)
    ]
    grades = [HIGHLY if channel == "networked" else SLIGHTLY for channel in claims["channel"][rows].tolist()]
    return on_claims(facts, rows, says, paid[rows], grades)
