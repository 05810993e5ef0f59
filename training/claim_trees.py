"""Fits the boosted trees of the claim model: parameters by trials, the mean of several fits, here or on a cluster.

Nothing stops a fit: on a validation part of some hundred judged claims the best round is anywhere between 5 and 300, by
chance. As many fits of as many trees each, averaged, are steadier and find more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

import lightgbm

from claims.tables import Array
from claims.workers import dask_client
from training.averaged import averaged
from training.cluster_fit import fit_on_cluster
from training.fit import BOOSTING, fit_boosting, raw_scores
from training.judge import Ranked, average_precision
from training.rising import constraints
from training.rounds import Rounds, settle_rounds
from training.tune import tune

FITS = 5
ROUNDS, MORE_ROUNDS = 60, 180
"""Trees of each fit: usually, and where more earn beyond chance. 300 of 31 leaves explain a claim in under 4 ms."""

MOST_SAMPLED = 200_000
"""With a cluster, parameters and rounds are chosen in one process on so many of the newest rows at most."""

Fit = Callable[[Mapping[str, Any], int], lightgbm.Booster]
"""LightGBM's parameters and rounds -> the mean of as many fits as `FITS`."""


@dataclass(frozen=True)
class Offered:
    """Rows by time: `cut` to fit on, then v to choose by.

    Attributes:
        seen: (cut + v, k) what the trees read.
        positive: (cut + v,) found violating.
        weights: (cut + v,) sample weights.
        cut: how many rows to fit on.
        names: k column names.
        units: (v,) what a bootstrap over the rows to choose by draws whole: rings and patients.
    """

    seen: Array
    positive: Array
    weights: Array
    cut: int
    names: tuple[str, ...]
    units: Array


@dataclass(frozen=True)
class FittedTrees:
    """The booster, LightGBM's parameters as far as trials chose them, and how many trees it has and why."""

    booster: lightgbm.Booster
    parameters: Mapping[str, Any]
    rounds: Rounds


def fit_trees(
    offered: Offered, seed: int, trials: int, parameters: Mapping[str, Any] | None = None, cluster: str | None = None
) -> FittedTrees:
    """Choose parameters and rounds, and fit.

    Args:
        offered: the rows.
        seed: of every random step.
        trials: how many sets of parameters are tried.
        parameters: LightGBM's; None lets trials choose them.
        cluster: address of a Dask cluster that fits the trees at last; None for this process.
    """
    with dask_client(cluster) if cluster else nullcontext() as client:  # one that is away is said before the trials
        here = partial(_mean, fit_boosting, offered, seed, MOST_SAMPLED if cluster else offered.cut)
        if parameters is None:
            parameters = _tried(offered, here, seed, trials)
        booster, rounds = _settled(offered, partial(here, parameters), seed)
        if client is not None:
            there = partial(fit_on_cluster, client)
            booster = _mean(there, offered, seed, offered.cut, parameters, rounds.trees // FITS)
    return FittedTrees(booster, parameters, rounds)


def _mean(
    fit: Callable[..., lightgbm.Booster],
    offered: Offered,
    seed: int,
    most_rows: int,
    parameters: Mapping[str, Any],
    rounds: int,
) -> lightgbm.Booster:
    """The mean of several fits, on at most so many of the newest rows; `fit` is called as `fit_boosting`."""
    newest = slice(max(0, offered.cut - most_rows), offered.cut)
    told = offered.seen[newest], offered.positive[newest], offered.weights[newest], offered.names
    overrides = {**parameters, "monotone_constraints": constraints(offered.names)}
    return averaged([fit(*told, seed + one, rounds, **overrides) for one in range(FITS)])


def _tried(offered: Offered, fit: Fit, seed: int, trials: int) -> Mapping[str, Any]:
    """The parameters of the best of so many trials."""
    positive, weights = offered.positive[offered.cut :], offered.weights[offered.cut :]

    def measured(parameters: Mapping[str, Any]) -> float:
        return average_precision(positive, raw_scores(fit(parameters, ROUNDS), offered.seen[offered.cut :]), weights)

    return tune(measured, BOOSTING, trials, seed)[0]


def _settled(offered: Offered, fit: Callable[[int], lightgbm.Booster], seed: int) -> tuple[lightgbm.Booster, Rounds]:
    """The booster with as many trees as `settle_rounds` finds right."""
    positive, weights = offered.positive[offered.cut :], offered.weights[offered.cut :]

    def weighed(scores: Array) -> Callable[[Array], float]:
        ranked = Ranked(positive, scores)
        return lambda times: ranked.figures(times * weights)[0]

    return settle_rounds(fit(ROUNDS), fit(MORE_ROUNDS), offered.seen[offered.cut :], weighed, offered.units, seed)
