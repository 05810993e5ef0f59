"""Estimates from random draws are held against populations whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from training.random_share import Period, estimate

CLAIMS, WRONG, DRAWS = 8_000, 0.03, 1_000


def population(seed: int) -> tuple[Period, np.ndarray, np.ndarray]:
    """Claims of which a rule led to some, the others were drawn with unequal chances; with the whole truth."""
    rng = np.random.default_rng(seed)
    wrong = rng.random(CLAIMS) < WRONG
    money = np.where(wrong, rng.integers(1_000, 90_000, CLAIMS), 0)
    is_led = rng.random(CLAIMS) < np.where(wrong, 0.2, 0.005)
    chance = np.where(np.arange(CLAIMS) % 2 == 0, 0.25, 0.05)
    is_random = ~is_led & (rng.random(CLAIMS) < chance)
    label = np.where(is_led | is_random, wrong.astype(np.int64), -1)
    is_sent = rng.random(CLAIMS) < np.where(wrong, 0.5, 0.01)
    seen = np.where(label == 1, money, 0)
    return Period(label, seen, is_random, chance, is_sent, np.arange(CLAIMS)), wrong, money


def test_the_intervals_hold_the_truth_as_often_as_they_say() -> None:
    inside = {"prevalence": 0, "missed_fen": 0, "recall": 0, "money_recall": 0}
    times = 60
    for seed in range(times):
        period, wrong, money = population(seed)
        is_led = (period.label >= 0) & ~period.is_random
        truth = {
            "prevalence": wrong.mean(),
            "missed_fen": money[~period.is_sent & ~is_led].sum(),
            "recall": (wrong & period.is_sent).sum() / wrong.sum(),
            "money_recall": money[period.is_sent].sum() / money.sum(),
        }
        for name, bounds in estimate(period, seed).estimates().items():
            assert bounds.low is not None
            assert bounds.high is not None
            inside[name] += bounds.low <= truth[name] <= bounds.high
    # 95% of 60 is 57; one in ten thousand sets of 60 would have fewer than 48.
    assert min(inside.values()) >= 48, inside


def test_what_was_led_to_is_counted_once_and_stands_for_nothing_else() -> None:
    """All led-to claims are violating, no drawn one is: the estimate is the led-to share alone."""
    label = np.full(1_000, -1)
    label[:50], label[50:150] = 1, 0
    is_random = np.zeros(1_000, dtype=np.bool_)
    is_random[50:150] = True
    nobody = np.zeros(1_000, dtype=np.bool_)
    found = estimate(Period(label, np.zeros(1_000), is_random, np.full(1_000, 0.1), nobody, np.arange(1_000)), 1)
    assert (found.draws, found.positives, found.effective) == (100, 0, pytest.approx(100.0))
    assert found.prevalence.value is None
    assert found.prevalence.low is None
    assert found.prevalence.high == pytest.approx((50 + 950 * 0.0370) / 1_000, abs=1e-3)  # Wilson's 0 of 100
    assert found.recall.value is None


def test_without_a_draw_nothing_is_said() -> None:
    nothing = np.zeros(5, dtype=np.bool_)
    found = estimate(Period(np.full(5, -1), np.zeros(5), nothing, np.ones(5), nothing, np.arange(5)), 1)
    assert found.draws == 0
    assert found.prevalence.high is None


def test_unequal_chances_tell_less_than_as_many_equal_draws() -> None:
    period, _, _ = population(1)
    found = estimate(period, 1)
    assert 0.5 * found.draws < found.effective < found.draws
