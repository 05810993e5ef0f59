"""重叠住院: a person lay in two hospitals on the same days."""

from __future__ import annotations

import numpy as np

from claims.clock import to_day
from claims.masks import is_any, rows_where
from rules.facts import Facts
from rules.findings import nothing, on_claims
from rules.frame import HIGHLY, Hits, rule
from rules.numbers import Numbers
from rules.words import yuan


@rule(
    code="YC-BEDS",
    name_zh="同一时段在两家机构住院",
    name_en="In two beds at once",
    category="管理类",
    grade=HIGHLY,
    since="2021-05-01",
    source="医疗保障基金使用监督管理条例 第三十八条（一）挂床住院、第四十条（一）冒名或者虚假就医",
    subject_kind="patient",
    touches=("inpatient",),
)
def in_two_beds(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """Two stays at different institutions share more than the day of a transfer; whichever is known later is hit.

    The amount is the share of the common days in the stay's total.
    """
    visits = facts.visits
    if not is_any(visits.own(visits.is_stay) & facts.is_settlement):
        return nothing()
    pairs, place = visits.pairs, visits.rows.numbers("institution_id")[0]
    own, other = pairs.row, pairs.other
    common = np.minimum(visits.end[own], visits.end[other]) - np.maximum(visits.begin[own], visits.begin[other])
    is_both = pairs.stands & visits.is_stay[own] & visits.is_stay[other] & (place[own] != place[other])
    chosen = rows_where(is_both & (common > 0) & facts.is_settlement[pairs.claim])
    chosen = chosen[np.lexsort((other[chosen], -common[chosen], pairs.claim[chosen]))]
    chosen = chosen[np.unique(pairs.claim[chosen], return_index=True)[1]]  # the longest one of each claim
    rows, days = pairs.claim[chosen], common[chosen]
    total = np.maximum(facts.batch.claims["total_fen"][rows], 0)
    amount = total * days // np.maximum(visits.end[own[chosen]] - visits.begin[own[chosen]], 1)
    says = []
    for before, many, fen in zip(other[chosen].tolist(), days.tolist(), amount.tolist(), strict=True):
        name, where = (visits.rows.claims[column][before] for column in ("claim_id", "institution_id"))
        first, last = to_day(int(visits.begin[before])), to_day(int(visits.end[before]))
        says.append(
            (
                f"与机构 {where} 的住院 {name}（{first} 至 {last}）重叠 {many} 天，按天折算 {yuan(fen)} 元",
                f"{many} days are also those of stay {name} at {where} ({first} to {last}); their share is "
                f"{yuan(fen)} yuan",
            )
        )
    return on_claims(facts, rows, says, amount)
