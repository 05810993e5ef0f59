"""重复收费: a service is billed beside a larger one that already contains it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from claims.clock import AREA_OFFSET_SECONDS, DAY, HOUR
from claims.lookup import Codes, holds_on
from claims.masks import is_any, rows_where
from claims.tables import MISSING, Array, Columns
from rules.facts import Facts
from rules.frame import DEFINITE, HIGHLY, Grade, Hits, rule
from rules.knowledge.kinds import ITEM_GOODS, ITEM_PAIR
from rules.knowledge.words import window_words
from rules.known import matches
from rules.line_hits import is_paid, line_hits
from rules.national_rule import national
from rules.numbers import Numbers
from rules.pairs import in_scope
from rules.past_lines import PastLines


@rule(
    code="GZ10000102012000",
    name_zh="医疗服务项目重复收费",
    name_en="Service contained in another one",
    category="政策类",
    grade=DEFINITE,
    since="2023-05-15",
    source="国家医保智能监管规则库 GZ10000102012000；“两库”第七批知识点（2025-12-12 公布）",
    subject_kind="institution",
    needs=(ITEM_PAIR,),
)
def contained_item_billed_too(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001  # every check has this shape
    """A contained service is billed by the institution in the window that the table names, for the same person.

    Where hours decide, a time may be that of the entry; and where the larger service came later than the contained
    one, its own line is right but for the sum: in both cases a person looks. A line of a stay without its own time
    is compared within the visit only.
    """
    return _billed_twice(facts, ITEM_PAIR, DEFINITE)


@national("YC-CONTAINED", grade=HIGHLY, needs=(ITEM_GOODS,))
def contained_consumable_billed_too(facts: Facts, numbers: Numbers) -> Hits:  # noqa: ARG001
    """A consumable is billed in the visit or on the day of a service whose price includes it; a person looks."""
    return _billed_twice(facts, ITEM_GOODS, HIGHLY)


def _billed_twice(facts: Facts, kind: str, surest: Grade) -> Hits:
    if not is_any(_own_items(facts, kind)):
        return line_hits(facts, np.empty(0, dtype=np.int64), [])
    found = _one_a_line(_doubles(facts, kind))
    found = found.where(is_paid(facts, found.line))
    table, lines = facts.known.table, facts.batch.lines["amount_fen"]
    amounts = np.where(found.is_contained, lines[found.line], np.minimum(lines[found.line], found.other_fen))
    says = [
        _words(table, row, contained) for row, contained in zip(found.row.tolist(), found.is_contained, strict=True)
    ]
    grades = [surest if is_sure else HIGHLY for is_sure in found.is_sure.tolist()]
    return line_hits(facts, found.line, says, amounts, grades)


@dataclass(frozen=True)
class _Doubles:
    """d lines of the batch that bill something twice.

    Attributes:
        line: (d,) rows of the batch's lines.
        row: (d,) rows of the knowledge table.
        is_contained: (d,) whether the line is the contained service, else the larger one.
        is_sure: (d,) whether nothing is left open.
        other_fen: (d,) amount of the other line of the pair.
    """

    line: Array
    row: Array
    is_contained: Array
    is_sure: Array
    other_fen: Array

    def where(self, chosen: Array) -> _Doubles:
        return _Doubles(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


def _own_items(facts: Facts, kind: str) -> Array:
    """Which lines of the batch are in any pair."""
    known = facts.known
    rows = known.rows_of(kind)
    in_pairs = np.zeros(len(known.codes.of_rows) + 1, dtype=np.bool_)
    in_pairs[known.items[rows]] = True
    in_pairs[known.numbers_of(known.table["other_code"][rows])] = True
    in_pairs[-1] = False  # an item of which nothing is known
    return np.asarray(in_pairs[facts.known_items])


def _doubles(facts: Facts, kind: str) -> _Doubles:
    lines, table = facts.past_lines, facts.known.table
    larger, contained, row = _pairs(facts, lines, kind)
    per, length = table["per"][row], table["per_length"][row]
    fits = np.select(
        [per == "visit", per == "day", per == "hour", per == "hours"],
        [
            np.ones(len(row), dtype=np.bool_),
            lines.is_day_known[larger] & lines.is_day_known[contained],
            _timed(lines, larger, contained) & (lines.moment[larger] // HOUR == lines.moment[contained] // HOUR),
            _timed(lines, larger, contained)
            & (np.abs(lines.moment[larger] - lines.moment[contained]) <= np.where(per == "hours", length, 0) * HOUR),
        ],
        default=False,
    )
    is_contained = lines.order[contained] >= lines.order[larger]
    line, other = np.where(is_contained, contained, larger), np.where(is_contained, larger, contained)
    stands = (lines.gone_from[other] > lines.order[line]) & (lines.quantity[line] > 0) & (lines.quantity[other] > 0)
    valid = holds_on(table["valid_from"][row], table["valid_until"][row], lines.day[line])
    chosen = rows_where(fits & stands & valid & (lines.batch_line[line] >= 0))
    is_sure = is_contained & np.isin(per.astype(str), ("day", "visit"))
    other_fen = lines.past.lines["amount_fen"][lines.row[other]]
    return _Doubles(lines.batch_line[line], row, is_contained, is_sure, other_fen).where(chosen)


def _pairs(facts: Facts, lines: PastLines, kind: str) -> tuple[Array, Array, Array]:
    """Larger and contained lines of one person and institution, of one day or one visit, and the row of their point."""
    known = facts.known
    rows = known.rows_of(kind)
    rows = rows[np.argsort(known.items[rows], kind="stable")]
    larger, place = matches(known.items[rows], lines.item)
    row = rows[place]
    wanted = known.numbers_of(known.table["other_code"][row])
    of_visit = known.table["per"][row] == "visit"
    day = Codes(zip(lines.place.tolist(), lines.day.tolist(), strict=True)).of_rows
    found = [
        (larger[of_scope][at], contained, row[of_scope][at])
        for scope, of_scope in ((lines.visit, of_visit), (day, ~of_visit))
        for at, contained in [in_scope(scope, lines.item, scope[larger[of_scope]], wanted[of_scope])]
    ]
    pairs = [np.concatenate(parts) for parts in zip(*found, strict=True)]
    return pairs[0], pairs[1], pairs[2]


def _timed(lines: PastLines, *both: Array) -> Array:
    """Whether both lines have a time of day; midnight is what a day without a time looks like."""
    timed = (lines.moment != MISSING) & ((lines.moment + AREA_OFFSET_SECONDS) % DAY != 0)
    return np.asarray(timed[both[0]] & timed[both[1]])


def _one_a_line(found: _Doubles) -> _Doubles:
    """For each line the surest pair, of several the first of the table."""
    order = np.lexsort((found.row, ~found.is_sure, found.line))
    first = np.append(True, found.line[order][1:] != found.line[order][:-1])[: len(order)]
    return found.where(order[first])


def _words(table: Columns, row: int, is_contained: bool) -> tuple[str, str]:
    length = int(table["per_length"][row])
    zh, en = window_words(table["per"][row], length)
    larger, contained = table["item_name"][row], table["other_name"][row] or table["other_code"][row]
    if is_contained:
        return f"“{contained}”已包含在{zh}收取的“{larger}”中", f"{contained} is part of {larger}, billed {en}"
    return (
        f"“{larger}”包含{zh}已收取的“{contained}”",
        f"{larger} contains {contained}, which was billed before {en}",
    )
