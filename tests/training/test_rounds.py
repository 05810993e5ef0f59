"""More than 300 trees are taken only where they earn beyond chance."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from claims.tables import Array
from training.fit import MOST_ROUNDS, PATIENCE
from training.judge import Ranked
from training.rounds import LATER_CAP, settle_rounds

ROWS = 600
RANDOM = np.random.default_rng(2)
POSITIVE = RANDOM.random(ROWS) < 0.2
NOISE = RANDOM.random(ROWS)


class Made:
    """What `settle_rounds` asks of a booster: how many trees, and their scores."""

    def __init__(self, trees: int, scores: Array) -> None:
        self._trees, self._scores = trees, scores

    def num_trees(self) -> int:
        return self._trees

    def predict(self, *_: Any, **__: Any) -> Array:
        return self._scores


def weighed(scores: Array) -> Callable[[Array], float]:
    ranked = Ranked(POSITIVE, scores)
    return lambda times: ranked.figures(times)[0]


def settled(capped: Made, longer: Made | None) -> Any:
    def fit(most: int) -> Made:
        assert most == LATER_CAP
        assert longer is not None, "nothing is fitted again below the cap"
        return longer

    booster, rounds = settle_rounds(capped, fit, np.zeros((ROWS, 1)), weighed, np.arange(ROWS) // 3, seed=1)  # type: ignore[arg-type]
    assert rounds.trees == booster.num_trees()
    return booster, rounds.why


def test_below_the_cap_nothing_is_tried() -> None:
    capped = Made(MOST_ROUNDS - PATIENCE, NOISE)
    assert settled(capped, None) == (capped, "Boosting stopped before the cap of 300.")


@pytest.mark.parametrize(
    ("trees", "better_by", "taken", "says"),
    [
        (700, 2.0, True, "700 trees were tried; against 290 they gain .* beyond chance, so they are taken"),
        (700, 0.0, False, "which may be chance, so the cap of 300 stands"),
        (280, 2.0, False, "More than 300 were tried, and none was better than 290"),
    ],
)
def test_more_trees_must_earn_beyond_their_interval(trees: int, better_by: float, taken: bool, says: str) -> None:
    capped = Made(290, NOISE + 0.5 * POSITIVE)
    longer = Made(trees, NOISE[::-1] + (0.5 + better_by) * POSITIVE)
    booster, why = settled(capped, longer)
    assert booster is (longer if taken else capped)
    assert re.search(says, why)
