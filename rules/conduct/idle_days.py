"""挂床住院: days of a stay on which nothing was done."""

from __future__ import annotations

import numpy as np

from claims.clock import to_day
from claims.masks import is_any, rows_where
from claims.tables import MISSING, Array
from rules.facts import Facts
from rules.findings import nothing, on_claims
from rules.frame import HIGHLY, SLIGHTLY, Hits, rule
from rules.numbers import Numbers
from rules.words import yuan


@rule(
    code="YC-IDLE",
    name_zh="挂床住院",
    name_en="Days in bed without treatment",
    category="管理类",
    grade=SLIGHTLY,
    since="2021-05-01",
    source="医疗保障基金使用监督管理条例 第三十八条（一）挂床住院；闽劳社文〔2003〕344号（挂床开药）",
    subject_kind="institution",
    numbers="stays",
    touches=("inpatient",),
)
def idle_days(facts: Facts, numbers: Numbers) -> Hits:
    """For several days on end a stay bills nothing but its bed; a week of that is highly suspicious.

    Only a stay whose lines say more than one day is judged: many systems bill the whole stay under one date. The day of
    discharge needs no treatment. The amount is the share of the idle days in the stay's total.
    """
    is_stay = facts.visits.own(facts.visits.is_stay) & facts.is_settlement
    if not is_any(is_stay):
        return nothing()
    length, since = _longest_gap(facts, is_stay)
    rows = rows_where(length >= numbers["idle_days"].on(facts.settled_day))
    rows = rows[length[rows] > 0]
    claims, far = facts.batch.claims, numbers["idle_review_days"].on(facts.settled_day)
    stay = np.maximum(claims["discharged_on"][rows] - claims["admitted_on"][rows], 1)
    amount = np.maximum(claims["total_fen"][rows], 0) * length[rows] // stay
    says = [
        (
            f"住院 {days} 天，自 {to_day(first)} 起连续 {idle} 天除床位外无任何费用，按天折算 {yuan(fen)} 元",
            f"{idle} of {days} days from {to_day(first)} on bill nothing but the bed; their share is {yuan(fen)} yuan",
        )
        for days, first, idle, fen in zip(
            stay.tolist(), since[rows].tolist(), length[rows].tolist(), amount.tolist(), strict=True
        )
    ]
    grades = [HIGHLY if is_far else SLIGHTLY for is_far in (length[rows] >= far[rows]).tolist()]
    return on_claims(facts, rows, says, amount, grades)


def _longest_gap(facts: Facts, is_stay: Array) -> tuple[Array, Array]:
    """The longest run of days without treatment of each stay that dates its lines, zero for others; its first day."""
    claim, lines, claims = facts.claim_of_line, facts.batch.lines, facts.batch.claims
    dated = rows_where(is_stay[claim] & (lines["served_at"] != MISSING) & (lines["quantity_e4"] > 0))
    first_day = np.full(len(is_stay), np.iinfo(np.int64).max, dtype=np.int64)
    last_day = np.full(len(is_stay), MISSING, dtype=np.int64)
    np.minimum.at(first_day, claim[dated], facts.line_day[dated])
    np.maximum.at(last_day, claim[dated], facts.line_day[dated])
    treated = dated[(lines["item_kind"][dated] != "facility") & (last_day > first_day)[claim[dated]]]
    judged = rows_where(is_stay & (last_day > first_day))
    # A day before the admission and the day of discharge close the first and the last gap.
    of = np.concatenate([claim[treated], judged, judged])
    day = np.concatenate([facts.line_day[treated], claims["admitted_on"][judged] - 1, claims["discharged_on"][judged]])
    rank = np.lexsort((day, of))
    of, day = of[rank], day[rank]
    gap = np.where(of[1:] == of[:-1], day[1:] - day[:-1] - 1, 0)
    length, since = np.zeros(len(is_stay), dtype=np.int64), np.zeros(len(is_stay), dtype=np.int64)
    np.maximum.at(length, of[:-1], gap)
    longest = rows_where(gap == length[of[:-1]])[::-1]  # the first of a claim comes last
    since[of[longest]] = day[longest] + 1
    return length, since
