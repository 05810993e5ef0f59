"""Figures have intervals over whole subjects."""

from __future__ import annotations

import numpy as np
import pytest

from training.judge import Ranked, area_under_curve, average_precision, recall_at_positives, with_intervals

RANDOM = np.random.default_rng(5)


def test_a_perfect_ranking_is_perfect():
    positive = np.arange(40) < 10
    precision, area = with_intervals(positive, positive.astype(float), np.arange(40), seed=1)
    assert (precision.value, area.value) == (1.0, 1.0)
    assert (precision.low, area.high) == (1.0, 1.0)
    assert recall_at_positives(positive, positive.astype(float)) == 1.0


def test_claims_of_one_subject_make_the_interval_wider_than_as_many_subjects():
    positive = np.repeat(RANDOM.random(30) < 0.4, 20)
    scores = np.repeat(RANDOM.normal(size=30), 20) + positive
    _, of_subjects = with_intervals(positive, scores, np.repeat(np.arange(30), 20), seed=1)
    _, of_claims = with_intervals(positive, scores, np.arange(600), seed=1)
    assert of_subjects.value == of_claims.value
    assert of_subjects.high - of_subjects.low > 2 * (of_claims.high - of_claims.low)


def test_the_same_seed_gives_the_same_interval():
    positive, scores = RANDOM.random(200) < 0.3, RANDOM.random(200)
    once, again = (with_intervals(positive, scores, np.arange(200), seed=4) for _ in range(2))
    assert once == again


def test_recall_at_k_counts_the_k_best():
    assert recall_at_positives(np.array([True, True, False, False]), np.array([9.0, 1.0, 5.0, 0.0])) == pytest.approx(
        0.5
    )


@pytest.mark.parametrize("steps", [5, 50, 5_000])
def test_one_draw_has_the_figures_of_scikit_learn(steps):
    """With few steps most scores are equal to others; a weight of zero is a row that was not drawn."""
    positive, scores = RANDOM.random(400) < 0.2, RANDOM.integers(0, steps, 400).astype(float)
    for _ in range(20):
        weights = RANDOM.integers(0, 4, 400)
        drawn = weights > 0
        figures = Ranked(positive, scores).figures(weights)
        given = (positive[drawn], scores[drawn], weights[drawn].astype(float))
        assert figures == pytest.approx((average_precision(*given), area_under_curve(*given)), abs=1e-12)


def test_a_draw_of_one_class_has_no_figure():
    ranked = Ranked(np.array([True, False]), np.array([1.0, 2.0]))
    assert np.isnan(ranked.figures(np.array([1, 0]))).all()
    assert np.isnan(ranked.figures(np.array([0, 1]))).all()
