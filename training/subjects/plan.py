"""How subjects are trained, and which rows the run asks for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from audit.capacity import capacity_on
from claims.clock import DAY
from claims.errors import NotEnoughData
from claims.tables import Array
from training.split import GOOD_PER_CLASS, LABEL_DELAY_DAYS, LEAST_PER_CLASS
from training.subjects.kinds import PLURAL, Kind
from training.subjects.labels import SubjectLabels
from training.subjects.periods import last_day
from training.subjects.read import Asked, Life

EVIDENCE_CLAIMS = 10
"""Claims shown as evidence of a case, largest fund payment first: what one person can judge in an hour or so."""

TRIALS = 10

WORKING_DAYS = 20
"""Of a period of a month."""

FOREST_ROWS = 20_000
"""Rows of the training window, judged or not, that the isolation forest is fitted on; each tree sees 256 of them."""


@dataclass(frozen=True)
class SubjectPlan:
    """How to train.

    Attributes:
        cutoff: seconds; period ends from here on are the test. None: the newest one that leaves enough to test with.
        per_day: cases of this kind that reviewers can take up in a day; None takes the policy's capacity.
        label_delay_days: gap between the newest period end learned from and the cut-off.
        most_weight: heaviest sample weight as a multiple of the least.
        seed: of every random step.
        trials: how many sets of LightGBM's parameters are tried; 1 takes the usual ones.
    """

    cutoff: int | None = None
    per_day: float | None = None
    label_delay_days: int = LABEL_DELAY_DAYS
    most_weight: float = 20.0
    seed: int = 1
    trials: int = TRIALS


def cases_per_period(kind: Kind, end: int, per_day: float | None = None) -> int:
    """Cases of a kind that reviewers can take up in the month that follows a period end, at least one.

    Args:
        kind: of the subjects.
        end: seconds; the policy of that day holds.
        per_day: cases a day; None takes the policy's minutes, less the random draw's.
    """
    if per_day is None:
        policy = capacity_on(last_day(end))
        minutes = policy.minutes_per_day * (1 - policy.random_share) * policy.kind_shares[kind]
        per_day = minutes / policy.minutes_of(kind, EVIDENCE_CLAIMS)
    return max(1, int(per_day * WORKING_DAYS))


def default_cutoff(labels: SubjectLabels, ends: Array, label_delay_days: int = LABEL_DELAY_DAYS) -> int:
    """The newest period end with enough labelled rows on both sides; where there is none, the one that comes nearest.

    Args:
        labels: as known now.
        ends: all period ends, rising, at least two.
        label_delay_days: gap between the rows learned from and the cut-off.
    """
    best, most = int(ends[len(ends) // 2]), 0
    for end in ends[:0:-1].tolist():
        parts = labels.ends <= end - label_delay_days * DAY, labels.ends >= end
        least = min(int((labels.label[part] == value).sum()) for part in parts for value in (0, 1))
        if least >= GOOD_PER_CLASS:
            return int(end)
        if least > most:
            best, most = int(end), least
    return best


def questions(life: Life, ends: Array, cutoff: int, then: SubjectLabels, seed: int) -> Asked:
    """The rows that a run needs: those labelled before the cut-off, a sample of all before it, and the whole test.

    Verdicts known later choose no row before the cut-off, so that the forest does not learn from them either.
    """
    tested = [(life.active(end), end) for end in ends[ends >= cutoff].tolist()]
    before = [(life.active(end), end) for end in ends[ends < cutoff].tolist()]
    sample = _sampled(before, seed)
    parts = [*tested, sample, (then.ids, then.ends)]
    pairs = pd.DataFrame(
        {
            "id": np.concatenate([ids for ids, _ in parts]),
            "end": np.concatenate([np.broadcast_to(np.asarray(end, dtype=np.int64), len(ids)) for ids, end in parts]),
        }
    )
    pairs = pairs.drop_duplicates().sort_values(["end", "id"], kind="stable")
    return Asked(pairs["id"].to_numpy(dtype=object), pairs["end"].to_numpy(dtype=np.int64))


def _sampled(before: list[tuple[Array, int]], seed: int) -> tuple[Array, Array]:
    """At most `FOREST_ROWS` of all rows, each as likely as the others."""
    if not before:
        return np.empty(0, dtype=object), np.empty(0, dtype=np.int64)
    ids = np.concatenate([ids for ids, _ in before])
    ends = np.concatenate([np.full(len(ids), end, dtype=np.int64) for ids, end in before])
    if len(ids) > FOREST_ROWS:
        chosen = np.sort(np.random.default_rng(seed).choice(len(ids), FOREST_ROWS, replace=False))
        ids, ends = ids[chosen], ends[chosen]
    return ids, ends


@dataclass(frozen=True)
class SubjectSplit:
    """Row numbers of a table of subjects.

    Attributes:
        learning: labelled rows of period ends at least the label delay before the cut-off.
        test: labelled rows of period ends from the cut-off on.
        window: the rows before the cut-off, judged or not.
        test_window: all rows of the test.
        cutoff: seconds.
    """

    learning: Array
    test: Array
    window: Array
    test_window: Array
    cutoff: int


def split_rows(
    kind: Kind, ends: Array, known_label: Array, later_label: Array, cutoff: int, label_delay_days: int
) -> SubjectSplit:
    """Cut rows by time; the folds of `model` keep subjects apart on top of it.

    Args:
        kind: for messages.
        ends: (n,) seconds.
        known_label: (n,) 1, 0 or -1 as known at the cut-off; for learning.
        later_label: (n,) as known now; for judging only.
        cutoff: seconds.
        label_delay_days: rows this shortly before the cut-off teach nothing.

    Raises:
        NotEnoughData: a part lacks one of the two classes.
    """
    learning = np.flatnonzero((ends <= cutoff - label_delay_days * DAY) & (known_label >= 0))
    window, test_window = np.flatnonzero(ends < cutoff), np.flatnonzero(ends >= cutoff)
    test = test_window[later_label[test_window] >= 0]
    for part, labels in (("before", known_label[learning]), ("from", later_label[test])):
        positives, negatives = int((labels == 1).sum()), int((labels == 0).sum())
        if min(positives, negatives) < LEAST_PER_CLASS:
            raise NotEnoughData(
                f"The period ends {part} the cut-off on {last_day(cutoff)} hold {positives} {PLURAL[kind]} found "
                f"violating and {negatives} judged in order; at least {LEAST_PER_CLASS} of each are needed. Choose "
                f"another --cutoff, or wait for more verdicts. Until then yicha score --subject {kind} --at DATE ranks "
                "by the isolation forest alone."
            )
    return SubjectSplit(learning, test, window, test_window, cutoff)
