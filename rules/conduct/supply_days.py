"""供药天数: another purchase of a drug class of which the person still holds more than the allowance."""

from __future__ import annotations

import numpy as np

from claims.masks import rows_where
from rules.exempt import FAMILY_ACCOUNT, LONG_PRESCRIPTION, spare
from rules.facts import TAKEN_HOME, Facts
from rules.findings import nothing
from rules.frame import HIGHLY, SLIGHTLY, Hits, rule
from rules.in_hand import days_in_hand_of, paid_days_in_hand_of
from rules.numbers import Numbers


@rule(
    code="YC-SUPPLY",
    name_zh="累计供药天数超限",
    name_en="More days of supply than allowed",
    category="政策类",
    grade=HIGHLY,
    since="2021-08-10",
    source="长期处方管理规范（试行）国卫办医发〔2021〕17号；国家规则库 GZ10000101009000 药品限最大开药天数/开药量",
    subject_kind="patient",
    numbers="supply",
    touches=(TAKEN_HOME,),
)
def too_much_in_hand(facts: Facts, numbers: Numbers) -> Hits:
    """The days in hand before this claim exceed the allowance; far beyond it they are highly suspicious.

    Only what the fund paid for counts: a personal account may buy for the family.
    """
    in_hand, supplied = days_in_hand_of(facts.visits.rows)
    day = facts.settled_day[facts.claim_of_line]
    usual = numbers["allowance_days"].on(day)
    would_be = rows_where((in_hand > usual) & facts.is_judged)
    if not len(would_be):
        return nothing()
    has_long = facts.has_long_prescription[facts.claim_of_line]
    allowed = np.where(has_long, numbers["allowance_long_days"].on(day), usual)
    is_account = (facts.batch.claims["benefit_kind"] == "personal_account")[facts.claim_of_line]
    in_hand[would_be] = paid_days_in_hand_of(facts.visits.rows, would_be)
    lines, spared = spare(
        would_be,
        facts.claim_of_line,
        (FAMILY_ACCOUNT, is_account | (in_hand <= usual)),
        (LONG_PRESCRIPTION, has_long & (in_hand <= allowed)),
    )
    severe = in_hand >= np.where(
        has_long, numbers["review_from_long_days"].on(day), numbers["review_from_days"].on(day)
    )
    says = [(facts.item_label(row), int(in_hand[row]), int(allowed[row]), int(supplied[row])) for row in lines.tolist()]
    return Hits(
        facts.claim_of_line[lines],
        lines,
        np.maximum(facts.batch.lines["amount_fen"][lines], 0),
        [
            f"“{label}”同类药品在手尚可用 {held} 天（允许 {most} 天），本次再购 {new or '若干'} 天用量"
            for label, held, most, new in says
        ],
        [
            f"{label}: {held} days of its class still in hand (allowed {most}), {new or 'unknown'} days bought again"
            for label, held, most, new in says
        ],
        grades=[HIGHLY if severe[row] else SLIGHTLY for row in lines.tolist()],
        spared=spared,
    )
