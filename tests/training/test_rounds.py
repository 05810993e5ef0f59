"""More than 300 trees are taken only where they earn beyond chance."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from claims.tables import Array
from training.judge import Ranked
from training.rounds import settle_rounds

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


@pytest.mark.parametrize(
    ("better_by", "taken", "says"),
    [
        (2.0, True, "900 trees were tried; against 300 they gain .* beyond chance, so they are taken"),
        (0.0, False, "which may be chance, so 300 it is"),
    ],
)
def test_more_trees_must_earn_beyond_their_interval(better_by: float, taken: bool, says: str) -> None:
    usual = Made(300, NOISE + 0.5 * POSITIVE)
    longer = Made(900, NOISE[::-1] + (0.5 + better_by) * POSITIVE)
    units = np.arange(ROWS) // 3
    booster, rounds = settle_rounds(usual, longer, np.zeros((ROWS, 1)), weighed, units, seed=1)  # type: ignore[arg-type]
    assert booster is (longer if taken else usual)
    assert rounds.trees == booster.num_trees()
    assert re.search(says, rounds.why)
