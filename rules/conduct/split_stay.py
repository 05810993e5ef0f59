"""分解住院: the same person is back in the same hospital for the same kind of illness within days."""

from __future__ import annotations

import numpy as np

from claims.clock import to_day
from claims.masks import is_any, rows_where
from rules.exempt import DIALYSIS, EMERGENCY, ONCOLOGY, spare
from rules.facts import Facts
from rules.findings import nothing, on_claims
from rules.frame import HIGHLY, SLIGHTLY, Hits, rule
from rules.numbers import Numbers
from rules.words import yuan


@rule(
    code="GZ10000204001000",
    name_zh="分解住院",
    name_en="One stay cut in two",
    category="管理类",
    grade=SLIGHTLY,
    since="2023-05-15",
    source="国家医保智能监管规则库 GZ10000204001000；医疗保障基金使用监督管理条例 第三十八条（一）分解住院",
    subject_kind="institution",
    numbers="stays",
    touches=("inpatient",),
)
def stay_cut_in_two(facts: Facts, numbers: Numbers) -> Hits:
    """A stay lies within days of another one at the same place with the same three-character main diagnosis.

    Treatment in cycles and emergencies are spared. A gap of very few days is highly suspicious.
    """
    visits = facts.visits
    if not is_any(visits.own(visits.is_stay) & facts.is_settlement):
        return nothing()
    pairs, place = visits.pairs, visits.rows.numbers("institution_id")[0]
    own, other = pairs.row, pairs.other
    gap = np.maximum(visits.begin[own] - visits.end[other], visits.begin[other] - visits.end[own])
    is_again = pairs.stands & visits.is_stay[own] & visits.is_stay[other] & (place[own] == place[other])
    is_again &= (gap >= 0) & (gap <= numbers["split_within_days"].on(facts.settled_day)[pairs.claim])
    is_again &= (visits.disease[own] >= 0) & (visits.disease[own] == visits.disease[other])
    chosen = rows_where(is_again)
    chosen = chosen[np.lexsort((other[chosen], gap[chosen], pairs.claim[chosen]))]
    chosen = chosen[np.unique(pairs.claim[chosen], return_index=True)[1]]  # the nearest one of each claim
    would_be, spared = spare(
        chosen,
        pairs.claim,
        (ONCOLOGY, visits.is_oncology[own] | visits.is_oncology[other]),
        (DIALYSIS, visits.is_dialysis[own] | visits.is_dialysis[other]),
        (EMERGENCY, facts.batch.claims["is_emergency"][pairs.claim]),
    )
    rows, other = pairs.claim[would_be], other[would_be]
    near = numbers["split_review_within_days"].on(facts.settled_day)
    grades = [HIGHLY if is_near else SLIGHTLY for is_near in (gap[would_be] <= near[rows]).tolist()]
    says = []
    for row, before, days in zip(rows.tolist(), other.tolist(), gap[would_be].tolist(), strict=True):
        name = visits.rows.claims["claim_id"][before]
        first, last = to_day(int(visits.begin[before])), to_day(int(visits.end[before]))
        fen = yuan(int(facts.batch.claims["total_fen"][row]))
        says.append(
            (
                f"与同一机构同类诊断的住院 {name}（{first} 至 {last}）相隔 {days} 天，本次 {fen} 元",
                f"{days} days from stay {name} ({first} to {last}) at the same place with the same kind of diagnosis; "
                f"{fen} yuan",
            )
        )
    return on_claims(facts, rows, says, grades=grades, spared=spared)
