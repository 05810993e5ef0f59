"""Fits the boosted trees of the claim model: parameters by trials, rounds by early stopping, here or on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import lightgbm

from claims.tables import Array
from claims.workers import dask_client
from training.cluster_fit import fit_on_cluster
from training.fit import BOOSTING, MOST_ROUNDS, fit_boosting, raw_scores
from training.judge import Ranked, average_precision
from training.rising import constraints
from training.rounds import Rounds, settle_rounds
from training.tune import tune

MOST_SAMPLED = 200_000
"""With a cluster, parameters and rounds are chosen in one process on so many of the newest rows at most."""


@dataclass(frozen=True)
class Offered:
    """Rows by time: `cut` to fit on, then v to stop on.

    Attributes:
        seen: (cut + v, k) what the trees read.
        positive: (cut + v,) found violating.
        weights: (cut + v,) sample weights.
        cut: how many rows to fit on.
        names: k column names.
        units: (v,) what a bootstrap over the rows to stop on draws whole: rings and patients.
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
        chosen = _choose(offered, seed, trials, parameters, MOST_SAMPLED if cluster else offered.cut)
        if client is None:
            return chosen
        told = offered.seen[: offered.cut], offered.positive[: offered.cut], offered.weights[: offered.cut]
        overrides = {**chosen.parameters, "monotone_constraints": constraints(offered.names)}
        booster = fit_on_cluster(client, *told, offered.names, seed, chosen.rounds.trees, **overrides)
    return replace(chosen, booster=booster)


def _choose(
    offered: Offered, seed: int, trials: int, parameters: Mapping[str, Any] | None, most_rows: int
) -> FittedTrees:
    """Parameters, rounds, and the trees that they give in this process on at most so many of the newest rows."""
    rising, cut = constraints(offered.names), offered.cut
    newest = slice(max(0, cut - most_rows), cut)
    told = offered.seen[newest], offered.positive[newest], offered.weights[newest], offered.names
    stop_on = offered.seen[cut:], offered.positive[cut:], offered.weights[cut:]

    def boosted(tried: Mapping[str, Any], most_rounds: int = MOST_ROUNDS) -> lightgbm.Booster:
        return fit_boosting(*told, stop_on, seed, most_rounds, monotone_constraints=rising, **tried)

    def measured(tried: Mapping[str, Any]) -> float:
        return average_precision(stop_on[1], raw_scores(boosted(tried), stop_on[0]), stop_on[2])

    def weighed(scores: Array) -> Callable[[Array], float]:
        ranked = Ranked(stop_on[1], scores)
        return lambda times: ranked.figures(times * stop_on[2])[0]

    chosen = parameters if parameters is not None else tune(measured, BOOSTING, trials, seed)[0]
    longer = partial(boosted, chosen)
    booster, rounds = settle_rounds(longer(), longer, stop_on[0], weighed, offered.units, seed)
    return FittedTrees(booster, chosen, rounds)
