"""Which drug lines came back with a refund, and how many of their days."""

from __future__ import annotations

import numpy as np

from claims.lazy import coded
from claims.tables import Array
from features.compiled import compiled
from features.doses import drug_lines
from features.items import line_items
from features.past import events_of_kind
from features.rows import TAKEN_BACK, Rows


def lines_taken_back(rows: Rows) -> tuple[Array, Array, Array] | None:
    """Refunded lines: the line bought, the days that went back (negative), and from which order on that is known."""
    events, drugs = rows.events, drug_lines(rows)
    back = events_of_kind(events, TAKEN_BACK)
    if not len(back):
        return None
    named, own = _names(rows, events.subject[back])
    return refunded(
        events.row[back], events.subject[back], events.order[back], rows.line_row, drugs.key, drugs.days,
        rows.lines["quantity_e4"], line_items(rows)[0], named, own, rows.claims["total_fen"],
    )  # fmt: skip


def _names(rows: Rows, originals: Array) -> tuple[Array, Array]:
    """Which line each line takes back, and which each one of the originals is, as numbers, -1 for nothing (m,)."""
    named = coded(rows.lines, "reverses_line_id")
    own = np.full(len(named.codes), -1, dtype=np.int64)
    if len(named.texts):
        number = {text: place for place, text in enumerate(named.texts)}
        is_original = np.zeros(len(rows.is_settlement), dtype=np.bool_)
        is_original[originals] = True
        lines = np.flatnonzero(is_original[rows.line_row])
        own[lines] = [number.get(name, -1) for name in rows.lines["line_id"][lines].tolist()]
    return named.codes, own


@compiled
def refunded(
    reversal: Array, original: Array, order: Array, line_row: Array, key: Array, days: Array, quantity: Array,
    item: Array, named: Array, own: Array, total: Array,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """The lines that came back, see `lines_taken_back`; a refund without lines says what went back only if it is whole.

    Args:
        reversal: m refunds, claims.
        original: m refunds, the settlements taken back.
        order: m refunds, from which order on each is known.
        line_row: the claim of each line.
        key: below zero for lines that do not count.
        days: days of each line.
        quantity: packs of each line.
        item: the item of each line.
        named: the number of the line that each line takes back, -1 where it names none.
        own: the number that the line itself has among those.
        total: fen of each claim.
    """
    first = np.searchsorted(line_row, np.stack((reversal, original)))
    most = 0
    for refund in range(reversal.size):
        most += _lines_from(line_row, first[0, refund]) + _lines_from(line_row, first[1, refund])
    line, back, known = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    count = 0
    for refund in range(reversal.size):
        lines, bought = first[0, refund], first[1, refund]
        has_lines = lines < line_row.size and line_row[lines] == reversal[refund]
        if not has_lines and total[reversal[refund]] == -total[original[refund]]:
            while bought < line_row.size and line_row[bought] == original[refund]:
                if key[bought] >= 0:
                    line[count], back[count], known[count] = bought, -days[bought], order[refund]
                    count += 1
                bought += 1
        while lines < line_row.size and line_row[lines] == reversal[refund]:
            meant = _line_meant(lines, bought, original[refund], line_row, key, item, named, own)
            if meant >= 0 and quantity[meant] > 0:
                part = min(abs(quantity[lines]), quantity[meant])
                line[count], back[count] = meant, -(days[meant] * part // quantity[meant])
                known[count] = order[refund]
                count += 1
            lines += 1
    return line[:count], back[:count], known[:count]


@compiled
def _lines_from(line_row: Array, first: int) -> int:
    """How many lines the claim of line `first` has from there on."""
    end = first
    while end < line_row.size and line_row[end] == line_row[first]:
        end += 1
    return end - first


@compiled
def _line_meant(
    refund: int, first: int, original: int, line_row: Array, key: Array, item: Array, named: Array, own: Array
) -> int:
    """The bought line that a refund line names, else the first of the same item, -1 without one."""
    line = first
    while line < line_row.size and line_row[line] == original:
        is_meant = own[line] == named[refund] if named[refund] >= 0 else item[line] == item[refund]
        if key[line] >= 0 and is_meant:
            return line
        line += 1
    return -1
