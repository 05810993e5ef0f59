"""One booster made of several gives the mean of their scores and of their reasons, in the service as in LightGBM."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from scoring.trees import Trees
from training.averaged import averaged
from training.fit import contributions, fit_boosting, raw_scores

RANDOM = np.random.default_rng(1)
MATRIX = np.where(RANDOM.random((600, 6)) < 0.05, np.nan, RANDOM.normal(size=(600, 6)))
POSITIVE = np.nan_to_num(MATRIX[:, 0]) + RANDOM.normal(size=600) > 1
NAMES = [f"column_{place}" for place in range(6)]


def _booster(seed: int, rounds: int) -> lightgbm.Booster:
    return fit_boosting(MATRIX, POSITIVE, np.ones(600), NAMES, seed, rounds)


def test_scores_and_reasons_are_the_means_of_those_of_the_fits() -> None:
    fits = [_booster(seed, 5 + seed) for seed in range(3)]
    one = averaged(fits)
    assert one.num_trees() == 5 + 6 + 7
    scores = np.mean([raw_scores(each, MATRIX) for each in fits], axis=0)
    np.testing.assert_allclose(raw_scores(one, MATRIX), scores, atol=1e-12)
    np.testing.assert_array_equal(Trees(one.model_to_string()).raw_scores(MATRIX), raw_scores(one, MATRIX))
    reasons = np.mean([contributions(each, MATRIX) for each in fits], axis=0)
    np.testing.assert_allclose(contributions(one, MATRIX), reasons, atol=1e-12)
    assert (
        np.ptp([raw_scores(each, MATRIX) for each in fits], axis=0).max() > 0.1
    )  # they differ, so a mean says something


def test_a_tree_that_never_splits_counts_as_one() -> None:
    blind = fit_boosting(MATRIX, POSITIVE, np.ones(600), NAMES, 1, 3, min_data_in_leaf=600)
    seeing = _booster(1, 4)
    expected = (raw_scores(blind, MATRIX) + raw_scores(seeing, MATRIX)) / 2
    np.testing.assert_allclose(raw_scores(averaged([blind, seeing]), MATRIX), expected, atol=1e-12)


@pytest.mark.parametrize("seed", [1, 2])
def test_of_one_fit_it_is_that_fit(seed: int) -> None:
    booster = _booster(seed, 3)
    assert averaged([booster]) is booster
