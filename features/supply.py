"""The medicine chest: what a patient still had of a drug class just before a purchase, and how much came in.

In hand = running stock over time: each purchase adds its days, time takes one day a day, never below zero.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from claims.clock import DAY, area_day
from claims.lookup import holds_on, last_row_of
from claims.tables import MISSING, Array
from features.compiled import compiled
from features.doses import Doses, class_key, doses, line_days
from features.kernel_distinct import distinct
from features.rows import Rows
from features.sorting import different_pairs
from features.timeline import by_key_and_order, timeline
from features.windows import LONGEST, window

ALLOWANCE_DAYS, LONG_ALLOWANCE_DAYS = 28, 84
"""Four weeks may be kept at home; twelve with an approved long prescription (长期处方 at most 12 weeks)."""
GRACE_DAYS = 7
"""A refill up to a week early is ordinary prudence."""


@compiled
def chest(
    key: Array, s: Array, order: Array, days: Array, line: Array,
    q_key: Array, q_t: Array, q_order: Array, starts: Array, early_start: Array, grace: int, day: int,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """Stock in hand, early refills and days supplied before each query.

    Args:
        key: m doses sorted by (key, s, order), their (patient, class).
        s: m doses, seconds.
        order: m doses, recorded orders.
        days: m doses, days.
        line: m doses, the line bought.
        q_key: n queries, (patient, class).
        q_t: n queries, seconds.
        q_order: n queries, recorded orders.
        starts: (n, w) first second of each window for the days supplied; the first column is the longest.
        early_start: (n,) first second of the window for early refills.
        grace: seconds of stock that do not make a refill early.
        day: seconds of one day of supply.

    Returns:
        Stock in seconds (n,), early refills (n,), days supplied (n, w); all int64.
    """
    stock = np.zeros(q_key.size, np.int64)
    early = np.zeros(q_key.size, np.int64)
    supplied = np.zeros(starts.shape, np.int64)
    for q in range(q_key.size):
        dose = _first(key, s, q_key[q], starts[q, 0])
        left, before, now = 0, 0, starts[q, 0]
        while dose < key.size and key[dose] == q_key[q] and s[dose] <= q_t[q]:
            net = net_days(dose, s, order, days, line, key, q_order[q])
            if net > 0:
                if s[dose] > now:
                    left = max(0, left - (s[dose] - now))
                    now, before = s[dose], left
                if before > grace and s[dose] >= early_start[q]:
                    early[q] += 1
                left += net * day
                for w in range(starts.shape[1]):
                    if s[dose] >= starts[q, w]:
                        supplied[q, w] += net
            dose += 1
        stock[q] = max(0, left - (q_t[q] - now))
    return stock, early, supplied


@compiled
def _first(key: Array, s: Array, wanted: int, start: int) -> int:
    low, high = 0, key.size
    while low < high:
        middle = (low + high) // 2
        if key[middle] < wanted or (key[middle] == wanted and s[middle] < start):
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def net_days(dose: int, s: Array, order: Array, days: Array, line: Array, key: Array, r: int) -> int:
    """Days of a purchase after the refunds known before order r; refunds lie at the same time."""
    if days[dose] <= 0 or order[dose] >= r:
        return 0
    net, other = int(days[dose]), dose + 1
    while other < key.size and key[other] == key[dose] and s[other] == s[dose]:
        if line[other] == line[dose] and order[other] < r and days[other] < 0:
            net += days[other]
        other += 1
    return max(0, net)


class Asked:
    """The (claim, drug class) pairs of the asked claims; each reading is the largest over a claim's classes."""

    def __init__(self, rows: Rows) -> None:
        place = np.full(len(rows.is_settlement), -1, dtype=np.int64)
        place[rows.at] = np.arange(len(rows.at))
        keys, claim = class_key(rows), place[rows.line_row]
        lines = np.flatnonzero((keys >= 0) & (claim >= 0) & rows.is_settlement[rows.line_row])
        pairs, pair_of = different_pairs(claim[lines], keys[lines])
        self.claim, self.key = claim[lines][pairs], keys[lines][pairs]
        self.own_days = np.zeros(len(pairs), dtype=np.int64)
        np.add.at(self.own_days, pair_of, line_days(rows)[lines])
        self.t = rows.claims["settled_at"][rows.at][self.claim]
        self.order = rows.claims["recorded_order"][rows.at][self.claim]
        self.size = len(rows.at)

    def largest(self, values: Array) -> Array:
        """The largest of a claim's values, zero for a claim without drugs (n,) float64."""
        out = np.zeros(self.size)
        np.maximum.at(out, self.claim, values)
        return out


def read_chest(rows: Rows, whats: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Array]:
    """The readings called `whats`, each (name, window), for the asked claims.

    Names: days_in_hand, early_refills_count, days_supplied_sum, over_supply_ratio, institution_distinct.

    Returns:
        n float64 for each of `whats`.
    """
    asked, bought = rows.once("supply", "asked", lambda: Asked(rows)), doses(rows)
    overs = sorted({over for _, over in whats} - {LONGEST})
    starts = np.stack([window(over).start(asked.t) for over in [LONGEST, *overs]], axis=1)
    early_over = next((over for name, over in whats if name == "early_refills_count"), LONGEST)
    stock, early, supplied = chest(
        bought.key, bought.s, bought.order, bought.days, bought.line, asked.key, asked.t, asked.order,
        np.ascontiguousarray(starts), window(early_over).start(asked.t), GRACE_DAYS * DAY, DAY,
    )  # fmt: skip
    kept = allowance(rows)[asked.claim]
    out: dict[tuple[str, str], Array] = {}
    for name, over in whats:
        column = 0 if over == LONGEST else 1 + overs.index(over)
        if name == "days_in_hand":
            out[name, over] = asked.largest(stock / DAY)
        elif name == "early_refills_count":
            out[name, over] = asked.largest(early)
        elif name == "days_supplied_sum":
            out[name, over] = asked.largest(supplied[:, column])
        elif name == "over_supply_ratio":
            total = supplied[:, column] + asked.own_days
            out[name, over] = asked.largest(total / (window(over).days + kept))
        elif name == "institution_distinct":
            out[name, over] = asked.largest(_institutions(rows, asked, bought, over))
        else:
            raise KeyError(name)
    return out


def allowance(rows: Rows) -> Array:
    """Days that may be kept at home, by the approval on each asked claim's own day (n,)."""
    table, asked = rows.context.patients, rows.claims["patient_id"][rows.at]
    approved = np.flatnonzero(table["long_prescription_from"] != MISSING)  # few: a look-up of all would be large
    row = last_row_of(table["patient_id"][approved], asked)
    first, last = (np.append(table[f"long_prescription_{end}"][approved], MISSING)[row] for end in ("from", "until"))
    is_long = holds_on(first, last, area_day(rows.claims["settled_at"][rows.at]))
    return np.where(is_long, LONG_ALLOWANCE_DAYS, ALLOWANCE_DAYS)


def _institutions(rows: Rows, asked: Asked, bought: Doses, over: str) -> Array:
    """At how many institutions the class was bought in the window, gross."""
    kept = np.flatnonzero(bought.days >= 0)
    places = by_key_and_order(asked.key, asked.order)
    past = timeline(bought.key[kept], bought.s[kept], bought.order[kept], asked.key[places])
    institution = rows.keys("institution")[bought.row[kept]][past.places]
    counted = np.zeros((1, len(places)), dtype=np.int64)
    distinct(past.key, past.s, past.order, institution, past.by_order, asked.key[places], asked.t[places],
             asked.order[places], window(over).start(asked.t)[places][:, None], counted)  # fmt: skip
    out = np.empty(len(places), dtype=np.int64)
    out[places] = counted[0]
    return out


def unknown_days(rows: Rows) -> Array:
    """How many drug lines of each claim have no known length (m,)."""
    unknown = (class_key(rows) >= 0) & (line_days(rows) == 0)
    return np.bincount(rows.line_row[unknown], minlength=len(rows.is_settlement))
