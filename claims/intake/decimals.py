"""Reads decimal texts such as `-12.50` as whole numbers of a fraction of the unit, exactly and in one compiled pass."""

import numpy as np
import pyarrow as pa
from numba import njit

from claims.intake.binary import fields_of
from claims.tables import MISSING, Array

MOST_DIGITS = 15
"""Before and after the point together."""

_MINUS, _POINT, _ZERO, _NINE = ord("-"), ord("."), ord("0"), ord("9")


def decimals(texts: pa.Array, places: int) -> tuple[Array, Array]:
    """Each text times 10**places, `MISSING` where there is none, and whether it could not be read.

    Args:
        texts: n strings or nulls.
        places: how many places after the point may hold something else than 0.

    >>> values, bad = decimals(pa.array(["12.5", "-3", "1.005", "1e3"]), 2)
    >>> values[:2].tolist(), bad.tolist()
    ([1250, -300], [False, False, True, True])
    """
    fields = fields_of(texts)
    values = np.full(len(texts), MISSING, dtype=np.int64)
    bad = np.zeros(len(texts), dtype=np.bool_)
    _read(fields.data, fields.bounds, fields.valid, places, values, bad)
    return values, bad


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _read(data: Array, bounds: Array, valid: Array, places: int, values: Array, bad: Array) -> None:
    for row in range(len(valid)):
        if not valid[row]:
            continue
        at, end = bounds[row], bounds[row + 1]
        is_negative = at < end and data[at] == _MINUS
        if is_negative:
            at += 1
        begin, number = at, 0
        while at < end and at - begin <= MOST_DIGITS and _ZERO <= data[at] <= _NINE:
            number = number * 10 + data[at] - _ZERO
            at += 1
        fits = 1 <= at - begin <= MOST_DIGITS - places
        place = 0
        if at < end:
            fits = fits and data[at] == _POINT and at + 1 < end
            for digit in data[at + 1 : end]:
                if place < places:
                    fits = fits and _ZERO <= digit <= _NINE
                    number = number * 10 + digit - _ZERO
                else:
                    fits = fits and digit == _ZERO
                place += 1
        if not fits:
            bad[row] = True
            continue
        for _ in range(place, places):
            number *= 10
        values[row] = -number if is_negative else number
