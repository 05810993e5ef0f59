"""How sure a share is whose rows come in units that stand or fall together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audit.life.past_verdicts import share
from claims.tables import Array
from training.judge import REPLICATES

LEAST_UNITS = 10
"""With fewer a bootstrap draws the same few again and again, and its interval is too narrow."""


@dataclass(frozen=True)
class ShareInterval:
    """The 95% interval of a share.

    Attributes:
        low, high: its ends.
        is_wilson: reckoned by Wilson's formula with as many rows as there are units, since a bootstrap would say
            nothing: all rows are alike (it would end where it begins), or there are fewer than ten units.
    """

    low: float
    high: float
    is_wilson: bool


def share_interval(is_counted: Array, units: Array, seed: int) -> ShareInterval:
    """The interval of the share of rows that are counted, by a bootstrap that draws whole units.

    Args:
        is_counted: (n,) true or false, at least one row.
        units: (n,) what is drawn whole, see `units.units_of`.
        seed: of the bootstrap.

    >>> share_interval(np.zeros(40, dtype=bool), np.arange(40) % 20, seed=1)  # 20 units, not 40 rows
    ShareInterval(low=0.0, high=0.1611, is_wilson=True)
    """
    names, unit_of = np.unique(units.astype(str), return_inverse=True)
    count = len(names)
    if len(names) < LEAST_UNITS or is_counted.all() or not is_counted.any():
        found = share(float(is_counted.mean()) * count, count)
        assert found is not None
        return ShareInterval(found["low"] or 0.0, found["high"] or 0.0, is_wilson=True)
    rows, counted = (np.bincount(unit_of, weights=each, minlength=count) for each in (None, is_counted))
    random = np.random.default_rng(seed)
    times = [np.bincount(random.integers(0, count, count), minlength=count) for _ in range(REPLICATES)]
    low, high = np.quantile([(counted @ each) / (rows @ each) for each in times], [0.025, 0.975])
    return ShareInterval(float(low), float(high), is_wilson=False)
