"""Labels of the past as columns: what was found before on the same source, target, place, kind or amount."""

from __future__ import annotations

import numpy as np

from claims.clock import DAY
from claims.tables import Array
from features.rows import Rows

ENTITIES = (
    *("patient", "institution", "place", "care_category", "amount"),
    *("patient_institution", "institution_care_category", "institution_amount"),
)
DELAY_DAYS = 7
"""Assumed days from a transaction to its label: the source does not say when its labels came."""

PRIOR_SHARE, PRIOR_WEIGHT = 0.125, 8
"""An entity without labels counts as one violating in eight."""


def past_label_columns(rows: Rows, label: Array, settled_at: Array, known_until: int) -> Array:
    """Violating, in order, and smoothed share violating among the labels known before each row.

    A label is known `DELAY_DAYS` after its transaction and only if that one was settled before `known_until`, so that
    rows that are judged see no label of the part that judges them.

    Args:
        rows: the frame of n settlements in recorded order.
        label: (n,) 1 violating, 0 in order, -1 unlabelled.
        settled_at: (n,) seconds.
        known_until: seconds; the first moment of the part that is judged.

    Returns:
        (n, 3 times the number of `ENTITIES`) float64.
    """
    settled = np.flatnonzero(rows.is_settlement)
    teaches = np.flatnonzero((label >= 0) & (settled_at < known_until))
    columns: list[Array] = []
    for entity in ENTITIES:
        key = rows.keys(entity)[settled]
        found, clean = (
            _known_before(key, settled_at, teaches[label[teaches] == value], DELAY_DAYS * DAY) for value in (1, 0)
        )
        columns += [found, clean, (found + PRIOR_SHARE * PRIOR_WEIGHT) / (found + clean + PRIOR_WEIGHT)]
    return np.stack(columns, axis=1)


def _known_before(key: Array, settled_at: Array, taught_by: Array, delay: int) -> Array:
    """(n,) how many of the rows `taught_by` have the key of each row and lie more than `delay` seconds before it."""
    order = np.lexsort((settled_at[taught_by], key[taught_by]))
    taught = np.empty(len(order), dtype=[("key", np.int64), ("at", np.int64)])
    taught["key"], taught["at"] = key[taught_by][order], settled_at[taught_by][order]
    asked = np.empty(len(key), dtype=taught.dtype)
    asked["key"], asked["at"] = key, settled_at - delay
    first = np.searchsorted(taught["key"], key, side="left")
    return (np.searchsorted(taught, asked, side="left") - first).astype(np.float64)
