"""A probability rises with the score, is never certain, and is about as frequent as it says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.calibrate import fit_knots, fit_quantiles


@given(st.integers(2, 200), st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_ranks_are_kept_and_nothing_is_certain(count, seed):
    random = np.random.default_rng(seed)
    scores = random.normal(size=count).round(1)
    positive = random.random(count) < 0.3
    values = np.unique(scores)
    probability = fit_knots(scores, positive).at(values)
    assert (np.diff(probability) > 0).all()
    assert 0 < probability.min() <= probability.max() < 1


def test_probabilities_are_as_frequent_as_they_say():
    random = np.random.default_rng(1)
    scores = random.normal(-1, 2, 20_000)
    positive = random.random(20_000) < 1 / (1 + np.exp(-scores))
    knots = fit_knots(scores[:10_000], positive[:10_000])
    said = knots.at(scores[10_000:])
    for low, high in ((0.0, 0.1), (0.1, 0.4), (0.4, 0.7), (0.7, 1.0)):
        inside = (said >= low) & (said < high)
        assert positive[10_000:][inside].mean() == pytest.approx(said[inside].mean(), abs=0.04)


def test_an_anomaly_of_nine_tenths_is_odder_than_nine_tenths_of_the_rows():
    scores = np.random.default_rng(2).normal(size=5_000)
    assert (fit_quantiles(scores).at(scores) < 0.9).mean() == pytest.approx(0.9, abs=0.002)


def test_equal_scores_give_a_curve_too():
    assert fit_quantiles(np.ones(5)).at(np.array([1.0])) == [1.0]
