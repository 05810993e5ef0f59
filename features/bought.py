"""What came into a person's medicine chest and what went back: the doses of drug lines in order of time."""

from __future__ import annotations

import numpy as np

from claims.tables import Array
from features.compiled import compiled
from features.doses import drug_lines
from features.refunded import lines_taken_back
from features.rows import Rows
from features.sorting import by_number, by_time

KEY, S, ORDER, DAYS, LINE, ROW = range(6)
"""Columns of doses: number of (patient, drug class), see `DrugLines`; time of the purchase, at which a refund counts
too; from which order on it is known; days of supply, negative for a refund, zero where the length is not known; the
line bought, so that a refund finds its purchase; the claim of the purchase."""


def doses(rows: Rows) -> Array:
    """The doses of all drug lines that were taken home, refunds included, sorted by (key, s, order) (m, 6) int64."""
    return rows.once("lines", "doses", lambda: _doses(rows))  # type: ignore[no-any-return]


def _doses(rows: Rows) -> Array:
    drugs, claims, (person, persons) = drug_lines(rows), rows.claims, rows.numbers("patient_id")
    line, days, order = bought_lines(drugs.key, drugs.days, rows.line_row, rows.is_settlement, claims["recorded_order"])
    back = lines_taken_back(rows)
    if back is not None:
        line, days, order = (np.concatenate([came, went]) for came, went in zip((line, days, order), back, strict=True))
    return in_time(
        by_number(order), line, days, order, drugs.key, drugs.classes, drugs.width, rows.line_row, person, len(persons),
        claims["settled_at"],
    )  # fmt: skip


@compiled
def bought_lines(
    key: Array, days: Array, line_row: Array, is_settlement: Array, order: Array
) -> tuple[Array, Array, Array]:
    """The lines of settlements that have a key, the days of each and its recorded order."""
    line = np.empty(key.size, np.int64)
    count = 0
    for place in range(key.size):
        if key[place] >= 0 and is_settlement[line_row[place]]:
            line[count] = place
            count += 1
    line = line[:count].copy()
    return line, days[line], order[line_row[line]]


@compiled
def in_time(
    places: Array, line: Array, days: Array, order: Array, key: Array, classes: Array, width: int, line_row: Array,
    person: Array, persons: int, s: Array,
) -> Array:  # fmt: skip
    """The sorted doses from doses in any order, of which `places` says the order of `order`.

    Persons and classes are few beside the doses, so that counting them sorts in no time.

    Args:
        places: m places.
        line: m doses, the lines bought.
        days: m doses, days.
        order: m doses, recorded orders.
        key: the key of each line, which rises with (person, class).
        classes: the class of each line, below `width`.
        width: one more than the highest class.
        line_row: the claim of each line.
        person: the person of each claim.
        persons: how many persons.
        s: the time of each claim.
    """
    row = line_row[line]
    places = _counted(places, classes[line], width)
    if persons > 1:
        places = _counted(places, person[row], persons)
    of = key[line]
    by_time(places, of[places], s[row[places]], order[places])  # the places move, what they are sorted by is let go
    out = np.empty((places.size, 6), np.int64)
    for dose in range(places.size):
        place = places[dose]
        out[dose, KEY], out[dose, S], out[dose, ORDER] = of[place], s[row[place]], order[place]
        out[dose, DAYS], out[dose, LINE], out[dose, ROW] = days[place], line[place], row[place]
    return out


@compiled
def _counted(places: Array, numbers: Array, size: int) -> Array:
    """The places sorted by their numbers, which are below `size`; equal ones keep their order."""
    first, out = np.zeros(size + 1, np.int64), np.empty(places.size, np.int64)
    for number in numbers:
        first[number + 1] += 1
    for number in range(size):
        first[number + 1] += first[number]
    for place in places:
        out[first[numbers[place]]] = place
        first[numbers[place]] += 1
    return out
