"""同时异地: one card settled at two places, too soon after one another for one person to have been at both."""

from __future__ import annotations

import numpy as np

from claims.clock import to_moment
from claims.masks import rows_where
from claims.tables import Array
from rules.exempt import MANUAL, UPLOADED_LATER, spare
from rules.facts import Facts
from rules.findings import nothing, on_claims
from rules.frame import HIGHLY, SLIGHTLY, Hits, rule
from rules.numbers import Numbers
from rules.visits import SAME_DAY
from rules.words import yuan

_MINUTE = 60


@rule(
    code="YC-PLACES",
    name_zh="同一参保人短时在两家机构结算",
    name_en="At two places at once",
    category="管理类",
    grade=HIGHLY,
    since="2021-05-01",
    source="医疗保障基金使用监督管理条例 第四十条（一）冒名或者虚假就医、购药、第四十一条（一）",
    subject_kind="patient",
    numbers="data",
    touches=(SAME_DAY,),
)
def at_two_places(facts: Facts, numbers: Numbers) -> Hits:
    """Two settlements of one person at two institutions lie fewer minutes apart than the way takes.

    Two hospitals, or two pharmacies, in different districts are far from one another and that is highly suspicious;
    all others may be neighbours, as a pharmacy before a hospital's gate is, and only a very short time reminds. Bills
    of stays are often paid by relatives and are not looked at; clocks of claims that were typed in or uploaded later
    are not exact, so those are spared. Refunded ones count, as the card was there.
    """
    visits, pairs = facts.visits, facts.visits.pairs
    chosen, is_far = _too_soon(facts, numbers)
    if not len(chosen):
        return nothing()
    own, other, channel = pairs.row[chosen], pairs.other[chosen], visits.rows.claims["channel"]
    kept, spared = spare(
        np.arange(len(chosen)),
        pairs.claim[chosen],
        (MANUAL, (channel[own] == "manual") | (channel[other] == "manual")),
        (UPLOADED_LATER, np.maximum(visits.hours_late(own), visits.hours_late(other)) > 0),
    )
    rows = pairs.claim[chosen[kept]]
    says = [_says(facts, row, before) for row, before in zip(rows.tolist(), other[kept].tolist(), strict=True)]
    grades = [HIGHLY if is_one else SLIGHTLY for is_one in is_far[kept].tolist()]
    return on_claims(facts, rows, says, grades=grades, spared=spared)


def _too_soon(facts: Facts, numbers: Numbers) -> tuple[Array, Array]:
    """The pair of each claim whose other is nearest in time and too near, and whether the two places are far apart."""
    visits, pairs = facts.visits, facts.visits.pairs
    settled, place = visits.rows.claims["settled_at"], visits.rows.numbers("institution_id")[0]
    apart = np.abs(settled[pairs.row] - settled[pairs.other])
    near, far = (numbers[f"apart_minutes_{name}"].on(facts.settled_day) * _MINUTE for name in ("near", "far"))
    most = np.maximum(near, far)[pairs.claim]
    chosen = rows_where((apart < most) & (place[pairs.row] != place[pairs.other]))
    chosen = chosen[facts.is_settlement[pairs.claim[chosen]]]
    if not len(chosen):
        return chosen, chosen
    claim, own, other = pairs.claim[chosen], pairs.row[chosen], pairs.other[chosen]
    is_far = (visits.is_purchase[own] == visits.is_purchase[other]) & _in_two_districts(facts, own, other)
    is_soon = apart[chosen] < np.where(is_far, far[claim], near[claim])
    found = rows_where(is_soon & ~visits.is_inpatient[own] & ~visits.is_inpatient[other])
    found = found[np.lexsort((other[found], apart[chosen[found]], claim[found]))]
    found = found[np.unique(claim[found], return_index=True)[1]]
    return chosen[found], is_far[found]


def _in_two_districts(facts: Facts, first: Array, second: Array) -> Array:
    """Whether the institutions of two claims are known to lie in different districts."""
    table, (place, codes) = facts.context.institutions, facts.visits.rows.numbers("institution_id")
    area_of = dict(zip(table["institution_id"].tolist(), table["area"].tolist(), strict=True))
    number_of: dict[str, int] = {}
    areas = [area_of.get(name) for name in codes]
    area = np.array([-1 if name is None else number_of.setdefault(name, len(number_of)) for name in areas] + [-1])
    one, two = area[place[first]], area[place[second]]
    return np.asarray((one >= 0) & (two >= 0) & (one != two))


def _says(facts: Facts, row: int, other: int) -> tuple[str, str]:
    claims = facts.visits.rows.claims
    seconds = abs(int(facts.batch.claims["settled_at"][row]) - int(claims["settled_at"][other]))
    name, where = claims["claim_id"][other], claims["institution_id"][other]
    clock = f"{to_moment(int(claims['settled_at'][other])):%H:%M:%S}"
    fen = yuan(int(facts.batch.claims["total_fen"][row]))
    return (
        f"与机构 {where} 的结算 {name}（{clock}）仅相隔 {seconds // 60} 分 {seconds % 60} 秒，本次 {fen} 元",
        f"Only {seconds // 60} min {seconds % 60} s from settlement {name} ({clock}) at {where}; {fen} yuan",
    )
