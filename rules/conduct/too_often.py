"""频繁门诊, 频繁购药, 频繁住院, and many settlements at one till: how often a person came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from claims.masks import is_any, rows_where
from claims.tables import Array
from features.compiled import compiled
from rules.exempt import DIALYSIS, ONCOLOGY, spare
from rules.facts import Facts
from rules.findings import nothing, on_claims
from rules.frame import SLIGHTLY, Hits, rule
from rules.numbers import DatedNumber, Numbers
from rules.visits import PAST, SAME_DAY
from rules.words import yuan


@dataclass(frozen=True)
class _Span:
    """So many days up to a claim's own, how many times are allowed in them, and what the times are called."""

    days: int
    most: DatedNumber
    zh: str
    en: str


@rule(
    code="GZ10000204002000",
    name_zh="频繁门诊",
    name_en="Too many outpatient visits",
    category="管理类",
    grade=SLIGHTLY,
    since="2023-05-15",
    source="国家医保智能监管规则库 GZ10000204002000；苏医保函〔2021〕273号（门诊高频次）",
    subject_kind="patient",
    numbers="frequency",
    touches=(PAST,),
)
def many_visits(facts: Facts, numbers: Numbers) -> Hits:
    """A person's outpatient visits in a day, or in 30 days, are more than the area's number."""
    spans = (
        _Span(1, numbers["outpatient_visits_in_a_day"], "当日第 {} 次门诊", "Outpatient visit {} of the day"),
        _Span(30, numbers["outpatient_visits_in_30_days"], "30 天内第 {} 次门诊", "Outpatient visit {} in 30 days"),
    )
    return _too_often(facts, facts.visits.is_outpatient, spans)


@rule(
    code="GZ10000204003000",
    name_zh="频繁购药",
    name_en="Too many purchases",
    category="管理类",
    grade=SLIGHTLY,
    since="2023-05-15",
    source="国家医保智能监管规则库 GZ10000204003000；苏医保函〔2021〕273号（个人账户购药高频次）",
    subject_kind="patient",
    numbers="frequency",
    touches=("pharmacy",),
)
def many_purchases(facts: Facts, numbers: Numbers) -> Hits:
    """A person's purchases at pharmacies in a day, or in 30 days, are more than the area's number."""
    spans = (
        _Span(1, numbers["purchases_in_a_day"], "当日第 {} 次药店购药", "Purchase {} of the day"),
        _Span(30, numbers["purchases_in_30_days"], "30 天内第 {} 次药店购药", "Purchase {} in 30 days"),
    )
    return _too_often(facts, facts.visits.is_purchase, spans)


@rule(
    code="GZ10000204004000",
    name_zh="频繁住院",
    name_en="Too many stays",
    category="管理类",
    grade=SLIGHTLY,
    since="2023-05-15",
    source="国家医保智能监管规则库 GZ10000204004000",
    subject_kind="patient",
    numbers="frequency",
    touches=("inpatient",),
)
def many_stays(facts: Facts, numbers: Numbers) -> Hits:
    """A person's admissions in 90 days are more than the area's number."""
    span = _Span(90, numbers["stays_in_90_days"], "90 天内第 {} 次住院", "Stay {} in 90 days")
    return _too_often(facts, facts.visits.is_stay, (span,))


@rule(
    code="YC-TILL",
    name_zh="同一收费员当日频繁结算",
    name_en="Many settlements at one till",
    category="管理类",
    grade=SLIGHTLY,
    since="2021-05-01",
    source="医疗保障基金使用监督管理条例 第四十条（一）、（三）虚假就医购药、虚构医药服务（空刷套刷线索）",
    subject_kind="institution",
    numbers="frequency",
    touches=(SAME_DAY,),
)
def many_at_one_till(facts: Facts, numbers: Numbers) -> Hits:
    """One till settled for one person more often in a day than the area's number, refunded settlements included.

    To settle, refund and settle again is what an empty swipe looks like, so here a refund takes nothing off.
    """
    visits, pairs = facts.visits, facts.visits.pairs
    till, place = (visits.rows.numbers(name)[0] for name in ("till_id", "institution_id"))
    own, other = pairs.row, pairs.other
    is_same = (till[own] >= 0) & (till[own] == till[other]) & (place[own] == place[other])
    is_same &= facts.settled_day[pairs.claim] == visits.settled_day[other]
    times = 1 + pairs.counted(is_same, len(facts.batch))
    most = numbers["settlements_at_a_till_in_a_day"].on(facts.settled_day)
    rows = rows_where(facts.is_settlement & (times > most))
    zh, en = "本收费员当日第 {} 次为该参保人结算", "Settlement {} of this till for this person that day"
    says = _says(facts, rows, times, most, zh, en)
    return on_claims(facts, rows, says)


def _too_often(facts: Facts, kind: Array, spans: Sequence[_Span]) -> Hits:
    """Claims of a kind with more of the same kind than allowed in one of the spans; the first that tells is told.

    Who passes the number only with visits for a tumour or for dialysis is spared.
    """
    visits, pairs = facts.visits, facts.visits.pairs
    is_open = visits.own(kind) & facts.is_settlement
    if not is_any(is_open):
        return nothing()
    most_at_all, is_same_day = np.bincount(pairs.claim).max(initial=0), SAME_DAY in facts.there
    found, says, spared = list[Array](), list[tuple[str, str]](), list[dict[str, Array]]()
    for span in spans:
        if most_at_all < span.most.least or (span.days == 1 and not is_same_day):
            continue  # nobody can pass the number
        most = span.most.on(facts.settled_day)
        inside, times = _counted(
            pairs.claim, pairs.row, pairs.other, pairs.stands, visits.begin, kind, is_open, span.days
        )
        would_be = rows_where(is_open & (times > most))
        if not len(would_be):
            continue
        rows, mild = spare(would_be, np.arange(len(is_open)), *_for_illness(facts, inside, times, most))
        is_open[would_be] = False
        found.append(rows)
        spared.append(mild)
        says += _says(facts, rows, times, most, span.zh, span.en)
    if not found:
        return nothing()
    every = {name: np.concatenate([one[name] for one in spared if name in one]) for name in {*chain(*spared)}}
    return on_claims(facts, np.concatenate(found), says, spared=every)


@compiled
def _counted(
    claim: Array, own: Array, other: Array, stands: Array, begin: Array, kind: Array, is_open: Array, days: int
) -> tuple[Array, Array]:
    """Which of p pairs count for n claims: the other of the kind, standing, at most `days` before; and their number.

    Args:
        claim: p pairs, as in `Pairs`.
        own: its `row`.
        other: as there.
        stands: as there.
        begin: the day of each row.
        kind: which rows are of the kind.
        is_open: (n,) claims that are asked about.
        days: length of the span.

    Returns:
        (p,) flags, and (n,) how many of the kind there are with the claim itself.
    """
    inside, times = np.zeros(claim.size, np.bool_), np.ones(is_open.size, np.int64)
    for pair in range(claim.size):
        if stands[pair] and is_open[claim[pair]] and kind[other[pair]]:
            inside[pair] = 0 <= begin[own[pair]] - begin[other[pair]] < days
            times[claim[pair]] += inside[pair]
    return inside, times


def _for_illness(facts: Facts, inside: Array, times: Array, most: Array) -> tuple[tuple[str, Array], ...]:
    """Whether each claim passes the number only with its visits for a tumour, for dialysis, or for both."""
    visits, pairs = facts.visits, facts.visits.pairs
    has_tumour, has_dialysis = (
        visits.own(is_ill) + pairs.counted(inside & is_ill[pairs.other], len(times))
        for is_ill in (visits.is_oncology, visits.is_dialysis)
    )
    return (
        (ONCOLOGY, times - has_tumour <= most),
        (DIALYSIS, times - has_dialysis <= most),
        (DIALYSIS, times - has_tumour - has_dialysis <= most),
    )


def _says(facts: Facts, rows: Array, times: Array, most: Array, zh: str, en: str) -> list[tuple[str, str]]:
    totals = facts.batch.claims["total_fen"]
    return [
        (
            f"{zh.format(count)}，超过 {limit} 次，本次 {yuan(fen)} 元",
            f"{en.format(count)}, more than {limit}; {yuan(fen)} yuan",
        )
        for count, limit, fen in zip(times[rows].tolist(), most[rows].tolist(), totals[rows].tolist(), strict=True)
    ]
