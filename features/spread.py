"""How much amounts differ from each other, from exact sums of their squares.

A square of fen does not fit into 64 bits once thousands of them are added, so it is kept as two words whose sums fit:
high * 2**32 + low. Both are ordinary sums, which tiles of institutions and doctors hold like any other; the one
rounding comes at the very end, so that the value is the same online and offline.
"""

from __future__ import annotations

import numpy as np

from claims.tables import Array
from features.compiled import compiled

_HALF, _MASK = 32, (1 << 32) - 1


@compiled
def words_of_square(amount: Array) -> tuple[Array, Array]:
    """The high and low words of each amount's square, exact below 2**47 (1.4 million million yuan in fen).

    >>> words_of_square(np.array([3, 1 << 20]))
    (array([  0, 256]), array([9, 0]))
    """
    high, low = np.empty(amount.size, np.int64), np.empty(amount.size, np.int64)
    half, mask = np.uint64(_HALF), np.uint64(_MASK)
    for one in range(amount.size):
        size = np.uint64(abs(amount[one]))
        above, below = size >> half, size & mask
        square = below * below
        high[one] = np.int64(((above * above) << half) + np.uint64(2) * above * below + (square >> half))
        low[one] = np.int64(square & mask)
    return high, low


def variation(count: Array, total: Array, high: Array, low: Array, empty: float | Array) -> Array:
    """Standard deviation divided by mean: the square root of n * (sum of squares) - (sum)**2, divided by the sum.

    The difference is formed in whole numbers of two words and becomes a float once, so its relative error stays below
    4 * 2**-53 however close the two terms are.

    Args:
        count: how many amounts, of any shape, as the others.
        total: their sum, fen.
        high: sum of the high words of their squares.
        low: sum of the low words.
        empty: the value where fewer than two amounts, or a sum of zero, leave nothing to compare.

    Returns:
        float64.

    >>> ones, fours = np.array([1]), np.array([4])
    >>> variation(2 * ones, fours, 0 * ones, 10 * ones, 1.0)  # 1 and 3 fen: deviation 1, mean 2
    array([0.5])
    """
    out = np.empty(count.shape)
    out[...] = empty
    _variations(count.ravel(), total.ravel(), high.ravel(), low.ravel(), out.ravel())
    return out


@compiled
def _variations(count: Array, total: Array, high: Array, low: Array, out: Array) -> None:
    """`variation` for each of m groups of amounts; what `out` holds stays where there is nothing to compare."""
    half = np.uint64(_HALF)
    for one in range(count.size):
        above, below = total[one] >> _HALF, total[one] & _MASK
        square = np.uint64(below) * np.uint64(below)
        # Both terms of `upper` may pass 64 bits; the difference does not, and whole numbers wrap round without loss.
        upper = count[one] * (high[one] + (low[one] >> _HALF)) - (
            ((above * above) << _HALF) + 2 * above * below + np.int64(square >> half)
        )
        lower = count[one] * (low[one] & _MASK) - np.int64(square & np.uint64(_MASK))
        if count[one] >= 2 and total[one] != 0:
            out[one] = np.sqrt(max(np.float64(upper) * 2.0**_HALF + lower, 0.0)) / total[one]
