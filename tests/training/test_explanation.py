"""What shap's plots get is what the bundle says, in words and in yuan."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scoring.score import score
from tests.scoring.small_bundle import NAMES, small_bundle, values
from training.explanation import explain


def test_contributions_are_those_of_the_bundle_whatever_the_order_of_the_frame() -> None:
    bundle, matrix = small_bundle(), values(20)
    seen = pd.DataFrame(matrix, columns=[name for name, _ in NAMES])
    explained = explain(bundle, seen[seen.columns[::-1]])
    scores = score(bundle, matrix)
    np.testing.assert_array_equal(explained.values, scores.contributions)
    np.testing.assert_allclose(
        explained.base_values + explained.values.sum(axis=1), bundle.trees.raw_scores(matrix), atol=1e-9
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_money_is_in_yuan_and_the_value_in_a_label_is_called_n(language: str) -> None:
    bundle, matrix = small_bundle(), values(20)
    explained = explain(bundle, pd.DataFrame(matrix, columns=[name for name, _ in NAMES]), language)
    np.testing.assert_allclose(explained.data[:, 1], matrix[:, 1] / 100)
    np.testing.assert_allclose(explained.data[:, 0], matrix[:, 0])
    assert not [name for name in explained.feature_names if "{value}" in name]
