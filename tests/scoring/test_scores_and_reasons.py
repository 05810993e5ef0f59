"""Scores against LightGBM's own package, and their sentences."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.errors import BadBundle
from scoring.knots import Knots
from scoring.reasons import reasons, written
from scoring.score import score
from tests.scoring.small_bundle import bundle_reading_oddness, small_bundle, trained, values


def test_raw_scores_and_contributions_are_those_of_lightgbm() -> None:
    booster, _ = trained()
    matrix, bundle = values(200, seed=8), small_bundle()
    np.testing.assert_array_equal(bundle.trees.raw_scores(matrix), booster.predict(matrix, raw_score=True))
    np.testing.assert_allclose(
        bundle.trees.contributions(matrix), booster.predict(matrix, pred_contrib=True), atol=1e-12
    )


def test_contributions_add_up_to_the_raw_score() -> None:
    bundle, matrix = small_bundle(), values(200, seed=8)
    scores = score(bundle, matrix)
    np.testing.assert_allclose(
        scores.contributions.sum(axis=1) + scores.base, bundle.trees.raw_scores(matrix), atol=1e-9
    )


def test_one_row_alone_scores_as_in_the_batch() -> None:
    bundle, matrix = small_bundle(), values(100, seed=8)
    together = score(bundle, matrix)
    for row in range(0, 100, 9):
        alone = score(bundle, matrix[row : row + 1])
        for name, column in vars(together).items():
            np.testing.assert_array_equal(getattr(alone, name)[0], column[row], err_msg=name)


def test_only_flagged_rows_are_explained_when_asked_so() -> None:
    bundle, matrix = small_bundle(), values(200, seed=8)
    everything, flagged = score(bundle, matrix), score(bundle, matrix, only_flagged=True)
    np.testing.assert_array_equal(everything.probability, flagged.probability)
    held = everything.probability >= bundle.review_probability
    assert 0 < held.sum() < 200
    np.testing.assert_array_equal(flagged.contributions[held], everything.contributions[held])
    assert not flagged.contributions[~held].any()


def test_what_oddness_moved_is_shared_out_and_still_adds_up() -> None:
    bundle, matrix = bundle_reading_oddness(), values(200, seed=8)
    assert bundle.forest is not None
    scores = score(bundle, matrix)
    raw = bundle.trees.raw_scores(np.column_stack([matrix, bundle.forest.score(matrix)]))
    assert scores.contributions.shape == matrix.shape
    np.testing.assert_allclose(scores.contributions.sum(axis=1) + scores.base, raw, atol=1e-9)
    np.testing.assert_array_equal(scores.probability, bundle.probability_knots.at(raw))
    most = np.abs(scores.contributions).max(axis=1)
    assert (most > 0).any()


def test_trees_that_read_oddness_need_a_forest() -> None:
    with pytest.raises(BadBundle, match="no forest"):
        small_bundle(forest=None, reads_oddness=True)
    with pytest.raises(BadBundle, match="offers 7"):
        small_bundle(reads_oddness=True).trees  # noqa: B018  # it is made when first asked for


CURVE = Knots(np.array([-4.0, 0.0, 4.0]), np.array([0.01, 0.4, 0.97]))


@given(st.lists(st.floats(-20, 20), min_size=2, max_size=50))
def test_a_higher_score_never_has_a_lower_probability(raw: list[float]) -> None:
    probability = CURVE.at(np.sort(np.array(raw)))
    assert (np.diff(probability) >= 0).all()
    assert ((probability >= 0) & (probability <= 1)).all()


@pytest.mark.parametrize(
    ("x", "y"), [([], []), ([0, 0], [0, 1]), ([0, 1], [1, 0]), ([0, 1], [0, 1.1]), ([0], [0, 1]), ([np.nan], [0.5])]
)
def test_a_curve_that_falls_or_leaves_its_range_is_refused(x: list[float], y: list[float]) -> None:
    with pytest.raises(BadBundle, match="calibration curve"):
        Knots(np.array(x), np.array(y))


def test_reasons_are_the_largest_contributions_in_words() -> None:
    bundle = small_bundle()
    row = np.array([7.0, 123_450.0, 0.0, 3.0, 0.256, 1.0])
    found = reasons(bundle, row, np.array([2.0, -1.0, 0.0, 0.5, 0.4, 0.1]), most=3)
    assert [reason.feature for reason in found] == [
        "patient_claims_count_30d",
        "patient_fund_sum_30d",
        "doctor_patient_distinct_1d",
    ]
    assert [reason.share for reason in found] == [0.5, 0.25, 0.125]
    assert [reason.direction for reason in found] == ["raises", "lowers", "raises"]
    assert found[0].zh == "patient_claims_count_30d 为 7"
    assert found[1].zh == "patient_fund_sum_30d 为 1,234.50，降低风险"
    assert found[1].en == "patient_fund_sum_30d is 1,234.50, which lowers the risk"


def test_a_feature_that_did_nothing_is_no_reason() -> None:
    assert reasons(small_bundle(), values(1)[0], np.zeros(6)) == []


def test_the_usual_value_stands_beside_the_own() -> None:
    bundle = small_bundle()
    first = dataclasses.replace(bundle.features[0], says_zh="近30天在 {value} 家机构购药", typical=1.0)
    compared = dataclasses.replace(bundle, features=(first, *bundle.features[1:]))
    found = reasons(compared, np.array([7.0, 0, 0, 0, 0, 0]), np.array([1.0, 0, 0, 0, 0, 0]))
    assert found[0].zh == "近30天在 7 家机构购药（一般为 1）"


@pytest.mark.parametrize(
    ("value", "unit", "zh"),
    [
        (0.0, "fen", "0.00"),
        (-5.0, "fen", "-0.05"),
        (0.004, "share", "0.4%"),
        (1.0, "share", "100%"),
        (2.5, "ratio", "2.50"),
        (30.0, "days", "30"),
        (0.0, "flag", "否"),
        (float("nan"), "count", "未知"),
    ],
)
def test_values_are_written_by_their_unit(value: float, unit: str, zh: str) -> None:
    assert written(value, unit, "zh") == zh
