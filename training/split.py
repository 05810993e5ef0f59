"""Cuts time into training, validation and test, so that nothing learned was known later than it could be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from claims.clock import DAY, start_of_day, to_moment
from claims.errors import NotEnoughData
from claims.tables import Array

LABEL_DELAY_DAYS = 30
"""Median days from settlement to verdict: claims younger than this at the cut-off have only their quickest verdicts."""

VALIDATION_SHARE = 0.25
"""The newest quarter of the judged training claims stops the boosting and calibrates it."""

LEAST_PER_CLASS = 5
"""Fewer positives or negatives than this in one part give neither a model nor a figure."""


@dataclass(frozen=True)
class Split:
    """Row numbers of a feature matrix.

    Attributes:
        train: judged claims to fit on.
        validation: newer judged claims, to stop and calibrate on.
        test: judged claims settled from the cut-off on, to judge with.
        window: all claims settled before the cut-off, judged or not.
        validation_window, test_window: all claims settled in the time of `validation` and from the cut-off on.
        cutoff, test_until: seconds; the test holds claims settled in [cutoff, test_until).
    """

    train: Array
    validation: Array
    test: Array
    window: Array
    validation_window: Array
    test_window: Array
    cutoff: int
    test_until: int


GOOD_PER_CLASS = 30
"""Judged test claims of each class that the default cut-off reaches back for: fewer give very wide intervals."""


def default_cutoff(settled_at: Array, label: Array) -> int:
    """The newest start of a month from which on enough judged claims were settled to test with.

    Args:
        settled_at: (n,) seconds, of the judged claims.
        label: (n,) 1 violating, 0 in order, as known now.

    Returns:
        Seconds. Where even all of them are too few, the first month: `split` then says what is missing.
    """
    month = start_of_last_month(to_moment(int(settled_at.max())).date())
    first = int(settled_at.min())
    while (cutoff := start_of_day(month)) > first:
        tested = label[settled_at >= cutoff]
        if min((tested == 1).sum(), (tested == 0).sum()) >= GOOD_PER_CLASS:
            break
        month = start_of_last_month(month)
    return cutoff


def start_of_last_month(day: date) -> date:
    """The first day of the month before the one of `day`.

    >>> start_of_last_month(date(2025, 1, 15))
    datetime.date(2024, 12, 1)
    """
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def split(
    settled_at: Array,
    known_label: Array,
    later_label: Array,
    cutoff: int,
    test_until: int,
    label_delay_days: int = LABEL_DELAY_DAYS,
) -> Split:
    """Cut the rows of a feature matrix by time.

    Args:
        settled_at: (n,) seconds.
        known_label: (n,) 1 violating, 0 in order, -1 unlabelled, as known at the cut-off; for learning.
        later_label: (n,) the same as known now; for judging only.
        cutoff: seconds; the first moment of the test.
        test_until: seconds; the end of the test.
        label_delay_days: judged claims settled this shortly before the cut-off are left out of learning.

    Raises:
        NotEnoughData: a part lacks one of the two classes.
    """
    old_enough = (settled_at < cutoff - label_delay_days * DAY) & (known_label >= 0)
    learning = np.flatnonzero(old_enough)
    learning = learning[np.argsort(settled_at[learning], kind="stable")]
    require_both(known_label[learning], "training")
    begin = settled_at[learning[int(len(learning) * (1 - VALIDATION_SHARE))]]
    is_validation = settled_at[learning] >= begin
    window = np.flatnonzero(settled_at < cutoff)
    in_test = (settled_at >= cutoff) & (settled_at < test_until)
    parts = Split(
        train=learning[~is_validation],
        validation=learning[is_validation],
        test=np.flatnonzero(in_test & (later_label >= 0)),
        window=window,
        validation_window=window[(settled_at[window] >= begin)],
        test_window=np.flatnonzero(in_test),
        cutoff=cutoff,
        test_until=test_until,
    )
    require_both(known_label[parts.train], "training")
    require_both(known_label[parts.validation], "validation")
    require_both(later_label[parts.test], "test")
    return parts


def require_both(labels: Array, part: str) -> None:
    """Stop when a part of the data cannot teach or judge.

    Raises:
        NotEnoughData: fewer than `LEAST_PER_CLASS` positives or negatives.
    """
    positives, negatives = int((labels == 1).sum()), int((labels == 0).sum())
    if min(positives, negatives) < LEAST_PER_CLASS:
        raise NotEnoughData(
            f"The {part} period holds {positives} claims judged violating and {negatives} judged in order; at least "
            f"{LEAST_PER_CLASS} of each are needed. Choose another --cutoff, or wait for more verdicts."
        )


def sample_weights(draw_probability: Array, most: float) -> Array:
    """Weights that undo the choice of what was reviewed, as far as it was recorded.

    A claim drawn at random stands for 1/p claims; one that a rule, tip or model led to stands for itself, since nobody
    recorded how likely it was. No weight exceeds `most` times the least, or a few draws would decide alone.

    Returns:
        (n,) weights with mean 1.

    >>> sample_weights(np.array([1.0, 0.5, 0.001]), most=20.0).round(3).tolist()
    [0.13, 0.261, 2.609]
    """
    weights = np.minimum(1.0 / draw_probability, most)
    return np.asarray(weights / weights.mean())
