"""Which rows of subjects verdicts label, and from when on."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from claims.clock import DAY, start_of_day
from claims.errors import NotEnoughData
from training.split import LABEL_DELAY_DAYS
from training.subjects.labels import NO_END, Findings, SubjectLabels, ends_of, label_rows
from training.subjects.periods import month_ends
from training.subjects.plan import default_cutoff, split_rows

ENDS = month_ends(start_of_day(date(2024, 1, 1)), start_of_day(date(2025, 6, 1)))
MARCH, APRIL = start_of_day(date(2025, 4, 1)), start_of_day(date(2025, 5, 1))


def at(text: str) -> int:
    """The first second of a day."""
    return start_of_day(date.fromisoformat(text))


def findings(*rows: tuple[str, str, str, bool], whole: bool = False) -> Findings:
    """Findings as (subject, day settled, day the verdict was known, whether it is violating)."""
    ids, happened, known, wrong = zip(*rows, strict=True)
    size = len(rows)
    return Findings(
        np.array(ids, dtype=object),
        np.array([at(day) for day in happened], dtype=np.int64),
        np.array([at(day) for day in known], dtype=np.int64),
        np.full(size, whole),
        np.array(wrong, dtype=np.bool_),
        np.where(wrong, 900, 0),
        np.ones(size),
        np.zeros(size, dtype=np.bool_),
    )


def rows(labels: SubjectLabels) -> list[tuple[str, int, int]]:
    """Subject, period end and label of each row."""
    return list(zip(labels.ids.tolist(), labels.ends.tolist(), labels.label.tolist(), strict=True))


def test_a_verdict_labels_the_first_month_end_at_which_its_claim_was_known() -> None:
    assert rows(label_rows(findings(("p1", "2025-03-10", "2025-05-20", True)), ENDS)) == [("p1", MARCH, 1)]


def test_a_claim_known_at_the_very_end_belongs_to_the_next_month() -> None:
    assert ends_of(findings(("p1", "2025-04-01", "2025-05-20", True)), ENDS).tolist() == [APRIL]


def test_each_verdict_labels_at_most_one_row() -> None:
    many = findings(*(("p1", f"2025-0{month}-05", "2025-05-30", True) for month in (1, 2, 3, 4)))
    assert len(ends_of(many, ENDS)) == len(rows(label_rows(many, ENDS))) == 4


def test_what_was_found_by_the_month_end_labels_nothing() -> None:
    quick = findings(("p1", "2025-03-10", "2025-03-20", True), ("p2", "2025-05-10", "2025-07-01", True))
    assert ends_of(quick, ENDS).tolist() == [NO_END, at("2025-06-01")]
    assert ends_of(findings(("p1", "2025-06-10", "2025-07-20", True)), ENDS).tolist() == [NO_END]  # no end after it


def test_a_row_is_negative_only_if_nothing_of_its_year_was_found_later() -> None:
    in_order = ("p1", "2025-03-10", "2025-04-20", False)
    assert rows(label_rows(findings(in_order), ENDS)) == [("p1", MARCH, 0)]
    found_later = ("p1", "2025-01-10", "2025-04-10", True)
    assert rows(label_rows(findings(in_order, found_later), ENDS)) == [("p1", at("2025-02-01"), 1)]
    found_before = ("p1", "2025-01-10", "2025-03-10", True)  # known at the month's end: a column tells it
    assert ("p1", MARCH, 0) in rows(label_rows(findings(in_order, found_before), ENDS))
    long_ago = ("p1", "2024-03-10", "2025-04-10", True)
    assert ("p1", MARCH, 0) in rows(label_rows(findings(in_order, long_ago), ENDS))
    of_another = ("p2", "2025-01-10", "2025-04-10", True)
    assert ("p1", MARCH, 0) in rows(label_rows(findings(in_order, of_another), ENDS))


def test_a_verdict_on_a_subject_as_a_whole_labels_the_last_month_end_before_it() -> None:
    whole = findings(("i1", "2025-04-10", "2025-04-20", True), whole=True)
    assert rows(label_rows(whole, ENDS)) == [("i1", MARCH, 1)]


def test_money_is_added_up_and_one_violating_claim_is_enough() -> None:
    both = findings(("p1", "2025-03-10", "2025-04-20", False), ("p1", "2025-03-11", "2025-04-21", True))
    found = label_rows(both, ENDS)
    assert (found.label.tolist(), found.amount_fen.tolist()) == ([1], [900])


def test_the_cut_leaves_a_gap_and_one_class_alone_is_refused() -> None:
    ends = np.repeat(ENDS, 20)
    label = np.tile([0, 1], len(ENDS) * 10)
    parts = split_rows("doctor", ends, label, label, MARCH, LABEL_DELAY_DAYS)
    assert ends[parts.learning].max() <= MARCH - LABEL_DELAY_DAYS * DAY
    assert ends[parts.test].min() == MARCH
    assert ends[parts.window].max() < MARCH
    with pytest.raises(NotEnoughData, match="0 doctors found violating"):
        split_rows("doctor", ends, np.zeros(len(ends)), label, MARCH, LABEL_DELAY_DAYS)


def test_the_default_cut_leaves_both_classes_on_both_sides() -> None:
    ends = np.repeat(ENDS, 20)
    nothing, empty = np.zeros(len(ends), dtype=np.int64), np.empty(len(ends), dtype=object)
    labels = SubjectLabels(empty, ends, np.tile([0, 1], len(ENDS) * 10), nothing, nothing, nothing)
    assert default_cutoff(labels, ENDS) == MARCH  # three months hold thirty of each
