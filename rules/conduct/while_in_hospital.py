"""住院期间门诊购药: care or a purchase elsewhere on a day on which the person lay in hospital."""

from __future__ import annotations

import numpy as np

from claims.clock import to_day
from claims.masks import is_any, rows_where
from claims.tables import Array
from rules.exempt import MANUAL, spare
from rules.facts import Facts
from rules.findings import nothing, on_claims
from rules.frame import HIGHLY, Hits, rule
from rules.numbers import Numbers
from rules.visits import SAME_DAY
from rules.words import yuan

_NONE = np.empty(0, dtype=np.int64)


@rule(
    code="YC-INBED",
    name_zh="住院期间在外就医购药",
    name_en="Out while in hospital",
    category="管理类",
    grade=HIGHLY,
    since="2021-05-01",
    source="医疗保障基金使用监督管理条例 第三十八条（一）挂床住院、第四十一条（一）将医疗保障凭证交由他人冒名使用",
    subject_kind="patient",
    touches=(SAME_DAY,),
)
def out_while_in_hospital(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """An outpatient visit or a purchase lies strictly between admission and discharge; whichever is known later is hit.

    On the days of admission and discharge a person may rightly be elsewhere. On a stay the amount is that of the visits
    during it. The day of a claim that was typed in is what somebody wrote down, so those are spared.
    """
    visits, pairs = facts.visits, facts.visits.pairs
    chosen, stay, visit = _during_stays(facts)
    if not len(chosen):
        return nothing()
    channel, total = visits.rows.claims["channel"], visits.rows.claims["total_fen"]
    is_manual = (channel[stay] == "manual") | (channel[visit] == "manual")
    found, spared = spare(np.arange(len(chosen)), pairs.claim[chosen], (MANUAL, is_manual))
    rows, first, times = np.unique(pairs.claim[chosen[found]], return_index=True, return_counts=True)
    money = np.zeros(len(facts.batch), dtype=np.int64)
    np.add.at(money, pairs.claim[chosen[found]], total[visit[found]])
    is_out = (visit == pairs.row[chosen])[found[first]]
    amount = np.where(is_out, facts.batch.claims["total_fen"][rows], money[rows])
    others = pairs.other[chosen[found[first]]]
    says = [
        _says(facts, *fact)
        for fact in zip(is_out.tolist(), others.tolist(), times.tolist(), amount.tolist(), strict=True)
    ]
    return on_claims(facts, rows, says, amount, spared=spared)


def _during_stays(facts: Facts) -> tuple[Array, Array, Array]:
    """Pairs of a stay and a visit on a day within it, with the rows of the stay and of the visit."""
    visits, pairs = facts.visits, facts.visits.pairs
    is_stay = visits.is_stay
    chosen = rows_where(pairs.stands & (is_stay[pairs.row] != is_stay[pairs.other])) if is_any(is_stay) else _NONE
    own, other = pairs.row[chosen], pairs.other[chosen]
    stay, visit = np.where(is_stay[own], own, other), np.where(is_stay[own], other, own)
    day = visits.begin[visit]
    is_inside = (visits.begin[stay] < day) & (day < visits.end[stay]) & ~visits.is_inpatient[visit]
    is_inside &= facts.is_settlement[pairs.claim[chosen]]
    return chosen[is_inside], stay[is_inside], visit[is_inside]


def _says(facts: Facts, is_out: bool, other: int, times: int, fen: int) -> tuple[str, str]:
    visits = facts.visits
    name = visits.rows.claims["claim_id"][other]
    first, last = to_day(int(visits.begin[other])), to_day(int(visits.end[other]))
    if is_out:
        return (
            f"就医购药当日正在住院（{name}，{first} 至 {last}），本次 {yuan(fen)} 元",
            f"The person lay in hospital that day ({name}, {first} to {last}); {yuan(fen)} yuan",
        )
    return (
        f"本次住院期间另有 {times} 次门诊或购药（如 {name}，{first}），合计 {yuan(fen)} 元",
        f"{times} visits or purchases during this stay (such as {name} on {first}), together {yuan(fen)} yuan",
    )
