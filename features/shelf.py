"""All drug classes that a person still has at home when a claim is settled, not only those on the claim."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from claims.clock import DAY
from claims.tables import Array
from features.compiled import compiled
from features.doses import class_width, doses
from features.past import first_from, past
from features.rows import Rows
from features.supply import allowance, net_days
from features.windows import window

NAMES = ("classes_in_hand_count", "classes_over_count")
"""Classes with stock left; classes with more left than may be kept at home."""


def read_shelf(rows: Rows, whats: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Array]:
    """The readings called `whats`, each (name, window), for the asked claims.

    Returns:
        n float64 for each of `whats`.
    """
    found = {over: past(rows).back(_counted(rows, over)) for over in {over for _, over in whats}}
    return {(name, over): found[over][:, NAMES.index(name)] for name, over in whats}


def _counted(rows: Rows, over: str) -> Array:
    own, bought, t = past(rows), doses(rows), rows.claims["settled_at"]
    return count_classes(
        bought.key, bought.s, bought.order, bought.days, bought.line, class_width(rows),
        rows.keys("patient")[own.asked], t[own.asked], rows.claims["recorded_order"][own.asked],
        window(over).start(t[own.asked]), allowance(rows)[own.place], DAY,
    )  # fmt: skip


@compiled
def count_classes(
    key: Array, s: Array, order: Array, days: Array, line: Array, width: int,
    q_person: Array, q_t: Array, q_order: Array, q_start: Array, q_allowance: Array, day: int,
) -> Array:  # fmt: skip
    """The two counts of `NAMES` before each asked claim (n, 2) float64.

    Doses are sorted by (key, s, order), and the key of a person's class is person * `width` + class, so that all doses
    of a person lie together, class by class.
    """
    out = np.zeros((q_person.size, 2))
    for q in range(q_person.size):
        dose = first_from(key, s, q_person[q] * width, np.iinfo(np.int64).min)
        while dose < key.size and key[dose] < (q_person[q] + 1) * width:
            left, now, of = 0, q_start[q], key[dose]
            while dose < key.size and key[dose] == of:
                if s[dose] >= q_start[q] and s[dose] <= q_t[q]:
                    net = net_days(dose, s, order, days, line, key, q_order[q])
                    if net > 0:
                        left = max(0, left - (s[dose] - now)) + net * day
                        now = s[dose]
                dose += 1
            left = max(0, left - (q_t[q] - now))
            out[q, 0] += left > 0
            out[q, 1] += left > q_allowance[q] * day
    return out
