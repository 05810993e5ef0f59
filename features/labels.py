"""The lines of a claim against the label and the price ceiling: how long, how many packs, how much a day, how dear."""

from __future__ import annotations

import numpy as np

from claims.tables import MISSING, Array
from features.doses import E4, LONGEST_STATED_DAYS, class_key, line_days, of_catalogue
from features.rows import Rows


def largest_line_days(rows: Rows) -> Array:
    """Days that the longest-lasting drug line of each claim lasts, zero where none is known (m,)."""
    return _largest(rows, np.where(class_key(rows) >= 0, line_days(rows), 0).astype(np.float64))


def packs_of_one_class(rows: Rows) -> Array:
    """Packs of the drug class of which each claim has most (m,)."""
    keys = class_key(rows)
    lines = np.flatnonzero(keys >= 0)
    width = int(keys.max(initial=0)) + 1
    pairs, pair_of = np.unique(rows.line_row[lines] * width + keys[lines], return_inverse=True)
    packs = np.zeros(len(pairs), dtype=np.int64)
    np.add.at(packs, pair_of.ravel(), rows.lines["quantity_e4"][lines])
    out = np.zeros(len(rows.is_settlement))
    np.maximum.at(out, pairs // width, packs / E4)
    return out


def dose_against_label(rows: Rows) -> Array:
    """Largest daily dose on each claim in labelled doses: days by the label divided by days as stated (m,).

    Zero where no line states its days and has a label in the catalogue.
    """
    stated, quantity = rows.lines["days_of_supply"], rows.lines["quantity_e4"]
    pack, daily = of_catalogue(rows, "units_per_pack_e4", MISSING), of_catalogue(rows, "units_per_day_e4", MISSING)
    known = (stated >= 1) & (stated <= LONGEST_STATED_DAYS) & (pack > 0) & (daily > 0) & (quantity > 0)
    known &= class_key(rows) >= 0
    above, below = np.where(known, quantity * pack, 0), np.where(known, daily * E4 * stated, 1)
    return _largest(rows, above / below)


def price_against_ceiling(rows: Rows) -> Array:
    """Largest unit price on each claim divided by its ceiling, the line's own or the catalogue's; zero without (m,)."""
    ceiling = rows.lines["price_ceiling_micro_yuan"]
    ceiling = np.where(ceiling > 0, ceiling, of_catalogue(rows, "price_ceiling_micro_yuan", MISSING))
    known = ceiling > 0
    return _largest(rows, np.where(known, rows.lines["unit_price_micro_yuan"], 0) / np.where(known, ceiling, 1))


def _largest(rows: Rows, of_lines: Array) -> Array:
    out = np.zeros(len(rows.is_settlement))
    np.maximum.at(out, rows.line_row, of_lines)
    return out
