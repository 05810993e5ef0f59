"""Drug lines as doses: which class, and for how many days they last."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from claims.clock import area_day
from claims.lookup import Codes, row_on_day
from claims.tables import MISSING, Array, drug_class_of
from features.items import line_items
from features.rows import TAKEN_BACK, Rows, number, pair_up

LONGEST_STATED_DAYS = 200
"""A stated length above this is a typing error: the longest prescription is 84 days."""
E4 = 10_000


@dataclass(frozen=True)
class Doses:
    """Days of supply that came or were taken back, m rows.

    Attributes:
        key: number of (patient, drug class).
        s: time of the purchase; a refund counts at the purchase that it takes back.
        order: from which order on it is known.
        days: days of supply, negative for a refund; zero where the length is not known.
        line: the line bought, so that a refund finds its purchase.
        row: the claim of the purchase.
    """

    key: Array
    s: Array
    order: Array
    days: Array
    line: Array
    row: Array


def catalogue_rows(rows: Rows) -> Array:
    """For each line the row of the catalogue in force on the day of its claim, -1 where there is none."""
    return rows.once("lines", "catalogue", lambda: _catalogue_rows(rows))  # type: ignore[no-any-return]


def _catalogue_rows(rows: Rows) -> Array:
    table, day = rows.context.catalogue, area_day(rows.claims["settled_at"])[rows.line_row]
    codes, (items, item_codes) = Codes(table["item_code"].tolist()), line_items(rows)
    asked = codes.of(item_codes)[items] if item_codes else items
    return row_on_day(codes.of_rows, table["valid_from"], table["valid_until"], asked, day)


def of_catalogue(rows: Rows, column: str, otherwise: object) -> Array:
    """A column of the catalogue for each line, `otherwise` where the item has no row."""
    place, values = catalogue_rows(rows), rows.context.catalogue[column]
    if not len(values):
        return np.full(len(place), otherwise, dtype=values.dtype)
    return np.where(place >= 0, values[place], otherwise)  # type: ignore[call-overload, no-any-return]


def is_resale_prone(rows: Rows) -> Array:
    """Which lines are drugs on the area's list of high resale demand."""
    return rows.once("lines", "resale", lambda: of_catalogue(rows, "is_resale_prone", False).astype(np.bool_))  # type: ignore[no-any-return]


def line_class(rows: Rows) -> Array:
    """The drug class of each line as a number, -1 for what is not a drug: the table's, else the one in the code."""
    return line_class_texts(rows)[0]


def line_class_texts(rows: Rows) -> tuple[Array, list[str]]:
    """As `line_class`, and the text of each number."""
    return rows.once("lines", "class", lambda: _line_class(rows))  # type: ignore[no-any-return]


def _line_class(rows: Rows) -> tuple[Array, list[str]]:
    items, codes = line_items(rows)
    if not len(items):
        return items, []
    stated = rows.context.catalogue["drug_class"]
    classes, texts = number(np.concatenate([drug_class_of(np.array(list(codes), dtype=object)), stated]))
    named = [str(text) for text in texts]
    inside, place = classes[: len(codes)][items], catalogue_rows(rows)
    if not len(stated):
        return inside, named
    by_table = np.where(place >= 0, classes[len(codes) :][place], -1)
    return np.where(by_table >= 0, by_table, inside), named


def line_days(rows: Rows) -> Array:
    """Whole days that each line lasts, zero where that cannot be told; reversal lines by their absolute quantity."""
    return rows.once("lines", "days", lambda: _line_days(rows))  # type: ignore[no-any-return]


def _line_days(rows: Rows) -> Array:
    stated = rows.lines["days_of_supply"]
    pack, daily = of_catalogue(rows, "units_per_pack_e4", MISSING), of_catalogue(rows, "units_per_day_e4", MISSING)
    known = (pack > 0) & (daily > 0)
    quantity = np.abs(rows.lines["quantity_e4"])
    reckoned = quantity * np.where(known, pack, 0) // (np.where(known, daily, 1) * E4)
    return np.where((stated >= 1) & (stated <= LONGEST_STATED_DAYS), stated, reckoned)


def class_key(rows: Rows) -> Array:
    """The (patient, drug class) of each line as a number, -1 for what is not a drug or was used up in a stay."""
    return rows.once("lines", "class key", lambda: _class_key(rows))  # type: ignore[no-any-return]


def _class_key(rows: Rows) -> Array:
    return pair_up(rows.keys("patient")[rows.line_row], _class_at_home(rows))


def _class_at_home(rows: Rows) -> Array:
    kinds, codes = rows.numbers("benefit_kind")
    return np.where(kinds[rows.line_row] != codes.get("inpatient", -2), line_class(rows), -1)


def class_width(rows: Rows) -> int:
    """The key of a person's class is person * width + class."""
    return int(_class_at_home(rows).max(initial=0)) + 1


def doses(rows: Rows) -> Doses:
    """The doses of all drug lines, refunds included, sorted by (key, s, order)."""
    return rows.once("lines", "doses", lambda: _doses(rows))  # type: ignore[no-any-return]


def _doses(rows: Rows) -> Doses:
    key, days, order, s = class_key(rows), line_days(rows), rows.claims["recorded_order"], rows.claims["settled_at"]
    bought = np.flatnonzero((key >= 0) & rows.is_settlement[rows.line_row])
    lines, back_days, known_from = _taken_back(rows)
    line = np.concatenate([bought, lines])
    row = rows.line_row[line]
    result = Doses(
        key[line], s[row], np.concatenate([order[rows.line_row[bought]], known_from]),
        np.concatenate([days[bought], -back_days]), line, row,
    )  # fmt: skip
    by_time = np.lexsort((result.order, result.s, result.key))
    return Doses(*(getattr(result, name)[by_time] for name in ("key", "s", "order", "days", "line", "row")))


def _taken_back(rows: Rows) -> tuple[Array, Array, Array]:
    """Refunded lines: the line bought, the days that went back with it, and from which order on that is known."""
    events = rows.events
    back = np.flatnonzero(events.kind == TAKEN_BACK)
    if not len(back):
        nothing = np.empty(0, dtype=np.int64)
        return nothing, nothing, nothing
    first = np.searchsorted(rows.line_row, np.arange(len(rows.is_settlement) + 1))
    found = [
        (line, days, int(events.order[event]))
        for event in back.tolist()
        for line, days in _lines_of_refund(rows, first, int(events.row[event]), int(events.subject[event]))
    ]
    lines, days, order = (
        np.array(column, dtype=np.int64) for column in (zip(*found, strict=True) if found else ((),) * 3)
    )
    return lines, days, order


def _lines_of_refund(rows: Rows, first: Array, reversal: int, original: int) -> list[tuple[int, int]]:
    key, days, quantity = class_key(rows), line_days(rows), rows.lines["quantity_e4"]
    bought = [line for line in range(first[original], first[original + 1]) if key[line] >= 0]
    refunds = range(first[reversal], first[reversal + 1])
    total = rows.claims["total_fen"]
    if not len(refunds):  # only a whole refund tells what went back without naming lines
        return [(line, int(days[line])) for line in bought] if total[reversal] == -total[original] else []
    pairs = ((_line_meant(rows, bought, refund), refund) for refund in refunds)
    return [
        (line, int(days[line]) * min(abs(int(quantity[refund])), int(quantity[line])) // int(quantity[line]))
        for line, refund in pairs
        if line is not None and quantity[line] > 0
    ]


def _line_meant(rows: Rows, bought: list[int], refund: int) -> int | None:
    """The bought line that a refund line names by its id, else the first of the same item."""
    named, item = rows.lines["reverses_line_id"][refund], rows.lines["item_code"][refund]
    ids, items = rows.lines["line_id"], rows.lines["item_code"]
    by_id = [line for line in bought if named is not None and ids[line] == named]
    by_item = [line for line in bought if named is None and items[line] == item]
    return next(iter(by_id or by_item), None)
