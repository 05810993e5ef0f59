"""How many random draws an interval of the prevalence would need."""

from __future__ import annotations

import math
from dataclasses import dataclass

from audit.life.past_verdicts import share
from claims.tables import Array
from training.judge import LEAST_POSITIVES

Z = 1.96


@dataclass(frozen=True)
class Draws:
    """What the random draws say, and what they would have to be.

    Attributes:
        drawn, positives: judged claims that were drawn at random, those violating.
        effective: draws that tell as much and had all the same chance (Kish).
        prevalence: share of violating claims, each standing for 1/p; None below ten positives.
        low, high: its 95% interval (Wilson, on the effective number); only `high` below ten positives.
        half_width: the interval that is wanted.
        needed: draws for it, at the chances so far; reckoned with `high` below ten positives.
    """

    drawn: int
    positives: int
    effective: float
    prevalence: float | None
    low: float | None
    high: float | None
    half_width: float
    needed: int | None


def draws_needed(positive: Array, probability: Array, half_width: float) -> Draws:
    """Reckon the draws that the prevalence would need for an interval of its value ± `half_width`.

    Args:
        positive: (n,) the judged random draws, true where violating.
        probability: (n,) their recorded chance.
        half_width: wanted.

    >>> import numpy as np
    >>> draws_needed(np.arange(400) < 40, np.full(400, 0.1), 0.02).needed
    865
    """
    count, found = len(positive), int(positive.sum())
    if not count:
        return Draws(0, 0, 0.0, None, None, None, half_width, None)
    weight = 1.0 / probability
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    estimate = float((weight * positive).sum() / weight.sum())
    spread = share(effective * estimate, effective) or {}
    is_enough = found >= LEAST_POSITIVES
    high = spread.get("high")
    assumed = estimate if is_enough else min(high or 0.5, 0.5)
    needed = math.ceil(round(Z**2 * assumed * (1 - assumed) / half_width**2 * count / effective, 6))
    low = spread.get("low") if is_enough else None
    return Draws(count, found, effective, estimate if is_enough else None, low, high, half_width, needed)
