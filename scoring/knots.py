"""A rising curve kept as knots: how a calibrator travels without code."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from claims.errors import BadBundle
from claims.tables import Array


@dataclass(frozen=True, eq=False)
class Knots:
    """A curve through (x, y), straight between knots and level outside.

    Attributes:
        x: (s,) strictly rising.
        y: (s,) never falling, each in [0, 1].
    """

    x: Array
    y: Array

    def __post_init__(self) -> None:
        """Check the curve, which may also come as lists.

        Raises:
            BadBundle: it is empty, falls, leaves [0, 1], or is not finite.
        """
        x, y = np.asarray(self.x, dtype=np.float64), np.asarray(self.y, dtype=np.float64)
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "y", y)
        sound = (
            x.ndim == 1
            and 0 < len(x) == len(y)
            and bool(np.isfinite(x).all() and np.isfinite(y).all())
            and bool((np.diff(x) > 0).all() and (np.diff(y) >= 0).all())
            and bool(y[0] >= 0 and y[-1] <= 1)
        )
        if not sound:
            raise BadBundle(
                f"A calibration curve of {len(x)} knots is malformed. Expected rising x and never falling y within "
                "0..1. Calibrate again."
            )

    def at(self, values: Array) -> Array:
        """The curve at each value (n,) -> (n,).

        >>> Knots(np.array([0.0, 1.0]), np.array([0.1, 0.3])).at(np.array([-1.0, 0.5, 2.0])).round(3).tolist()
        [0.1, 0.2, 0.3]
        """
        return np.asarray(np.interp(values, self.x, self.y))
