"""住院期间门诊购药: care or a purchase elsewhere on a day on which the person lay in hospital."""

from __future__ import annotations

import numpy as np

from claims.clock import to_day
from claims.tables import Array
from rules.exempt import MANUAL, spare
from rules.facts import Facts
from rules.findings import nothing, on_claims
from rules.frame import HIGHLY, Hits, rule
from rules.numbers import Numbers
from rules.words import yuan


@rule(
    code="YC-INBED",
    name_zh="住院期间在外就医购药",
    name_en="Out while in hospital",
    category="管理类",
    grade=HIGHLY,
    since="2021-05-01",
    source="医疗保障基金使用监督管理条例 第三十八条（一）挂床住院、第四十一条（一）将医疗保障凭证交由他人冒名使用",
    subject_kind="patient",
)
def out_while_in_hospital(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """An outpatient visit or a purchase lies strictly between admission and discharge; whichever is known later is hit.

    On the days of admission and discharge a person may rightly be elsewhere. On a stay the amount is that of the visits
    during it. The day of a claim that was typed in is what somebody wrote down, so those are spared.
    """
    visits, pairs = facts.visits, facts.visits.pairs
    own, other = pairs.row, pairs.other
    if not visits.is_stay.any():
        return nothing()
    is_visit = ~visits.is_inpatient
    is_out = (
        visits.is_stay[other] & is_visit[own] & _is_inside(visits.begin[own], visits.begin[other], visits.end[other])
    )
    is_away = (
        visits.is_stay[own] & is_visit[other] & _is_inside(visits.begin[other], visits.begin[own], visits.end[own])
    )
    would_be = np.flatnonzero(pairs.stands & (is_out | is_away) & facts.is_settlement[pairs.claim])
    is_manual = visits.rows.claims["channel"][own] == "manual"
    is_manual |= visits.rows.claims["channel"][other] == "manual"
    found, spared = spare(would_be, pairs.claim, (MANUAL, is_manual))
    rows, first, times = np.unique(pairs.claim[found], return_index=True, return_counts=True)
    money = np.zeros(len(facts.batch), dtype=np.int64)
    total = visits.rows.claims["total_fen"]
    np.add.at(money, pairs.claim[found], np.where(is_away, total[other], 0)[found])
    amount = np.where(is_out[found[first]], total[own[found[first]]], money[rows])
    says = [
        _says(facts, bool(is_out[pair]), int(other[pair]), count, fen)
        for pair, count, fen in zip(found[first].tolist(), times.tolist(), amount.tolist(), strict=True)
    ]
    return on_claims(facts, rows, says, amount, spared=spared)


def _is_inside(day: Array, first: Array, last: Array) -> Array:
    return np.asarray((first < day) & (day < last))


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
