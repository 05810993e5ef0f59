"""协议期外结算: an institution settled what no agreement with it covered on the day of care."""

from __future__ import annotations

import numpy as np

from claims.clock import to_day
from claims.lookup import Codes
from claims.masks import rows_where
from claims.tables import MISSING, Array, Columns
from rules.exempt import EMERGENCY, spare
from rules.facts import Facts
from rules.findings import nothing, on_claims
from rules.frame import HIGHLY, Hits, rule
from rules.numbers import Numbers
from rules.registered import is_open_on_day


@rule(
    code="YC-AGREEMENT",
    name_zh="协议期外结算",
    name_en="Settled outside of an agreement period",
    category="管理类",
    grade=HIGHLY,
    since="2021-02-01",
    source="医疗机构医疗保障定点管理暂行办法（国家医保局令第2号）；零售药店医疗保障定点管理暂行办法（国家医保局令第3号）",
    subject_kind="institution",
)
def settled_without_agreement(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """The institution has agreements, but none that covers the benefit held on the day of care.

    Of a stay the day of admission counts, since it is settled to its end under the agreement that it began with. An
    institution of which no agreement is known is not asked.
    """
    table = facts.context.agreements
    if table is None or not len(table["institution_id"]):
        return nothing()
    claims = facts.batch.claims
    institutions = Codes(table["institution_id"].tolist())
    place, benefit = claims["institution_id"], claims["benefit_kind"]
    day = np.where(claims["admitted_on"] == MISSING, facts.served_day, claims["admitted_on"])
    has_any = institutions.of(place.tolist()) >= 0
    wrong = has_any & facts.is_settlement & ~_holds(table, place, benefit, day)
    rows, spared = spare(rows_where(wrong), np.arange(len(wrong)), (EMERGENCY, claims["is_emergency"]))
    says = [_sentences(table, str(place[row]), int(day[row])) for row in rows.tolist()]
    return on_claims(facts, rows, says, spared=spared)


def _holds(table: Columns, place: Array, benefit: Array, day: Array) -> Array:
    """(n,) whether an agreement that covers the benefit, or all of them, holds on the day."""
    codes = Codes(zip(table["institution_id"].tolist(), table["covers"].tolist(), strict=True))
    every = np.full(len(place), "all", dtype=object)
    one, other = (
        is_open_on_day(
            codes.of_rows,
            table["valid_from"],
            table["valid_until"],
            codes.of(zip(place.tolist(), covered.tolist(), strict=True)),
            day,
        )
        for covered in (benefit, every)
    )
    return np.asarray(one | other)


def _sentences(table: Columns, place: str, day: int) -> tuple[str, str]:
    own = table["institution_id"] == place
    last = table["valid_until"][own]
    ended = last[(last != MISSING) & (last < day)]
    zh, en = f"就诊日 {to_day(day)} 无覆盖该待遇类别的有效协议", f"No agreement covered this benefit on {to_day(day)}"
    if not len(ended):
        return zh, en
    until = to_day(int(ended.max()))
    return f"{zh}，此前协议至 {until} 止", f"{en}; an earlier agreement ended on {until}"
