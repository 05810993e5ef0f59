"""How many trees a model has: 300, unless more earn beyond their interval.

Explaining a claim exactly costs time for each tree, on every claim, for ever: more of them must be worth it. So the
model is fitted once more with three times as many, and both are compared on the validation part, paired, by a bootstrap
over rings and patients; the interval of the gain has to lie above zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import lightgbm
import numpy as np

from claims.tables import Array
from training.fit import raw_scores
from training.judge import REPLICATES

Weighed = Callable[[Array], float]
"""(n,) weight of each row -> the figure that is to be high, with the scores that it was made for."""


@dataclass(frozen=True)
class Rounds:
    """How many trees, and why.

    Attributes:
        trees: that the model asks.
        why: a sentence.
    """

    trees: int
    why: str


def settle_rounds(
    usual: lightgbm.Booster,
    longer: lightgbm.Booster,
    seen: Array,
    weighed: Callable[[Array], Weighed],
    units: Array,
    seed: int,
) -> tuple[lightgbm.Booster, Rounds]:
    """The booster to take.

    Args:
        usual: with as many trees as a model usually has.
        longer: with more.
        seen: (n, k) the rows of the validation part.
        weighed: (n,) raw scores -> what weights of rows make of them.
        units: (n,) what the bootstrap draws whole.
        seed: of the bootstrap.
    """
    trees = usual.num_trees()
    before, after = (weighed(raw_scores(each, seen)) for each in (usual, longer))
    low, high = _gain(before, after, units, seed)
    tried = f"{longer.num_trees()} trees were tried; against {trees} they gain {low:+.4f} to {high:+.4f} (95%)"
    if low > 0:
        return longer, Rounds(longer.num_trees(), f"{tried}, beyond chance, so they are taken.")
    return usual, Rounds(trees, f"{tried}, which may be chance, so {trees} it is.")


def _gain(before: Weighed, after: Weighed, units: Array, seed: int) -> tuple[float, float]:
    names, unit_of = np.unique(units.astype(str), return_inverse=True)
    random = np.random.default_rng(seed)
    draws = np.empty(REPLICATES)
    for place in range(REPLICATES):
        times = np.bincount(random.integers(0, len(names), len(names)), minlength=len(names))[unit_of]
        draws[place] = after(times) - before(times)
    low, high = np.nanquantile(draws, [0.025, 0.975])
    return float(low), float(high)
