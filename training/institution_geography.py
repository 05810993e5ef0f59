"""Where an institution's patients come from, and how it stands among those of the same area: no part of the model.

Cross-validation says what these columns would add. They are left out of the model since an area is no conduct: a model
that reads it passes on how closely an area was looked at.
"""

from __future__ import annotations

import numpy as np

from claims.tables import Array
from training.institution_facts import Facts, divide


def geography(facts: Facts) -> Array:
    """(g, 5): areas of patients, share of the main one, institutions whose main area it is, two ratios to them.

    The ratios are those of the total fund payment and of the mean fund payment to the mean of the institutions of the
    same main area; 0 where no patient's area is known.
    """
    main = _main_area(facts)
    known = main >= 0
    institutions = np.bincount(main[known], minlength=1)
    fund = facts.claims["fund_fen"].astype(np.float64)
    ratios = [_among(values, main, institutions) for values in (facts.total(fund), facts.mean(fund))]
    beside = np.where(known, institutions[main], 0).astype(np.float64)
    return np.column_stack([facts.distinct(facts.area), facts.most_common_share(facts.area), beside, *ratios])


def _main_area(facts: Facts) -> Array:
    """(g,) number of the area of most of an institution's claims, the lowest of equals; -1 unknown."""
    rows = np.flatnonzero([name is not None for name in facts.area.tolist()])
    _, code = np.unique(facts.area[rows].astype(str), return_inverse=True)
    pairs, times = np.unique(np.stack([facts.of[rows], code], axis=1), axis=0, return_counts=True)
    order = np.lexsort((pairs[:, 1], -times, pairs[:, 0]))
    institution, first = np.unique(pairs[order, 0], return_index=True)
    main = np.full(len(facts.ids), -1, dtype=np.int64)
    main[institution] = pairs[order, 1][first]
    return main


def _among(values: Array, main: Array, institutions: Array) -> Array:
    known = main >= 0
    mean = divide(np.bincount(main[known], weights=values[known], minlength=len(institutions)), institutions)
    return np.where(known, divide(values, mean[main]), 0.0)
