"""就诊数据非实时上传: a settlement reached the fund's systems long after it was made."""

from __future__ import annotations

import numpy as np

from claims.masks import is_any, rows_where
from rules.exempt import MANUAL, spare
from rules.facts import Facts
from rules.findings import nothing, on_claims
from rules.frame import SLIGHTLY, Hits, rule
from rules.numbers import Numbers
from rules.words import yuan


@rule(
    code="GZ10000201007000",
    name_zh="就诊数据非实时上传监管",
    name_en="Not uploaded at once",
    category="管理类",
    grade=SLIGHTLY,
    since="2023-05-15",
    source="国家医保智能监管规则库 GZ10000201007000；医疗保障基金使用监督管理条例 第三十九条 未按规定传送数据",
    subject_kind="institution",
    numbers="data",
)
def uploaded_late(facts: Facts, numbers: Numbers) -> Hits:
    """The upload came more hours after the settlement than allowed; it is a reminder and puts no money in doubt."""
    late = facts.visits.hours_late(facts.visits.rows.at)
    is_late = facts.is_settlement & (late > numbers["upload_within_hours"].on(facts.settled_day))
    if not is_any(is_late):
        return nothing()
    is_manual = facts.batch.claims["channel"] == "manual"
    rows, spared = spare(rows_where(is_late), np.arange(len(is_late)), (MANUAL, is_manual))
    total = facts.batch.claims["total_fen"]
    says = [
        (
            f"结算后 {hours} 小时才上传，涉及费用 {yuan(fen)} 元",
            f"Uploaded {hours} hours after the settlement of {yuan(fen)} yuan",
        )
        for hours, fen in zip(late[rows].tolist(), total[rows].tolist(), strict=True)
    ]
    return on_claims(facts, rows, says, np.zeros(len(rows), dtype=np.int64), spared=spared)
