"""Compares an institution with those of its level in the same month: the median, and who lies far above the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from claims.lookup import Codes
from claims.masks import rows_where
from claims.tables import Array
from rules.indicators.frame import Figures
from rules.numbers import read_numbers


@dataclass(frozen=True)
class Comparison:
    """f figures beside their peers.

    Attributes:
        peers: (f,) institutions of the level with anything in the month, itself among them.
        median: (f,) of their shares, NaN where they are too few to compare.
        is_high: (f,) the share lies above the upper quartile by more than 1.5 times the distance of the quartiles.
    """

    peers: Array
    median: Array
    is_high: Array


def compare(figures: Figures, level: Array) -> Comparison:
    """Compare figures within level and month.

    Args:
        figures: of one indicator, f rows.
        level: (f,) level of each row's institution; institutions of an unknown level are peers of one another.
    """
    numbers = read_numbers("indicators")
    share = figures.share
    size = len(share)
    peers, median = np.zeros(size, dtype=np.int64), np.full(size, np.nan)
    is_high = np.zeros(size, dtype=np.bool_)
    group = Codes(zip(level.tolist(), figures.month.tolist(), strict=True)).of_rows
    day = figures.month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    least, fence = numbers["least_peers"].on(day), numbers["fence_percent"].on(day) / 100
    for each in np.unique(group).tolist():
        rows = rows_where((group == each) & ~np.isnan(share))
        peers[group == each] = len(rows)
        if not len(rows) or len(rows) < least[rows[0]]:
            continue
        low, middle, high = np.quantile(share[rows], [0.25, 0.5, 0.75])
        median[rows] = middle
        is_high[rows] = share[rows] > high + fence[rows] * (high - low)
    return Comparison(peers, median, is_high)
