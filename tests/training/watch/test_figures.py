"""The figures of the watch on numbers whose answer is known."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from training.watch.charts import against, bars, lines
from training.watch.draws import draws_needed
from training.watch.judged import Promised, calibrate, expected_error, weekly
from training.watch.stability import moved_counts, moved_kinds, moved_share, moved_values
from training.watch.verdict_weeks import VerdictWeek, queue_precision

CHANCE = np.random.default_rng(1)
MONDAY, NEXT = date(2025, 12, 1), date(2025, 12, 8)


@pytest.mark.parametrize("values", [CHANCE.normal(size=40_000), CHANCE.poisson(0.3, 40_000).astype(np.float64)])
def test_halves_of_one_distribution_do_not_drift(values: np.ndarray) -> None:
    moved = moved_values("x", values[::2], values[1::2])
    assert moved.index < moved.by_chance < 0.01
    assert not moved.is_beyond(0.25)


def test_a_shift_of_one_deviation_is_beyond_the_usual_bound() -> None:
    moved = moved_values("x", CHANCE.normal(size=5_000), CHANCE.normal(1.0, size=5_000))
    assert moved.index == pytest.approx(0.9, abs=0.15)  # two normals one deviation apart: 1, a little less in bins
    assert moved.is_beyond(0.25)


def test_few_rows_move_by_chance_and_call_nobody() -> None:
    moved = moved_counts("x", np.array([5, 5, 5, 5]), np.array([9, 1, 6, 2]))
    assert 0.25 < moved.index < moved.by_chance
    assert not moved.is_beyond(0.25)


def test_a_column_whose_zeros_or_gaps_grow_drifts() -> None:
    before = CHANCE.exponential(size=2_000) * (CHANCE.random(2_000) < 0.5)
    after = CHANCE.exponential(size=2_000) * (CHANCE.random(2_000) < 0.05)
    assert moved_values("zeros", before, after).is_beyond(0.25)
    gaps = np.where(CHANCE.random(2_000) < 0.5, np.nan, before)
    assert moved_values("gaps", before, gaps).is_beyond(0.25)
    assert moved_values("all gaps", np.full(9, np.nan), np.full(9, np.nan)).index == 0.0


def test_shares_and_kinds_are_compared_by_count() -> None:
    assert moved_share("rule", (10, 1_000), (10, 1_000)).index == pytest.approx(0.0)
    assert moved_share("rule", (10, 1_000), (400, 1_000)).is_beyond(0.25)
    assert moved_kinds("reasons", {"a": 500, "b": 500}, {"c": 1_000}).is_beyond(0.25)


def promised(label: list[int], probability: list[float]) -> Promised:
    """Half of the claims in each of two weeks, all held, of 1,000 fen."""
    count = len(label)
    weeks = np.array([MONDAY] * (count // 2) + [NEXT] * (count - count // 2), dtype=object)
    return Promised(
        np.array(probability), np.full(count, 1_000), weeks, np.ones(count, dtype=np.bool_), np.array(label)
    )


def test_probabilities_that_come_true_have_no_gap_and_others_have() -> None:
    right = calibrate(promised([1, 0, 0, 0] * 50, [0.25] * 200))
    wrong = calibrate(promised([1, 0, 0, 0] * 50, [0.75] * 200))
    assert right is not None
    assert wrong is not None
    assert (right.gap, wrong.gap) == (pytest.approx(0.0), pytest.approx(0.5))
    assert not right.is_beyond(0.15)
    assert wrong.is_beyond(0.15)
    assert calibrate(promised([-1, -1], [0.5, 0.5])) is None  # unlabelled is not in order


def test_what_is_expected_is_told_before_verdicts_and_measured_after() -> None:
    weeks = weekly(promised([1, 0] * 10 + [-1] * 20, [0.6] * 40))
    assert [(week.begins, week.judged, week.precision) for week in weeks] == [(MONDAY, 20, 0.5), (NEXT, 0, None)]
    assert weeks[1].expected_precision == pytest.approx(0.6)
    assert weeks[1].expected_money_fen == 12_000
    assert expected_error(weeks) == pytest.approx(0.1)
    assert expected_error(weeks[1:]) is None


def test_the_queue_is_judged_by_what_led_there_not_by_random_draws() -> None:
    rows = [VerdictWeek(MONDAY, "rule", 4, 8), VerdictWeek(MONDAY, "random", 0, 50), VerdictWeek(NEXT, "model", 1, 2)]
    judged, violating, low, high = queue_precision(rows)
    assert (judged, violating) == (10, 5)
    assert low is not None
    assert high is not None
    assert low < 0.5 < high
    assert queue_precision([]) == (0, 0, None, None)


def test_unequal_chances_need_more_draws() -> None:
    positive = np.arange(400) < 40
    equal = draws_needed(positive, np.full(400, 0.1), 0.02)
    unequal = draws_needed(positive, np.where(np.arange(400) % 2, 0.5, 0.01), 0.02)
    assert equal.needed is not None
    assert unequal.needed is not None
    assert unequal.effective < equal.effective == pytest.approx(400)
    assert unequal.needed > equal.needed


def test_few_positives_give_only_an_upper_bound() -> None:
    few = draws_needed(np.arange(100) < 3, np.full(100, 0.1), 0.01)
    assert (few.prevalence, few.low) == (None, None)
    assert few.high is not None
    assert 0.03 < few.high < 0.1
    assert draws_needed(np.empty(0, dtype=np.bool_), np.empty(0), 0.01).needed is None


def test_names_in_charts_are_text_not_markup() -> None:
    hostile = '<script src="//x">'
    drawn = bars([(hostile, 0.5, True)]) + lines([hostile], [(hostile, [0.5, None])]) + against([(0.1, 0.2, hostile)])
    assert "<script" not in drawn
    assert "&lt;script" in drawn
