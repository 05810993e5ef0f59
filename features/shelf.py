"""All drug classes that a person still has at home when a claim is settled, not only those on the claim."""

from __future__ import annotations

import numpy as np

from claims.clock import DAY
from claims.tables import Array
from features.bought import KEY, S, doses
from features.compiled import compiled
from features.doses import drug_lines
from features.past import MOMENT, OWN_ORDER, PERSON, PLACE, Whats, begin, first_from, past, spans, windows_of
from features.rows import Rows
from features.stock import stock_left
from features.supply import allowance

NAMES = ("classes_in_hand_count", "classes_over_count")
"""Classes with stock left; classes with more left than may be kept at home."""


def read_shelf(rows: Rows, whats: Whats) -> Array:
    """The readings called `whats` for the asked claims.

    Returns:
        (whats, n) float64.
    """
    overs, places = windows_of(whats, NAMES)
    found = count_classes(doses(rows), drug_lines(rows).width, past(rows).asked, allowance(rows), spans(overs), DAY)
    return np.asarray(found[places])


@compiled
def count_classes(doses: Array, width: int, asked: Array, allowance: Array, spans: Array, day: int) -> Array:
    """The two counts of `NAMES` before each asked claim.

    The key of a person's class is person * `width` + class, so that all doses of a person lie together, class by class.

    Args:
        doses: see `features.bought`.
        width: of the keys.
        asked: (n, 5) claims, see `Past`.
        allowance: n claims in the order of the answers, days that may be kept at home.
        spans: (w, 3) windows, see `begin`.
        day: seconds of one day of supply.

    Returns:
        (w, 2, n) float64.
    """
    out = np.zeros((spans.shape[0], len(NAMES), asked.shape[0]))
    for w in range(spans.shape[0]):
        for q in range(asked.shape[0]):
            person, t, at = asked[q, PERSON], asked[q, MOMENT], asked[q, PLACE]
            start = begin(t, spans[w])
            dose = first_from(doses[:, KEY], doses[:, S], person * width, np.iinfo(np.int64).min)
            while dose < len(doses) and doses[dose, KEY] < (person + 1) * width:
                of = doses[dose, KEY]
                while dose < len(doses) and doses[dose, KEY] == of and doses[dose, S] < start:
                    dose += 1
                left, dose = stock_left(doses, dose, of, start, t, asked[q, OWN_ORDER], day)
                out[w, 0, at] += left > 0
                out[w, 1, at] += left > allowance[at] * day
                while dose < len(doses) and doses[dose, KEY] == of:
                    dose += 1
    return out
