"""Boosted trees fitted on a Dask cluster, by LightGBM's own distributed learning (`lightgbm.dask`).

LightGBM's trees on a cluster know no stop of our own making: how many there shall be is chosen before, in one process.
Each worker finds the bins of some columns on its own rows and shares them, so that the trees differ a little from those
of one process. The same rows on as many workers give the same trees: which worker holds which rows is fixed here.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from typing import Any

import lightgbm
import numpy as np

from claims.tables import Array
from training.fit import BOOSTING

_NETWORK = re.compile(r"^\[(machines|local_listen_port|num_machines|time_out): .*\]\n", re.MULTILINE)
"""What the text of a model says of the machines that fitted it: equal models have equal texts, and no addresses."""


def fit_on_cluster(
    client: Any,  # distributed comes without types
    matrix: Array,
    positive: Array,
    weights: Array,
    names: Sequence[str],
    seed: int,
    rounds: int,
    **overrides: Any,  # LightGBM's parameters are of many types
) -> lightgbm.Booster:
    """Boosted trees over rows that are spread over the workers.

    Args:
        client: of the cluster, see `claims.workers.dask_client`.
        matrix: (n, k) float64.
        positive: (n,) true or false.
        weights: (n,) sample weights.
        names: k column names.
        seed: same seed, same data, as many workers: same trees.
        rounds: how many trees.
        overrides: LightGBM parameters that replace those of `BOOSTING`.
    """
    from dask import array, delayed

    def spread(column: Array) -> Any:
        return array.concatenate(
            [
                array.from_delayed(delayed(_on(client, worker, column[rows])), column[rows].shape, column.dtype)
                for worker, rows in zip(workers, parts, strict=True)
            ]
        )

    parts = parts_of(positive, len(workers_of(client)))
    workers = workers_of(client)[: len(parts)]
    data, label, weight = (spread(column) for column in (matrix, positive.astype(np.float64), weights))
    classifier = lightgbm.DaskLGBMClassifier(
        client=_InOrder(client, workers), n_estimators=rounds, seed=seed, **{**BOOSTING, **overrides}
    )
    client.gather([client.submit(_hush, workers=[worker], pure=False) for worker in workers])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the workers' own number of threads is used
        fitted = classifier.fit(data, label, sample_weight=weight, feature_name=list(names)).booster_
    return lightgbm.Booster(model_str=_NETWORK.sub("", fitted.model_to_string()))


def _hush() -> None:
    """LightGBM tells the screen of its sockets until its thread was told not to: here by a tiny data set."""
    lightgbm.Dataset(np.zeros((2, 1)), np.zeros(2), params={"verbosity": -1}).construct()


class _InOrder:
    """A client that names the holders of parts in a fixed order.

    LightGBM gives workers their rank in that order, and each rank finds the bins of its own columns: the client's own
    order is that of a set, another one each time.
    """

    def __init__(self, client: Any, workers: Sequence[str]) -> None:
        self._client, self._workers = client, workers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def who_has(self, futures: Any) -> dict[Any, Any]:
        """Part -> workers that hold it, by the order of the workers."""
        holders = self._client.who_has(futures)
        return dict(sorted(holders.items(), key=lambda entry: self._workers.index(next(iter(entry[1])))))


def workers_of(client: Any) -> list[str]:
    """The addresses of the workers, in the order of their names: addresses change from one start to the next."""
    known = client.scheduler_info(n_workers=-1)["workers"]
    return sorted(known, key=lambda address: (str(known[address]["name"]), address))


def parts_of(positive: Array, count: int) -> list[Array]:
    """The rows of each part: every part has both classes and rows of all times, since it also finds bins for others.

    >>> [part.tolist() for part in parts_of(np.array([False, True, False, True, False]), 3)]
    [[0, 4, 1], [2, 3]]
    """
    classes = [np.flatnonzero(positive == value) for value in (False, True)]
    used = min(count, *map(len, classes))
    return [np.concatenate([rows[part::used] for rows in classes]) for part in range(used)]


def _on(client: Any, worker: str, part: Array) -> Any:
    return client.scatter(part, workers=[worker], hash=False)
