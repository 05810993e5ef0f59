"""One random stream per idea, so that turning one knob does not reshuffle everything else."""

from zlib import crc32

import numpy as np

from claims.tables import Array


def dice(seed: int, idea: str) -> np.random.Generator:
    """The random stream of one idea in the city with this seed."""
    return np.random.default_rng([seed, crc32(idea.encode())])


def pick(rng: np.random.Generator, size: int, weights: Array) -> Array:
    """`size` row numbers drawn with replacement in proportion to `weights` (faster than `Generator.choice`)."""
    edges = np.cumsum(weights, dtype=np.float64)
    return np.asarray(np.minimum(np.searchsorted(edges, rng.random(size) * edges[-1], side="right"), len(edges) - 1))


def around(rng: np.random.Generator, mean: Array | float, spread: float, size: int | None = None) -> Array:
    """Lognormal draws with this mean; `spread` is the standard deviation of the logarithm."""
    n = len(np.atleast_1d(mean)) if size is None else size
    return np.asarray(np.asarray(mean) * np.exp(rng.normal(0.0, spread, n) - spread * spread / 2))


def distinct(rng: np.random.Generator, rows: Array, size: int) -> Array:
    """At most `size` of `rows`, each at most once, in random order."""
    return rng.permutation(rows)[:size]
