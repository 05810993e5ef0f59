"""Age bands of peers."""

from __future__ import annotations

import numpy as np

from claims.tables import Array

AGES = (7, 18, 45, 60, 75)
"""First years of the age bands after the first."""

BANDS = range(-1, 1 + len(AGES))
"""Age bands, -1 for an age that is not known."""


def bands_of(ages: Array) -> tuple[Array, list[str]]:
    """The band of each age in years as a place in the texts that come with it.

    >>> codes, texts = bands_of(np.array([-1, 0, 7, 99]))
    >>> [texts[code] for code in codes]
    ['-1', '0', '1', '5']
    """
    return np.where(ages < 0, 0, 1 + np.searchsorted(AGES, ages, side="right")), list(map(str, BANDS))
