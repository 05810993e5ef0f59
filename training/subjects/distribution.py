"""How a subject's year is distributed: amounts, hours and days, and on how few others it is concentrated.

Gross settlements of the year's window, without those known to have been taken back wholly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from claims.clock import area_day
from claims.tables import Array
from features.past import NEVER, undone_from
from features.rows import Rows
from features.windows import local_hour, window
from training.institution_link_words import ColumnWords
from training.subjects.kinds import Kind

OVER = "365d"
RECENT = "30d"
QUANTILES = (10, 50, 90)
DEAREST_SHARE = 0.1

_WHO = {
    "patient": ("该参保人", "This person"),
    "doctor": ("该医师", "This doctor"),
    "institution": ("该机构", "This institution"),
}
_OTHERS = {
    "patient": ("参保人", "person"),
    "doctor": ("医师", "doctor"),
    "institution": ("机构", "institution"),
    "item": ("项目", "item"),
}
_PARTNERS: dict[Kind, tuple[str, ...]] = {
    "patient": ("institution", "doctor"),
    "doctor": ("patient", "institution"),
    "institution": ("patient", "doctor"),
}
_COMMON = (
    *(
        (
            f"amount_p{at}_365d",
            "fen",
            f"单次费用的第 {at} 百分位为 {{value}} 元",
            f"{at}% of the settlements are at most {{value}} yuan",
        )
        for at in QUANTILES
    ),
    (
        "amount_p90_over_p50_365d",
        "ratio",
        "单次费用第 90 百分位为中位数的 {value} 倍",
        "the 90th percentile of amounts is {value} times the median",
    ),
    (
        "dearest_tenth_share_365d",
        "share",
        "费用最高的一成结算占总费用的 {value}",
        "the dearest tenth of the settlements has {value} of all fees",
    ),
    (
        "same_amount_share_365d",
        "share",
        "出现最多的同一金额占结算次数的 {value}",
        "the commonest amount is that of {value} of the settlements",
    ),
    (
        "busiest_hour_share_365d",
        "share",
        "最集中的一个钟点占结算次数的 {value}",
        "the busiest hour of the day has {value} of the settlements",
    ),
    (
        "busiest_day_share_365d",
        "share",
        "费用最高的一天占总费用的 {value}",
        "the dearest day has {value} of all fees",
    ),
    (
        "recent_share_365d",
        "share",
        "近30天的费用占近一年的 {value}",
        "the last 30 days have {value} of the year's fees",
    ),
)


def distribution_words(kind: Kind) -> tuple[ColumnWords, ...]:
    """The columns of one kind of subject, in the order of `distributions`."""
    zh, en = _WHO[kind]
    parts = [*_COMMON, *(part for other in (*_PARTNERS[kind], "item") for part in _concentration_words(other))]
    return tuple(
        ColumnWords(f"{kind}_{name}", unit, f"近一年{zh}{says_zh}", f"{en}: in the last year {says_en}.")
        for name, unit, says_zh, says_en in parts
    )


def _concentration_words(other: str) -> tuple[tuple[str, str, str, str], ...]:
    zh, en = _OTHERS[other]
    return (
        (
            f"top_{other}_share_365d",
            "share",
            f"费用最高的一个{zh}占总费用的 {{value}}",
            f"one {en} has {{value}} of all fees",
        ),
        (
            f"{other}_concentration_365d",
            "ratio",
            f"费用在{zh}间的集中度（赫芬达尔指数）为 {{value}}",
            f"the concentration of fees by {en} (Herfindahl) is {{value}}",
        ),
    )


@dataclass(frozen=True)
class _Year:
    """m settlements of n subjects up to a moment: whose, for how much, when, and their rows in the frame."""

    size: int
    until: int
    who: Array
    amount: Array
    settled_at: Array
    row: Array


def distributions(kind: Kind, rows: Rows) -> Array:
    """The columns of the asked claims' subjects, each asked at one moment.

    Args:
        kind: whose columns.
        rows: a frame in which each subject is asked for once and all ask at the same moment.

    Returns:
        (n, k) float64; zeros for a subject without a settlement in the year.
    """
    year = _year_of(kind, rows)
    columns = [*_amounts(year), *_times(year)]
    for other in _PARTNERS[kind]:
        columns += _concentration(year.who, rows.keys(other)[year.row], year.amount, year.size)
    columns += _items(year, rows)
    return np.column_stack(columns) if columns else np.zeros((year.size, 0))


def _year_of(kind: Kind, rows: Rows) -> _Year:
    claims, key = rows.claims, rows.keys(kind)
    code_of = np.full(int(key.max(initial=0)) + 2, -1, dtype=np.int64)  # the last one stands for nobody
    code_of[key[rows.at]] = np.arange(len(rows.at))
    code_of[-1] = -1
    settled = claims["settled_at"]
    until = int(settled[rows.at].max(initial=0))
    chosen = rows.is_settlement & (undone_from(rows) == NEVER) & (code_of[key] >= 0)
    chosen &= (settled >= window(OVER).start(until)) & (settled <= until)
    chosen[rows.at] = False
    row = np.flatnonzero(chosen)
    return _Year(len(rows.at), until, code_of[key[row]], np.maximum(claims["total_fen"][row], 0), settled[row], row)


def _amounts(year: _Year) -> list[Array]:
    order = np.lexsort((year.amount, year.who))
    amount, who = year.amount[order], year.who[order]
    count = np.bincount(who, minlength=year.size)
    end = np.cumsum(count)
    first = end - count
    some = count > 0
    quantiles = [_picked(amount, first + (at * np.maximum(count - 1, 0)) // 100, some) for at in QUANTILES]
    total = _sums(who, amount, year.size)
    before = np.r_[0, np.cumsum(amount)]
    dearest = end - np.ceil(DEAREST_SHARE * count).astype(np.int64)
    top = before[end] - before[dearest]
    same = _largest_share(year.who, year.amount, np.ones(len(year.who)), year.size)
    return [*quantiles, _part(quantiles[2], quantiles[1]), _part(top, total), same]


def _times(year: _Year) -> list[Array]:
    ones = np.ones(len(year.who))
    recent = year.settled_at >= window(RECENT).start(year.until)
    total = _sums(year.who, year.amount, year.size)
    return [
        _largest_share(year.who, local_hour(year.settled_at), ones, year.size),
        _largest_share(year.who, area_day(year.settled_at), year.amount, year.size),
        _part(_sums(year.who, year.amount * recent, year.size), total),
    ]


def _items(year: _Year, rows: Rows) -> list[Array]:
    who_of = np.full(len(rows.is_settlement), -1, dtype=np.int64)
    who_of[year.row] = year.who
    who = who_of[rows.line_row] if len(rows.line_row) else np.empty(0, dtype=np.int64)
    chosen = np.flatnonzero(who >= 0)
    items = pd.factorize(rows.lines["item_code"][chosen])[0]
    amount = np.maximum(rows.lines["amount_fen"][chosen], 0)
    return _concentration(who[chosen], items, amount, year.size)


def _concentration(who: Array, other: Array, weight: Array, size: int) -> list[Array]:
    """Largest share and sum of squared shares over others; what has no other is left out."""
    known = other >= 0
    owner, part = _grouped(who[known], other[known], weight[known])
    order = np.lexsort((part, owner))  # fractions add up to the same in whatever order the others were numbered
    owner, part = owner[order], part[order]
    total = _sums(owner, part, size)
    share = _part(part, total[owner])
    top = np.zeros(size)
    np.maximum.at(top, owner, share)
    return [top, np.bincount(owner, weights=share**2, minlength=size)]


def _largest_share(who: Array, other: Array, weight: Array, size: int) -> Array:
    owner, part = _grouped(who, other, weight)
    top = np.zeros(size)
    np.maximum.at(top, owner, part)
    return _part(top, _sums(who, weight, size))


def _grouped(who: Array, other: Array, weight: Array) -> tuple[Array, Array]:
    """The sum of weights of each (who, other), and its who."""
    order = np.lexsort((other, who))
    who, other = who[order], other[order]
    if not len(who):
        return who, np.empty(0)
    first = np.flatnonzero(np.r_[True, (who[1:] != who[:-1]) | (other[1:] != other[:-1])])
    return who[first], np.add.reduceat(weight[order].astype(np.float64), first)


def _sums(who: Array, weight: Array, size: int) -> Array:
    return np.bincount(who, weights=weight, minlength=size)


def _part(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros(len(part)), where=np.asarray(whole) > 0)


def _picked(values: Array, places: Array, some: Array) -> Array:
    found = np.zeros(len(places))
    found[some] = values[places[some]]
    return found
