"""药品限最大开药天数: one prescription supplies a drug for longer than a prescription may."""

from __future__ import annotations

import numpy as np

from claims.masks import is_any, rows_where
from claims.tables import Array
from features.doses import LABELLED, STATED, drug_lines
from features.items import line_items
from features.public_holidays import spring_festivals
from rules.exempt import LONG_PRESCRIPTION, TRAVEL_STOCK, WHOLE_PACKS, spare
from rules.facts import TAKEN_HOME, Facts
from rules.findings import nothing, on_lines
from rules.frame import HIGHLY, SLIGHTLY, Hits, rule
from rules.numbers import Numbers
from rules.words import yuan

_E4 = 10_000


@rule(
    code="GZ10000101009000",
    name_zh="药品限最大开药天数/开药量",
    name_en="Prescribed for too many days",
    category="政策类",
    grade=HIGHLY,
    since="2023-05-15",
    source="国家医保智能监管规则库 GZ10000101009000；长期处方管理规范（试行）国卫办医发〔2021〕17号",
    subject_kind="institution",
    numbers="prescription",
    touches=(TAKEN_HOME,),
)
def too_many_days(facts: Facts, numbers: Numbers) -> Hits:
    """A claim supplies one drug for more days than a prescription may, or an approved long prescription.

    Days are those that the line states or that its label gives; what people buy from their personal account is no
    prescription of the fund. More than twelve weeks are highly suspicious, less is a reminder.
    """
    own = facts.own_lines
    drugs, quantity = drug_lines(facts.visits.rows), facts.batch.lines["quantity_e4"]
    if drugs.days[own].sum() <= numbers["usual_days"].least:  # then no drug alone can pass it
        return nothing()
    is_told = (drugs.key[own] >= 0) & ((drugs.way[own] == STATED) | (drugs.way[own] == LABELLED)) & (quantity > 0)
    is_told &= (facts.batch.claims["benefit_kind"] != "personal_account")[facts.claim_of_line]
    told = rows_where(is_told & facts.is_judged)
    if drugs.days[own][told].sum() <= numbers["usual_days"].least:
        return nothing()
    lines, days, packs, money = _by_drug(facts, told)
    claim = facts.claim_of_line[lines]
    settled = facts.settled_day[claim]
    usual = numbers["usual_days"].on(settled)
    if not is_any(days > usual):
        return nothing()
    has_long, longest = facts.has_long_prescription[claim], numbers["long_days"].on(settled)
    allowed = np.where(has_long, longest, usual)
    found, spared = spare(
        rows_where(days > usual),
        claim,
        (LONG_PRESCRIPTION, has_long & (days <= longest)),
        (TRAVEL_STOCK, (days <= numbers["travel_days"].on(settled)) & _is_before_festival(settled, numbers)),
        (WHOLE_PACKS, days - days * _E4 // np.maximum(packs, _E4) < allowed),
    )
    excess = money[found] * (days[found] - allowed[found]) // np.maximum(days[found], 1)
    says = [
        (
            f"“{facts.item_label(line)}”本次开药 {given} 天用量，超过 {most} 天，超出部分 {yuan(fen)} 元",
            f"{facts.item_label(line)}: {given} days prescribed at once, {most} allowed, {yuan(fen)} yuan above",
        )
        for line, given, most, fen in zip(
            lines[found].tolist(), days[found].tolist(), allowed[found].tolist(), excess.tolist(), strict=True
        )
    ]
    grades = [HIGHLY if is_far else SLIGHTLY for is_far in (days[found] > longest[found]).tolist()]
    return on_lines(facts, lines[found], says, excess, grades, spared)


def _by_drug(facts: Facts, lines: Array) -> tuple[Array, Array, Array, Array]:
    """The first line of each item of each claim, with the days, packs and fen of all its lines."""
    item = line_items(facts.visits.rows)[0][facts.own_lines]
    width = int(item.max(initial=0)) + 1
    _, first, of = np.unique(facts.claim_of_line[lines] * width + item[lines], return_index=True, return_inverse=True)
    days = drug_lines(facts.visits.rows).days[facts.own_lines]
    columns = (days, facts.batch.lines["quantity_e4"], facts.batch.lines["amount_fen"])
    summed = np.zeros((3, len(first)), dtype=np.int64)
    for total, column in zip(summed, columns, strict=True):
        np.add.at(total, of, column[lines])
    return lines[first], summed[0], summed[1], summed[2]


def _is_before_festival(days: Array, numbers: Numbers) -> Array:
    festivals = spring_festivals()
    ahead = np.append(festivals, np.iinfo(np.int64).max)[np.searchsorted(festivals, days)] - days
    return np.asarray(ahead <= numbers["travel_begins_before_festival"].on(days))
