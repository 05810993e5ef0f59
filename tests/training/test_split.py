"""Nothing learned was known later than it could be."""

from __future__ import annotations

import numpy as np
import pytest

from claims.clock import DAY
from claims.errors import NotEnoughData
from training.split import default_cutoff, sample_weights, split

RANDOM = np.random.default_rng(3)
SETTLED = RANDOM.integers(0, 400 * DAY, 3_000)
LABEL = RANDOM.integers(-1, 2, 3_000)
CUTOFF = 300 * DAY


def test_learning_ends_the_label_delay_before_the_cut_off_and_the_test_begins_at_it():
    parts = split(SETTLED, LABEL, LABEL, CUTOFF, 400 * DAY, label_delay_days=30)
    assert SETTLED[np.r_[parts.train, parts.validation]].max() < 270 * DAY
    assert SETTLED[parts.train].max() < SETTLED[parts.validation].min()
    assert SETTLED[parts.test].min() >= CUTOFF
    assert SETTLED[parts.window].max() < CUTOFF


def test_unlabelled_claims_are_in_no_part_that_teaches_or_judges():
    parts = split(SETTLED, LABEL, LABEL, CUTOFF, 400 * DAY)
    assert (LABEL[np.r_[parts.train, parts.validation, parts.test]] >= 0).all()
    assert (LABEL[parts.window] == -1).any()


def test_labels_known_later_do_not_reach_learning():
    known = np.where(SETTLED < 200 * DAY, LABEL, -1)
    parts = split(SETTLED, known, LABEL, CUTOFF, 400 * DAY)
    assert SETTLED[np.r_[parts.train, parts.validation]].max() < 200 * DAY
    assert len(parts.test)


@pytest.mark.parametrize("part", ["training", "test"])
def test_one_class_only_is_said_in_a_sentence(part):
    one_class = np.zeros_like(LABEL)
    known, later = (one_class, LABEL) if part == "training" else (LABEL, one_class)
    with pytest.raises(NotEnoughData, match=f"The {part} period holds 0 claims judged violating"):
        split(SETTLED, known, later, CUTOFF, 400 * DAY)


def test_the_default_cut_off_is_the_newest_month_with_enough_judged_claims_of_both_kinds():
    months = np.repeat([1_754_100_000, 1_759_400_000, 1_765_000_000], 60)  # 2025-08-02, 2025-10-02, 2025-12-06
    label = np.tile([0, 1], 90)
    assert default_cutoff(months, label) == 1_761_926_400  # 2025-11-01 00:00 at UTC+8
    label[120:] = 0
    assert default_cutoff(months, label) == 1_759_248_000  # 2025-10-01: November and December hold no violation


def test_no_weight_exceeds_the_limit_times_the_least():
    weights = sample_weights(np.array([1.0, 0.5, 0.0001]), most=20.0)
    assert weights.mean() == pytest.approx(1)
    assert weights.max() / weights.min() == pytest.approx(20)
