"""The lines of a claim against the label and the price ceiling: how long and how that is known, packs, dose, price."""

from __future__ import annotations

import numpy as np

from claims.tables import Array
from features.asked import places_of
from features.compiled import compiled
from features.doses import E4, LONGEST_STATED_DAYS, WAYS, catalogue_rows, drug_lines
from features.rows import Rows

LABELS = (
    "lines_count", "resale_amount", "largest_line_days", "packs_of_one_class", "dose_against_label",
    "price_against_ceiling", *(f"{way}_supply_lines" for way in WAYS),
)  # fmt: skip
"""What `read_lines` tells, in the order of its rows."""


def read_labels(rows: Rows) -> Array:
    """The rows of `LABELS` for the n asked claims (10, n)."""
    lines, table, drugs = rows.lines, rows.context.catalogue, drug_lines(rows)
    return read_lines(
        rows.at, len(rows.is_settlement), rows.line_row, drugs.key >= 0, drugs.classes, len(drugs.texts),
        drugs.days, drugs.way, lines["days_of_supply"], lines["quantity_e4"],
        lines["unit_price_micro_yuan"], lines["price_ceiling_micro_yuan"], lines["amount_fen"], catalogue_rows(rows),
        table["is_resale_prone"], table["units_per_pack_e4"], table["units_per_day_e4"],
        table["price_ceiling_micro_yuan"], E4, LONGEST_STATED_DAYS,
    )  # fmt: skip


@compiled
def read_lines(
    at: Array, size: int, line_row: Array, is_taken_home: Array, drug_class: Array, classes: int,
    days: Array, way: Array, stated: Array, quantity: Array,
    price: Array, ceiling: Array, amount: Array, catalogue: Array,
    is_resale: Array, pack: Array, daily: Array, listed_ceiling: Array, e4: int, longest: int,
) -> Array:  # fmt: skip
    """What the lines of the asked claims say together.

    Args:
        at: n asked claims among `size`.
        size: m, how many claims.
        line_row: (l,) the claim of each line, rising.
        is_taken_home: (l,) whether it is a drug that was not used up in a stay.
        drug_class: (l,) number of the drug class below `classes`.
        classes: how many classes.
        days: (l,) days that the line lasts, zero where that is not known.
        way: (l,) how that is known, a place in `WAYS`.
        stated: (l,) days as the source states them; above `longest` they are not believed.
        quantity: (l,) packs in units of 1 / `e4`.
        price: (l,) unit price, millionths of a yuan.
        ceiling: (l,) the highest permitted one as the source says.
        amount: (l,) fen.
        catalogue: (l,) rows of the catalogue or -1.
        is_resale: whether each row of the catalogue is of high resale demand.
        pack: units in a pack of each row of the catalogue, in 1 / `e4`.
        daily: units of a day of each row, in 1 / `e4`.
        listed_ceiling: highest permitted unit price of each row.
        e4: ten thousand.
        longest: days.

    Returns:
        (10, n) float64. Lines; fen of resale-prone drugs; days of the longest drug line; packs of the class of which
        the claim has most; largest daily dose in labelled doses (days by the label divided by days as stated), zero
        where no line states its days and has a label; largest unit price divided by its ceiling, the line's own or the
        catalogue's, zero without; drug lines by how their days are known.
    """
    out, place = np.zeros((len(LABELS), at.size)), places_of(at, size)
    for line in range(line_row.size):
        claim, item = place[line_row[line]], catalogue[line]
        if claim < 0:
            continue
        out[0, claim] += 1
        out[1, claim] += amount[line] if item >= 0 and is_resale[item] else 0
        limit = listed_ceiling[item] if ceiling[line] <= 0 and item >= 0 else ceiling[line]
        if limit > 0:
            out[5, claim] = max(out[5, claim], price[line] / limit)
        if is_taken_home[line]:
            out[6 + way[line], claim] += 1
            out[2, claim] = max(out[2, claim], days[line])
            if item >= 0 and 1 <= stated[line] <= longest:
                dose = _dose(quantity[line], pack[item], daily[item], stated[line], e4)
                out[4, claim] = max(out[4, claim], dose)
    packs = _most_of_one_class(line_row, np.where(is_taken_home, drug_class, -1), classes, quantity, size)
    out[3] = packs[at] / e4
    return out


@compiled
def _dose(quantity: int, pack: int, daily: int, stated: int, e4: int) -> float:
    """Labelled doses taken a day, zero where the label does not say what is in a pack or in a dose."""
    return quantity * pack / (daily * e4 * stated) if quantity > 0 and pack > 0 and daily > 0 else 0.0


@compiled
def _most_of_one_class(line_row: Array, drug_class: Array, classes: int, quantity: Array, size: int) -> Array:
    """The largest quantity of one class on each of `size` claims, zero without; the lines of a claim lie together."""
    most, sums, owner = np.zeros(size, np.int64), np.zeros(classes, np.int64), np.full(classes, -1, np.int64)
    begin = 0
    for line in range(line_row.size):
        of = drug_class[line]
        if of >= 0:
            if owner[of] != line_row[line]:
                owner[of], sums[of] = line_row[line], 0
            sums[of] += quantity[line]
        if line + 1 == line_row.size or line_row[line + 1] != line_row[line]:
            for one in range(begin, line + 1):  # when all are summed up: a line may take back what another gave
                if drug_class[one] >= 0:
                    most[line_row[line]] = max(most[line_row[line]], sums[drug_class[one]])
            begin = line + 1
    return most
