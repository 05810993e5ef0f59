"""Chooses LightGBM's parameters by a fixed number of seeded trials, one after the other, on the validation part.

The trees' usual parameters are the first trial, so that the search never ends below them by its own measure. What it
chose is judged on the test like anything else, which it never saw.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import optuna

BOUNDS: Mapping[str, tuple[float, float]] = {
    "learning_rate": (0.02, 0.15),
    "num_leaves": (7, 31),
    "max_depth": (3, 8),
    "min_data_in_leaf": (5, 50),
    "lambda_l2": (0.1, 20.0),
    "feature_fraction": (0.3, 1.0),
    "bagging_fraction": (0.6, 1.0),
}
"""Between which values each parameter is tried; more leaves or depth would make explaining a claim too slow."""

_WHOLE = ("num_leaves", "max_depth", "min_data_in_leaf")
_BY_FACTORS = ("learning_rate", "lambda_l2", "min_data_in_leaf")


def tune(
    measure: Callable[[Mapping[str, Any]], float], usual: Mapping[str, Any], trials: int, seed: int
) -> tuple[dict[str, Any], list[float]]:
    """Try parameters and keep the best.

    Args:
        measure: parameters -> what is to be high.
        usual: the first trial; values of other parameters than those of `BOUNDS` are left alone.
        trials: how many in all.
        seed: same seed, same measure, same trials.

    Returns:
        The best parameters, and what each trial measured, in order.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    study.enqueue_trial({name: usual[name] for name in BOUNDS})
    study.optimize(lambda trial: measure(_suggested(trial)), n_trials=trials)
    return dict(study.best_params), [float(trial.value) for trial in study.trials if trial.value is not None]


def _suggested(trial: optuna.Trial) -> dict[str, Any]:
    return {
        name: trial.suggest_int(name, int(low), int(high), log=name in _BY_FACTORS)
        if name in _WHOLE
        else trial.suggest_float(name, low, high, log=name in _BY_FACTORS)
        for name, (low, high) in BOUNDS.items()
    }
