"""Drug lines as doses: which class, for how many days they last, and how that is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import cast

import numpy as np

from claims.clock import AREA_OFFSET_SECONDS, DAY
from claims.lookup import Codes
from claims.tables import Array, Columns, drug_class
from features.closed.asked import EVERYWHERE
from features.closed.search import Sheets, find, month_at
from features.closed.tables import DAYS, TABLES
from features.compiled import compiled
from features.in_force import rows_in_force
from features.items import line_items
from features.rows import Rows

LONGEST_STATED_DAYS = 200
"""A stated length above this is a typing error: the longest prescription is 84 days."""
FEWEST_LINES = 20
"""A class of which fewer lines stated their days has not been learned: one prescriber's habit would speak for all."""
E4 = 10_000

WAYS = ("unknown", "stated", "labelled", "learned")
UNKNOWN, STATED, LABELLED, LEARNED = range(len(WAYS))
"""How the days of a line are told, in the order of trust but for the first: as the source states them; by the contents
of a pack and the dose on the label; by the days that packs of the class last, as the months before had taught when the
line's own claim became known, so that a line keeps its days for ever."""

_DAYS, _WIDTH = TABLES.index(DAYS), len(DAYS.values)


@dataclass(frozen=True)
class DrugLines:
    """What the m lines of a frame are.

    Attributes:
        classes: number of the drug class, -1 for what is not a drug: the table's class, else the one in the code.
        texts: the class of each number.
        days: whole days that it lasts, zero where that cannot be told; reversal lines by their absolute quantity.
        way: how that is told, a place in `WAYS`.
        key: person * `width` + class, -1 for what is not a drug or was used up in a stay.
        width: one more than the highest class that was taken home.
    """

    classes: Array
    texts: list[str]
    days: Array
    way: Array
    key: Array
    width: int


def catalogue_rows(rows: Rows) -> Array:
    """For each line the row of the catalogue in force on the day of its claim, -1 where there is none."""
    return rows.once("lines", "catalogue", lambda: _catalogue_rows(rows))  # type: ignore[no-any-return]


def catalogue_codes(rows: Rows) -> Codes:
    """Numbers of the items that the frame's catalogue has."""
    return _catalogue(rows)[0]


def _catalogue_rows(rows: Rows) -> Array:
    whole = rows.whole
    if whole:
        return catalogue_rows(whole)[_last_lines(rows)]
    table, (item, item_codes) = rows.context.catalogue, line_items(rows)
    codes, _, _ = _catalogue(rows)
    return rows_in_force(
        codes.of_rows, table["valid_from"], table["valid_until"], codes.of(item_codes), item, rows.line_row,
        rows.claims["settled_at"], AREA_OFFSET_SECONDS, DAY,
    )  # fmt: skip


def _catalogue(rows: Rows) -> tuple[Codes, dict[object, int], list[int]]:
    """The item codes of the catalogue, the number of each drug class in it, and that of each row, -1 for none."""
    return rows.once_of_tables("catalogue", lambda: _look_through(rows.context.catalogue))  # type: ignore[no-any-return]


def _look_through(table: Columns) -> tuple[Codes, dict[object, int], list[int]]:
    number_of: dict[object, int] = {}
    return Codes(table["item_code"].tolist()), number_of, _numbers(table["drug_class"].tolist(), number_of)


def _numbers(classes: Sequence[object], number_of: dict[object, int]) -> list[int]:
    """The number of each class, -1 for None; new ones are added to those that are known."""
    for text in dict.fromkeys(classes):  # few beside the classes
        if text is not None:
            number_of.setdefault(text, len(number_of))
    return list(map(number_of.get, classes, repeat(-1)))


def line_class_texts(rows: Rows) -> tuple[Array, list[str]]:
    """The drug class of each line as in `DrugLines`, and the text of each number."""
    lines = drug_lines(rows)
    return lines.classes, lines.texts


def line_days(rows: Rows) -> Array:
    """The days of each line as in `DrugLines`."""
    return drug_lines(rows).days


def class_key(rows: Rows) -> Array:
    """The (patient, drug class) of each line as in `DrugLines`."""
    return drug_lines(rows).key


def drug_lines(rows: Rows) -> DrugLines:
    """What the lines of the frame are, told once."""
    return rows.once("lines", "drugs", lambda: _drug_lines(rows))  # type: ignore[no-any-return]


def _last_lines(rows: Rows) -> slice:
    """Where the lines of a frame stand among those of the whole one."""
    count = len(rows.line_row)
    return slice(-count, None) if count else slice(0)


def _drug_lines(rows: Rows) -> DrugLines:
    whole = rows.whole
    if whole:
        told, some = drug_lines(whole), _last_lines(rows)
        return replace(told, classes=told.classes[some], days=told.days[some], way=told.way[some], key=told.key[some])
    (item, codes), table, tables = line_items(rows), rows.context.catalogue, rows.closed
    _, known, of_rows = _catalogue(rows)
    number_of = dict(known)
    of_items = _numbers(list(map(drug_class, cast("dict[str, int]", codes))), number_of)
    classes = np.array(of_items + of_rows, dtype=np.int64)
    kinds, kind_codes = rows.numbers("benefit_kind")
    found, days, way, key, width = judge(
        item, catalogue_rows(rows), classes, len(codes), rows.lines["days_of_supply"], rows.lines["quantity_e4"],
        table["units_per_pack_e4"], table["units_per_day_e4"], rows.line_row, kinds, kind_codes.get("inpatient", -2),
        rows.keys("patient"), LONGEST_STATED_DAYS, rows.claims["known_at"], tables.page(DAYS, EVERYWHERE),
        _members(rows, number_of, known), FEWEST_LINES, *tables.sheets,
    )  # fmt: skip
    return DrugLines(found, [str(text) for text in number_of], days, way, key, width)


def _members(rows: Rows, number_of: Mapping[object, int], known: Mapping[object, int]) -> Array:
    """The members of learned tables for some classes, of which the `known` ones of the catalogue come first."""
    if len(number_of) > len(known):
        return rows.closed.members(number_of)
    return rows.once_of_tables("members", lambda: rows.closed.members(known))  # type: ignore[no-any-return]


@compiled
def judge(
    item: Array, row: Array, classes: Array, items: int, stated: Array, quantity: Array, pack: Array, daily: Array,
    line_row: Array, kind: Array, inpatient: int, person: Array, longest: int, known_at: Array, page: int,
    member: Array, fewest: int, *pages: Array,
) -> tuple[Array, Array, Array, Array, int]:  # fmt: skip
    """Class, days, way and key of each line, and the width of the keys, see `DrugLines`.

    Args:
        item: m lines, items.
        row: m lines, rows of the catalogue or -1.
        classes: the class in the code of each of `items` items, and after them that of each row of the catalogue.
        items: how many items.
        stated: m lines, days as stated; above `longest` they are not believed.
        quantity: m lines, packs in ten-thousandths.
        pack: units in a pack of each row of the catalogue, in ten-thousandths.
        daily: units of a day of each row, likewise.
        line_row: m lines, claims.
        kind: the benefit of each claim; what `inpatient` pays is not taken home.
        inpatient: number of the benefit.
        person: the person of each claim.
        longest: days.
        known_at: of each claim, seconds.
        page: the page of `DAYS`.
        member: its member of each class.
        fewest: from how many lines on it is believed.
        *pages: the arrays of `Sheets`.
    """
    sheets = Sheets(*pages)
    found, days, way = np.full(item.size, -1, np.int64), np.zeros(item.size, np.int64), np.full(item.size, UNKNOWN)
    width = 1
    for line in range(item.size):
        at = row[line]
        of = classes[items + at] if at >= 0 else -1
        found[line] = of if of >= 0 else classes[item[line]]
        if kind[line_row[line]] != inpatient:
            width = max(width, found[line] + 1)
        if 1 <= stated[line] <= longest:
            days[line], way[line] = stated[line], STATED
        elif at >= 0 and pack[at] > 0 and daily[at] > 0:
            days[line], way[line] = abs(quantity[line]) * pack[at] // (daily[at] * E4), LABELLED
        elif found[line] >= 0:
            of_pack = _days_of_pack(sheets, known_at[line_row[line]], page, member[found[line]], fewest)
            if of_pack > 0:
                days[line], way[line] = (abs(quantity[line]) * of_pack + E4 * E4 // 2) // (E4 * E4), LEARNED
    key = np.full(item.size, -1, np.int64)
    for line in range(item.size):
        of = line_row[line]
        if found[line] >= 0 and kind[of] != inpatient and person[of] >= 0:
            key[line] = person[of] * width + found[line]
    return found, days, way, key, width


@compiled
def _days_of_pack(sheets: Sheets, known_at: int, page: int, member: int, fewest: int) -> int:
    """The learned days of one pack of a class in ten-thousandths, as they stood at a moment; 0 where there are none."""
    found = find(sheets, month_at(sheets, _DAYS, known_at), page, member, _WIDTH)
    return int(sheets.values[found + 1]) if sheets.values[found] >= fewest else 0
