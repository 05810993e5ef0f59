"""The medicine chest: what a patient still had of a drug class just before a purchase, and how much came in."""

from __future__ import annotations

from functools import cache

import numpy as np

from claims.clock import DAY, area_day
from claims.lookup import holds_on
from claims.tables import MISSING, Array
from features.bought import DAYS, KEY, ORDER, ROW, S, doses
from features.compiled import compiled
from features.doses import drug_lines
from features.past import CLAIM, MOMENT, OWN_ORDER, PLACE, Readings, Whats, begin, first_from, past, spans, windows_of
from features.rows import Rows
from features.stock import net_days
from features.windows import LONGEST, window

ALLOWANCE_DAYS, LONG_ALLOWANCE_DAYS = 28, 84
"""Four weeks may be kept at home; twelve with an approved long prescription (长期处方 at most 12 weeks)."""
GRACE_DAYS = 7
"""A refill up to a week early is ordinary prudence."""

NAMES = ("early_refills_count", "days_supplied_sum", "institution_distinct", "days_in_hand", "over_supply_ratio")
EARLY, SUPPLIED, PLACES, IN_HAND, RATIO = range(len(NAMES))
"""What is read in each window; the days in hand are the same in all."""


def read_chest(rows: Rows, whats: Whats) -> Array:
    """The readings called `whats` for the asked claims, each the largest over a claim's drug classes.

    Returns:
        (whats, n) float64, zero for a claim without drugs.
    """
    overs, lengths, places = _windows(whats)
    drugs, (place, codes) = drug_lines(rows), rows.numbers("institution_id")
    found = largest_of_claims(
        doses(rows), place, len(codes), past(rows).asked, allowance(rows), rows.is_settlement, rows.line_row,
        drugs.key, drugs.days, drugs.classes, drugs.width, spans(overs), lengths, GRACE_DAYS * DAY, DAY,
    )  # fmt: skip
    return np.asarray(found[places])


@cache
def _windows(whats: Whats) -> tuple[tuple[str, ...], Array, Readings]:
    """The windows, their lengths in days, and the places of readings; the stock is followed from the longest one on."""
    overs, places = windows_of((("days_in_hand", LONGEST), *whats), NAMES)
    return overs, np.array([window(over).days for over in overs], dtype=np.int64), (places[0][1:], places[1][1:])


@compiled
def largest_of_claims(
    doses: Array, place: Array, places: int, asked: Array, allowance: Array, is_settlement: Array, line_row: Array,
    line_key: Array, line_days: Array, classes: Array, width: int, spans: Array, lengths: Array, grace: int, day: int,
) -> Array:  # fmt: skip
    """The readings of the n asked claims in w windows, each the largest over the drug classes that a claim supplies.

    Args:
        doses: see `features.bought`.
        place: the institution of each claim.
        places: how many institutions.
        asked: (n, 5) claims, see `Past`.
        allowance: n claims in the order of the answers, days that may be kept at home.
        is_settlement: which claims are settlements.
        line_row: the claim of each line.
        line_key: the key of each line, see `DrugLines`.
        line_days: the days of each line.
        classes: the drug class of each line.
        width: one more than the highest class.
        spans: (w, 3) windows, see `begin`; the first is the longest.
        lengths: (w,) their days.
        grace: seconds of stock that do not make a refill early.
        day: seconds of one day of supply.

    Returns:
        (w, 5, n) float64, see `NAMES`.
    """
    out = np.zeros((spans.shape[0], len(NAMES), asked.shape[0]))
    own_days, of_claim = np.zeros(width, np.int64), np.full(width, -1, np.int64)
    starts, counts = np.empty(spans.shape[0], np.int64), np.empty((spans.shape[0], 3), np.int64)
    seen, stamp = np.zeros((spans.shape[0], places), np.int64), 0
    for q in range(asked.shape[0]):
        row, t, at = asked[q, CLAIM], asked[q, MOMENT], asked[q, PLACE]
        if not is_settlement[row]:
            continue
        for w in range(spans.shape[0]):
            starts[w] = begin(t, spans[w])
        first = np.searchsorted(line_row, row)
        end = _add_days(row, first, line_row, line_key, line_days, classes, q, own_days, of_claim)
        for line in range(first, end):
            if line_key[line] < 0 or of_claim[classes[line]] != q:
                continue
            of_claim[classes[line]] = -1  # a claim's class is looked at once
            stamp += 1
            r, key = asked[q, OWN_ORDER], line_key[line]
            left = _follow(doses, key, place, t, r, starts, grace, day, seen, stamp, counts)
            for w in range(spans.shape[0]):
                supplied = counts[w, SUPPLIED] + own_days[classes[line]]
                ratio = supplied / (lengths[w] + allowance[at])
                out[w, RATIO, at] = max(out[w, RATIO, at], ratio)
                out[w, IN_HAND, at] = max(out[w, IN_HAND, at], left / day)
                for what in range(3):
                    out[w, what, at] = max(out[w, what, at], counts[w, what])
    return out


@compiled
def _add_days(
    row: int, line: int, line_row: Array, line_key: Array, line_days: Array, classes: Array, q: int, own_days: Array,
    of_claim: Array,
) -> int:  # fmt: skip
    """Sum up the days of each class from a claim's first line on, mark the classes with q; the line after its last."""
    while line < line_row.size and line_row[line] == row:
        if line_key[line] >= 0:
            of = classes[line]
            own_days[of] = (own_days[of] if of_claim[of] == q else 0) + line_days[line]
            of_claim[of] = q
        line += 1
    return line


@compiled
def _follow(
    doses: Array, wanted: int, place: Array, t: int, r: int, starts: Array, grace: int, day: int, seen: Array,
    stamp: int, counts: Array,
) -> int:  # fmt: skip
    """The stock of the class `wanted` at the moment t as in `stock_left`, with what came in on the way.

    `counts` (w, 3) takes early refills, days supplied, and at how many places the class was bought, gross, from each of
    `starts` (w,) on, of which the first is the earliest; a place that was counted is marked with `stamp` in `seen`.
    """
    counts[:] = 0
    left, before, now = 0, 0, starts[0]
    dose = first_from(doses[:, KEY], doses[:, S], wanted, starts[0])
    while dose < len(doses) and doses[dose, KEY] == wanted and doses[dose, S] <= t:
        s, of = doses[dose, S], place[doses[dose, ROW]]
        if doses[dose, ORDER] < r and doses[dose, DAYS] >= 0:
            net = net_days(doses, dose, r)
            if net > 0 and s > now:
                left = max(0, left - (s - now))
                now, before = s, left
            left += net * day
            for w in range(starts.size):
                if s >= starts[w]:
                    counts[w, EARLY] += net > 0 and before > grace
                    counts[w, SUPPLIED] += net
                    counts[w, PLACES] += seen[w, of] != stamp
                    seen[w, of] = stamp
        dose += 1
    return int(max(0, left - (t - now)))


def allowance(rows: Rows) -> Array:
    """Days that may be kept at home, by the approval on each asked claim's own day (n,)."""
    return rows.once("supply", "allowance", lambda: _allowance(rows))  # type: ignore[no-any-return]


def _allowance(rows: Rows) -> Array:
    table, days = rows.context.patients, np.full(len(rows.at), ALLOWANCE_DAYS, dtype=np.int64)
    approved = np.flatnonzero(table["long_prescription_from"] != MISSING)  # few: a look-up of all would be large
    if len(approved):
        person, numbers = rows.numbers("patient_id")
        row_of = np.full(len(numbers), -1, dtype=np.int64)
        for row, name in zip(approved.tolist(), table["patient_id"][approved].tolist(), strict=True):
            if name in numbers:
                row_of[numbers[name]] = row
        found = row_of[person[rows.at]]
        first, last = (np.append(table[f"long_prescription_{end}"], MISSING)[found] for end in ("from", "until"))
        days[holds_on(first, last, area_day(rows.claims["settled_at"][rows.at]))] = LONG_ALLOWANCE_DAYS
    return days
