"""The search for parameters begins with the usual ones, stays inside its bounds, and repeats itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from features.catalogue import FEATURES
from scoring.rule_columns import RULE_COLUMNS
from training.fit import BOOSTING
from training.rising import RISING, constraints
from training.tune import BOUNDS, tune


def measure(parameters: Mapping[str, Any]) -> float:
    return -abs(parameters["num_leaves"] - 12) - abs(parameters["feature_fraction"] - 0.4)


def test_the_usual_parameters_are_tried_first_and_the_best_of_all_is_kept() -> None:
    best, measured = tune(measure, BOOSTING, trials=15, seed=1)
    assert len(measured) == 15
    assert measured[0] == measure(BOOSTING)
    assert measure(best) == max(measured) > measured[0]
    assert set(best) == set(BOUNDS)
    assert all(low <= best[name] <= high for name, (low, high) in BOUNDS.items())


def test_the_same_seed_tries_the_same() -> None:
    assert tune(measure, BOOSTING, trials=8, seed=4) == tune(measure, BOOSTING, trials=8, seed=4)


def test_one_trial_keeps_the_usual_parameters() -> None:
    best, _ = tune(measure, BOOSTING, trials=1, seed=1)
    assert best == {name: BOOSTING[name] for name in BOUNDS}


def test_every_rising_column_is_a_feature() -> None:
    names = [feature.name for feature in (*FEATURES, *RULE_COLUMNS)]
    assert set(names) >= RISING
    assert sum(constraints(names)) == len(RISING)
