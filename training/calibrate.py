"""Turns the trees' raw scores into probabilities: a rising line through a few knots, never certain."""

from __future__ import annotations

import numpy as np
from sklearn.isotonic import IsotonicRegression

from claims.tables import Array
from scoring.knots import Knots

PRIOR_CASES = 2.0
"""Each knot is drawn towards the overall rate as if it had this many more claims, so that none says 0 or 1."""

END_TILT = 0.1
END_REACH = 10.0
"""Within so many log odds beyond the outermost knots the line rises by `END_TILT` of what is left to 0 and 1."""

LEAST_STEP = 1e-6


def fit_knots(scores: Array, positive: Array, weights: Array | None = None) -> Knots:
    """Isotonic calibration with one knot in the middle of each level, so that equal ranks stay apart.

    Args:
        scores: (n,) raw scores of the trees, log odds.
        positive: (n,) true or false.
        weights: (n,) sample weights, all 1 when None.

    Returns:
        A strictly rising curve inside (0, 1).
    """
    weight = np.ones(len(scores)) if weights is None else weights
    rate = float(np.average(positive, weights=weight))
    level = _rising(scores, positive.astype(np.float64), weight)
    levels, block = np.unique(level, return_inverse=True)
    mass = np.bincount(block, weights=weight, minlength=len(levels))
    centre = np.bincount(block, weights=weight * scores, minlength=len(levels)) / mass
    shrunk = (levels * mass + rate * PRIOR_CASES) / (mass + PRIOR_CASES)
    # Small blocks are drawn further than large ones, which may break the rise: pool once more.
    rising = _rising(np.arange(len(levels)), shrunk, mass)
    return _keep_ranks(centre, np.clip(rising, LEAST_STEP, 1 - LEAST_STEP))


def _rising(scores: Array, values: Array, weights: Array) -> Array:
    return np.asarray(IsotonicRegression().fit(scores, values, sample_weight=weights).predict(scores))


def _keep_ranks(scores: Array, probabilities: Array) -> Knots:
    """Tilt level stretches and the two ends a little, so that a higher score is never merely equal."""
    low, high = probabilities[0] * (1 - END_TILT), probabilities[-1] + (1 - probabilities[-1]) * END_TILT
    reach = np.array([scores[0] - END_REACH, *scores, scores[-1] + END_REACH])
    values = np.array([low, *probabilities, high])
    tilted = values * (1 - LEAST_STEP) + LEAST_STEP * np.arange(len(values)) / len(values)
    return Knots(reach, tilted)


def fit_quantiles(scores: Array, count: int = 101) -> Knots:
    """A curve from a score to the share of these scores below it.

    Args:
        scores: (n,) of rows that stand for the usual.
        count: how many quantiles to keep.
    """
    shares = np.linspace(0.0, 1.0, count)
    values, last = np.unique(np.quantile(scores, shares)[::-1], return_index=True)
    return Knots(values, shares[::-1][last])
