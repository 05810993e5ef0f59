"""Our forest against scikit-learn's."""

from __future__ import annotations

import dataclasses
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.ensemble import IsolationForest

from claims.errors import BadBundle
from scoring.forest import check_forest
from tests.scoring.small_bundle import trained, values
from training.forest_export import export_forest


@given(arrays.arrays(np.float64, (5, 6), elements=st.floats(-1e30, 1e30) | st.just(np.nan)))
@settings(max_examples=50, deadline=None)
def test_any_matrix_scores_as_in_scikit_learn(matrix: np.ndarray) -> None:
    _, fitted = trained()
    np.testing.assert_allclose(export_forest(fitted).score(matrix), -fitted.score_samples(matrix), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    "plan",
    [
        {"n_estimators": 1},
        {"max_samples": 2},
        {"max_samples": 37},
        {"max_features": 2},
        {"bootstrap": True},
        {"max_features": 0.5, "max_samples": 1.0},
    ],
)
def test_other_shapes_of_forest_score_as_in_scikit_learn(plan: dict[str, object]) -> None:
    matrix = values(300)
    fitted = IsolationForest(**{"n_estimators": 10, "random_state": 3, **plan}).fit(matrix)
    seen = np.vstack([matrix, values(100, seed=9) * 3])
    np.testing.assert_allclose(export_forest(fitted).score(seen), -fitted.score_samples(seen), rtol=0, atol=1e-6)


def test_missing_values_in_training_go_where_they_went() -> None:
    matrix = values(300)
    matrix[::7, 1] = np.nan
    fitted = IsolationForest(n_estimators=20, random_state=3).fit(matrix)
    np.testing.assert_allclose(export_forest(fitted).score(matrix), -fitted.score_samples(matrix), rtol=0, atol=1e-6)


def test_columns_of_one_value_and_repeated_rows() -> None:
    matrix = np.repeat(values(3), 40, axis=0)
    matrix[:, 2] = 1.0
    fitted = IsolationForest(n_estimators=20, random_state=3).fit(matrix)
    np.testing.assert_allclose(export_forest(fitted).score(matrix), -fitted.score_samples(matrix), rtol=0, atol=1e-6)


def test_contributions_add_up_to_the_shortening_of_the_path() -> None:
    _, fitted = trained()
    forest, matrix = export_forest(fitted), values(50, seed=5)
    expected = forest.path[forest.roots].sum() / (len(forest.roots) * forest.normal_path[0])
    own = -np.log2(forest.score(matrix))
    np.testing.assert_allclose(forest.contributions(matrix).sum(axis=1), expected - own, atol=1e-9)


def test_one_row_takes_less_than_a_third_of_a_millisecond() -> None:
    fitted = IsolationForest(n_estimators=100, random_state=1).fit(values(600))
    forest, row = export_forest(fitted), values(1, seed=2)
    forest.score(row)
    taken = []
    for _ in range(200):
        began = time.perf_counter()
        forest.score(row)
        taken.append(time.perf_counter() - began)
    assert np.median(taken) < 0.0003


@pytest.mark.parametrize(
    "change",
    [
        {"left": lambda forest: forest.left * 0},
        {"right": lambda forest: forest.right + len(forest.right)},
        {"feature": lambda forest: np.where(forest.feature >= 0, 6, -1).astype(np.int32)},
        {"threshold": lambda forest: forest.threshold[:-1]},
        {"roots": lambda forest: forest.roots - 1},
        {"path": lambda forest: forest.path.astype(np.float32)},
        {"normal_path": lambda forest: forest.normal_path * 0},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_forest_that_could_lead_a_walk_astray_is_refused(change: dict) -> None:
    forest = export_forest(trained()[1])
    broken = dataclasses.replace(forest, **{name: make(forest) for name, make in change.items()})
    with pytest.raises(BadBundle, match="malformed"):
        check_forest(broken, 6)
