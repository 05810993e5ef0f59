"""For each kind and level: months of an institution, and the lower median of what its month had.

That is: settlements, mean total, sum of totals, and thousandths of settlements a person.
"""

from __future__ import annotations

import numpy as np

from claims.tables import Array
from features.closed.cut import Cut, Learned
from features.closed.runs import Runs


def learn(cut: Cut) -> Learned:
    """Months, settlements, mean, fen, settlements a person."""
    institution, settled, patient = (cut.claims[name] for name in ("institution", "settled", "patient"))
    months, persons = Runs(institution, settled), Runs(institution, settled, patient)
    per_month = Runs(persons.of(institution), persons.of(settled)).sizes  # of as many runs as `months`, in their order
    fen, claims, peers = months.total(cut.claims["fen"]), months.sizes, months.of(cut.claims["peers"])
    mean = np.sign(fen) * (np.abs(fen) // np.maximum(claims, 1))
    by_peers = Runs(peers)

    def median(values: Array) -> Array:
        return Runs(peers, then=values).tenths(values)

    member = by_peers.of(peers)
    values = (by_peers.sizes, *map(median, (claims, mean, fen, claims * 1000 // per_month)))
    return Learned([""], cut.texts["peers"], [(member * 0, member, values)])
