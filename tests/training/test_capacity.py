"""What reviewers find is counted on the best-ranked claims of each day, and unjudged ones are unknown."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from claims.clock import DAY, area_day
from training.capacity import at_capacity, choose_daily, choose_daily_cases, threshold_for


def test_a_claim_without_a_verdict_counts_neither_for_nor_against():
    scores = np.array([0.9, 0.8, 0.7, 0.1])
    label = np.array([1, -1, 0, 1])
    chosen = choose_daily(scores, np.zeros(4, dtype=np.int64), per_day=3)
    found = at_capacity(chosen, label, np.array([500, 0, 0, 900]))
    assert (found.chosen, found.judged, found.violating, found.money_fen) == (3, 2, 1, 500)
    assert found.precision == 0.5


def test_a_day_begins_at_midnight_on_the_areas_clock():
    assert area_day(np.array([16 * 3_600 - 1, 16 * 3_600])).tolist() == [0, 1]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=60), st.integers(1, 4))
def test_each_day_gives_its_best_and_no_more_than_its_capacity(rows, per_day):
    scores = np.array([score for score, _ in rows], dtype=np.float64)
    settled = np.array([day * DAY for _, day in rows])
    chosen = choose_daily(scores, settled, per_day)
    for day in np.unique(settled):
        of_day = np.flatnonzero(settled == day)
        taken = np.intersect1d(of_day, chosen)
        assert len(taken) == min(per_day, len(of_day))
        left = np.setdiff1d(of_day, taken)
        assert not len(left) or scores[taken].min() >= scores[left].max()


@given(st.lists(st.integers(0, 20), min_size=1, max_size=100), st.integers(1, 5))
def test_no_more_than_the_capacity_passes_the_threshold(values, per_day):
    scores = np.array(values, dtype=np.float64)
    settled = np.arange(len(values)) % 3 * DAY
    passing = int((scores >= threshold_for(scores, settled, per_day)).sum())
    assert passing <= max(per_day * len(np.unique(settled)), 0) or passing == len(values) <= per_day * 3


def test_a_case_is_all_that_a_person_settled_on_the_day() -> None:
    scores = np.array([0.9, 0.1, 0.8, 0.7, 0.95])
    persons = np.array(["a", "a", "b", "c", "a"], dtype=object)
    settled = np.array([0, 0, 0, 0, DAY])
    assert choose_daily_cases(scores, settled, persons, 1).tolist() == [0, 1, 4]
    assert choose_daily_cases(scores, settled, persons, 2).tolist() == [0, 1, 2, 4]
    assert choose_daily_cases(scores[:0], settled[:0], persons[:0], 2).tolist() == []
