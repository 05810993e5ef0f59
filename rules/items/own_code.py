"""目录对照: what an institution bills against the national item that its own code is registered to, both ways."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from claims.lookup import is_given
from claims.masks import rows_where
from claims.tables import MISSING, Array
from rules.facts import MAPPED, Facts, pick
from rules.findings import nothing, on_claims
from rules.frame import HIGHLY, SLIGHTLY, Grade, Hits, rule
from rules.line_hits import Words, line_hits
from rules.numbers import Numbers
from rules.own_codes import OwnCodes

SOURCE = "闽劳社文〔2003〕344号（目录对应管理）"
COVERED, UNCOVERED = ("01", "02"), "03"


@rule(
    code="YC-MAPPING",
    name_zh="目录对照不符",
    name_en="Billed as another item than its own code is registered to",
    category="管理类",
    grade=HIGHLY,
    since="2021-05-01",
    source=f"{SOURCE}；医疗保障基金使用监督管理条例 第三十八条（四）串换药品、医用耗材、诊疗项目和服务设施",
    subject_kind="institution",
    touches=(MAPPED,),
)
def billed_as_another_item(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """The national item of a line is not what the register says that its own code stands for.

    What no catalogue covers, billed as something covered, drains the fund and is highly suspicious. What is covered,
    billed as something that is not, inflates the patient's share; it is slightly suspicious, as is any other
    difference, for a code may be registered late. A covered item of which nothing is paid under its own code is left to
    the limits of payment.
    """
    if (entries := facts.own_codes) is None:
        return nothing()
    # Under the registered item itself only a line that calls it uncovered can be wrong: mostly none is left.
    billed, said = facts.batch.lines["item_code"], facts.batch.lines["grade"]
    found = rows_where(entries.row >= 0)
    registered = entries.table["item_code"][entries.row[found]]
    found = found[(registered != billed[found]) | (said[found] == UNCOVERED)]
    if not len(found):
        return nothing()
    judged = _judged(facts, entries, found)
    rows = rows_where(judged.drains | judged.inflates | judged.differs)
    lines = facts.batch.lines
    says = [_sentences(facts, judged, row) for row in rows.tolist()]
    of_fund = np.where(lines["in_scope_fen"] == MISSING, lines["amount_fen"], lines["in_scope_fen"])
    amounts = np.where(judged.drains, of_fund[judged.line], lines["amount_fen"][judged.line])
    grades: list[Grade] = [HIGHLY if drains else SLIGHTLY for drains in judged.drains[rows].tolist()]
    return line_hits(facts, judged.line[rows], says, amounts[rows], grades)


@rule(
    code="YC-UNMAPPED",
    name_zh="院内目录未对照",
    name_en="Own code without a registered national item",
    category="管理类",
    grade=SLIGHTLY,
    since="2021-05-01",
    source=SOURCE,
    subject_kind="institution",
    touches=(MAPPED,),
)
def own_code_is_not_registered(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """Own codes of a claim have no entry on the day, though the institution has registered others.

    One reminder a claim, which holds no money against anybody. An institution that has registered none is not asked.
    """
    if (entries := facts.own_codes) is None:
        return nothing()
    lines = rows_where(entries.is_asked & (entries.row < 0))
    if not len(lines):
        return nothing()
    claims, first = np.unique(facts.claim_of_line[lines], return_index=True)
    own = facts.batch.lines["own_item_code"]
    says = [
        (
            f"院内目录对照不完整：{count} 条明细的院内编码当日无有效对照，如 {own[line]}",
            f"The register of own codes is incomplete: {count} lines without an entry on the day, such as {own[line]}",
        )
        for line, count in zip(lines[first].tolist(), _counts(facts.claim_of_line[lines], claims), strict=True)
    ]
    return on_claims(facts, claims, says, np.zeros(len(claims), dtype=np.int64))


def _counts(of_lines: Array, claims: Array) -> list[int]:
    return (np.searchsorted(of_lines, claims, side="right") - np.searchsorted(of_lines, claims)).tolist()  # type: ignore[no-any-return]


@dataclass(frozen=True)
class _Judged:
    """k lines with an entry.

    Attributes:
        line: (k,) rows of the lines.
        registered: (k,) the national item that their own code is registered to, None for one that no catalogue covers.
        named: (k,) its row in the catalogue, -1 none.
        drains, inflates, differs: (k,) what is wrong, at most one of them.
    """

    line: Array
    registered: Array
    named: Array
    drains: Array
    inflates: Array
    differs: Array


def _judged(facts: Facts, entries: OwnCodes, line: Array) -> _Judged:
    lines = facts.batch.lines
    registered = entries.table["item_code"][entries.row[line]]
    named = facts.rows_in_catalogue(registered, facts.line_day[line])
    grade_registered = pick(facts.context.catalogue["grade"], named, None)
    said, known = lines["grade"][line], facts.of_item("grade", None)[line]
    grade_billed = np.where(is_given(known), known, said)
    is_other = registered != lines["item_code"][line]
    pays = (lines["in_scope_fen"][line] != 0) & (lines["amount_fen"][line] > 0)
    has_no_item = ~is_given(registered) | (grade_registered == UNCOVERED)
    drains = is_other & has_no_item & np.isin(grade_billed.astype(str), COVERED) & pays
    is_alone = (grade_billed == UNCOVERED) | (said == UNCOVERED) | (is_other & (lines["in_scope_fen"][line] == 0))
    inflates = ~drains & np.isin(grade_registered.astype(str), COVERED) & is_alone & (lines["amount_fen"][line] > 0)
    differs = ~drains & ~inflates & is_other & pays
    return _Judged(line, registered, named, *(np.asarray(each, dtype=np.bool_) for each in (drains, inflates, differs)))


def _sentences(facts: Facts, judged: _Judged, row: int) -> Words:
    line, code = int(judged.line[row]), judged.registered[row]
    own, label = facts.batch.lines["own_item_code"][line], facts.item_label(line)
    billed = facts.batch.lines["item_code"][line]
    name = facts.context.catalogue["name"][judged.named[row]] if judged.named[row] >= 0 else None
    zh, en = (
        (f"“{name or code}”（{code}）", f"{name or code} ({code})") if code else ("目录外项目", "an uncovered item")
    )
    if judged.drains[row]:
        return (
            f"院内编码 {own} 登记为{zh}，不在医保支付范围，却按目录内“{label}”（{billed}）申报",
            f"Own code {own} is registered as {en}, which nobody covers, but was billed as covered {label} ({billed})",
        )
    if judged.inflates[row]:
        return (
            f"院内编码 {own} 已对照医保目录内{zh}，却按自费项目“{label}”（{billed}）收费，增加个人负担",
            f"Own code {own} is registered as covered {en}, but the patient pays {label} ({billed}) alone",
        )
    return (
        f"院内编码 {own} 登记对应{zh}，却按“{label}”（{billed}）申报",
        f"Own code {own} is registered as {en}, but was billed as {label} ({billed})",
    )
