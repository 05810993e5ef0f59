"""Trees fitted on a cluster of two processes repeat themselves, and rank as those of one process do."""

from __future__ import annotations

import numpy as np
import pytest

from claims.errors import BadSetting
from training.claim_trees import Offered, fit_trees
from training.fit import raw_scores
from training.judge import average_precision

ROWS, COLUMNS = 4_000, 20
MOST_APART = 0.03
"""Distance of the average precisions: each worker finds its bins on half of the rows."""

RANDOM = np.random.default_rng(1)
MATRIX = RANDOM.normal(size=(3 * ROWS, COLUMNS))
POSITIVE = MATRIX[:, 0] + MATRIX[:, 1] * MATRIX[:, 2] + RANDOM.normal(size=3 * ROWS) > 1.5
KNOWN, JUDGED = slice(0, 2 * ROWS), slice(2 * ROWS, None)
OFFERED = Offered(
    MATRIX[KNOWN],
    POSITIVE[KNOWN],
    np.where(RANDOM.random(2 * ROWS) < 0.1, 5.0, 1.0),
    cut=ROWS,
    names=tuple(f"column_{place}" for place in range(COLUMNS)),
    units=np.arange(ROWS),
)


@pytest.mark.slow
def test_two_processes_fit_what_one_fits() -> None:
    once, again = (fit_trees(OFFERED, seed=1, trials=1, cluster="local:2") for _ in range(2))
    alone = fit_trees(OFFERED, seed=1, trials=1)
    text = once.booster.model_to_string()
    assert text == again.booster.model_to_string()
    assert "127.0.0.1" not in text  # no address of a worker goes into a bundle
    assert once.booster.num_trees() == once.rounds.trees == alone.rounds.trees
    assert tuple(once.booster.feature_name()) == OFFERED.names
    there, here = (
        average_precision(POSITIVE[JUDGED], raw_scores(each.booster, MATRIX[JUDGED])) for each in (once, alone)
    )
    assert abs(there - here) < MOST_APART
    assert min(there, here) > 2 * POSITIVE.mean()


def test_a_cluster_that_is_not_there_is_said() -> None:
    with pytest.raises(BadSetting, match="names no cluster"):
        fit_trees(OFFERED, seed=1, trials=1, cluster="local:two")
