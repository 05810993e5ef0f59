"""How well the drugs of a claim fit its diagnoses, as three months of claims of everybody taught."""

from __future__ import annotations

import numpy as np

from claims.tables import Array
from features.asked import begins, places_of
from features.closed.asked import EVERYWHERE, diagnoses
from features.closed.search import Sheets, find, month_at
from features.closed.smooth import smoothed_chance, smoothed_lift
from features.closed.tables import FITS, TABLES
from features.compiled import compiled
from features.doses import line_class_texts
from features.rows import Rows

POOR_LIFT = 0.25
"""A drug that is given with the diagnosis four times more rarely than with others is a poor fit."""

FIT = ("drug_fit_least", "drug_lift_least", "misfit_amount_share")
"""What `match` reads, in the order of its rows."""

_FITS, _WIDTH = TABLES.index(FITS), len(FITS.values)


def read_fits(rows: Rows) -> Array:
    """The readings of `FIT` for the n asked claims (3, n)."""
    tables, (drug_class, classes), (diagnosis, groups) = rows.closed, line_class_texts(rows), diagnoses(rows)
    return match(
        _FITS, _WIDTH, rows.at, rows.claims["known_at"], rows.batch.diagnoses["claim_index"],
        diagnosis, tables.pages(FITS, (*groups, EVERYWHERE)), rows.line_row, drug_class,
        tables.members((*classes, EVERYWHERE)), rows.lines["amount_fen"], *tables.sheets,
    )  # fmt: skip


@compiled
def match(
    table: int, width: int, at: Array, known_at: Array, diagnosis_row: Array, diagnosis: Array, page: Array,
    line_row: Array, drug_class: Array, member: Array, amount: Array,
    *pages: Array,
) -> Array:  # fmt: skip
    """Match each drug line of the asked claims with the diagnosis of its claim that it fits best.

    Args:
        table: the number of `FITS`.
        width: how many values it has.
        at: n asked claims among m.
        known_at: (m,) seconds.
        diagnosis_row: (d,) the claim of each diagnosis, rising.
        diagnosis: (d,) places in `page`.
        page: the page of each diagnosis; the last one is that of all claims.
        line_row: (l,) the claim of each line.
        drug_class: (l,) places in `member`, -1 for what is not a drug.
        member: the member of each class; the last one stands for all claims.
        amount: (l,) fen.
        *pages: the arrays of `Sheets`.

    Returns:
        (3, n) float64: the smallest chance and lift among a claim's drugs, 1 without; the part of the money for drugs
        with a known fit that goes to poor fits, zero without such drugs.
    """
    sheets = Sheets(*pages)
    values = sheets.values
    place, first = places_of(at, known_at.size), begins(diagnosis_row, known_at.size)
    out = np.full((3, at.size), np.inf)
    known, poor = np.zeros(at.size), np.zeros(at.size)
    for line in range(line_row.size):
        row = line_row[line]
        claim = place[row]
        if claim < 0 or drug_class[line] < 0 or first[row] == first[row + 1]:
            continue
        month, drug = month_at(sheets, table, known_at[row]), member[drug_class[line]]
        other = values[find(sheets, month, page[-1], drug, width)]
        if other <= 0:
            continue  # nothing is known about the class
        whole = values[find(sheets, month, page[-1], member[-1], width)]
        chance, lift = -np.inf, -np.inf
        for named in range(first[row], first[row + 1]):
            here = page[diagnosis[named]]
            both = values[find(sheets, month, here, drug, width)]
            part = values[find(sheets, month, here, member[-1], width)]
            chance = max(chance, smoothed_chance(both, part, other, whole))
            lift = max(lift, smoothed_lift(both, part, other, whole))
        out[0, claim], out[1, claim] = min(out[0, claim], chance), min(out[1, claim], lift)
        known[claim] += max(amount[line], 0)
        poor[claim] += max(amount[line], 0) if lift < POOR_LIFT else 0
    for claim in range(at.size):
        out[2, claim] = poor[claim] / known[claim] if known[claim] > 0 else 0.0
    return np.where(np.isinf(out), 1.0, out)
