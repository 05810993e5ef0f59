"""How many trees a model has: 300 at most, unless more earn beyond their interval.

Explaining a claim exactly costs time for each tree, on every claim, for ever: more of them must be worth it. Where
boosting still got better at the cap, it is fitted once more with a later one, and both are compared on the rows that
stopped them, paired, by a bootstrap over rings and patients. Both chose their best round on these rows, the longer from
more of them, which favours it a little; the interval has to lie above zero all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import lightgbm
import numpy as np

from claims.tables import Array
from training.fit import MOST_ROUNDS, PATIENCE, raw_scores
from training.judge import REPLICATES

LATER_CAP = 900

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
    capped: lightgbm.Booster,
    fit: Callable[[int], lightgbm.Booster],
    seen: Array,
    weighed: Callable[[Array], Weighed],
    units: Array,
    seed: int,
) -> tuple[lightgbm.Booster, Rounds]:
    """The booster to take.

    Args:
        capped: fitted with at most `MOST_ROUNDS` rounds and stopped on the rows below.
        fit: most rounds -> the same with another cap.
        seen: (n, k) the rows that stopped it.
        weighed: (n,) raw scores -> what weights of rows make of them.
        units: (n,) what the bootstrap draws whole.
        seed: of the bootstrap.
    """
    trees = capped.num_trees()  # those after the best round are gone already
    if trees <= MOST_ROUNDS - PATIENCE:
        return capped, Rounds(trees, f"Boosting stopped before the cap of {MOST_ROUNDS}.")
    longer = fit(LATER_CAP)
    if longer.num_trees() <= MOST_ROUNDS:
        return capped, Rounds(trees, f"More than {MOST_ROUNDS} were tried, and none was better than {trees}.")
    before, after = (weighed(raw_scores(each, seen)) for each in (capped, longer))
    low, high = _gain(before, after, units, seed)
    tried = f"{longer.num_trees()} trees were tried; against {trees} they gain {low:+.4f} to {high:+.4f} (95%)"
    if low > 0:
        return longer, Rounds(longer.num_trees(), f"{tried}, beyond chance, so they are taken.")
    return capped, Rounds(trees, f"{tried}, which may be chance, so the cap of {MOST_ROUNDS} stands.")


def _gain(before: Weighed, after: Weighed, units: Array, seed: int) -> tuple[float, float]:
    names, unit_of = np.unique(units.astype(str), return_inverse=True)
    random = np.random.default_rng(seed)
    draws = np.empty(REPLICATES)
    for place in range(REPLICATES):
        times = np.bincount(random.integers(0, len(names), len(names)), minlength=len(names))[unit_of]
        draws[place] = after(times) - before(times)
    low, high = np.nanquantile(draws, [0.025, 0.975])
    return float(low), float(high)
