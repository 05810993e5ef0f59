"""A label is what a standing verdict says, as far as it was known; silence is no label."""

from __future__ import annotations

import numpy as np

from tests.training.verdict_rows import DAY, a_verdict, verdicts
from training.claim_data import align
from training.labels import ClaimLabels, label_claims, standing


def labels_of(*rows: dict[str, object], before: int = 1_000, lines_of: dict[str, int] | None = None) -> ClaimLabels:
    return label_claims(standing(verdicts(*rows), before * DAY), lines_of or {})


def as_dict(labels: ClaimLabels) -> dict[str, bool]:
    return dict(zip(labels.claim_ids.tolist(), labels.is_violating.tolist(), strict=True))


def test_a_violating_verdict_makes_a_claim_positive_and_one_in_order_negative():
    labels = labels_of(a_verdict(1, "A", "violating", 5, amount_fen=700), a_verdict(2, "B", "in_order", 5))
    assert as_dict(labels) == {"A": True, "B": False}
    assert labels.amount_fen.tolist() == [700, 0]


def test_a_claim_that_was_not_judged_is_unlabelled_not_negative():
    labels = labels_of(a_verdict(1, "A", "not_judged", 5), a_verdict(2, "B", "in_order", 5))
    assert as_dict(labels) == {"B": False}
    assert align(labels, np.array(["A", "B", "C"], dtype=object)).label.tolist() == [-1, 0, -1]


def test_a_verdict_known_at_the_cut_off_does_not_exist_yet():
    rows = [a_verdict(1, "A", "violating", 10), a_verdict(2, "B", "violating", 9)]
    assert as_dict(labels_of(*rows, before=10)) == {"B": True}


def test_an_appeal_reverses_a_verdict_only_from_when_it_is_known():
    rows = [a_verdict(1, "A", "violating", 5), a_verdict(2, "A", "in_order", 20, replaces_verdict_id="V1")]
    assert as_dict(labels_of(*rows, before=20)) == {"A": True}
    assert as_dict(labels_of(*rows, before=21)) == {"A": False}


def test_one_line_in_order_says_nothing_about_the_others():
    one = a_verdict(1, "A", "in_order", 5, line_number=1)
    two = a_verdict(2, "A", "in_order", 5, line_number=2)
    assert as_dict(labels_of(one, lines_of={"A": 2})) == {}
    assert as_dict(labels_of(one, two, lines_of={"A": 2})) == {"A": False}


def test_one_violating_line_makes_the_claim_positive():
    one = a_verdict(1, "A", "in_order", 5, line_number=1)
    two = a_verdict(2, "A", "violating", 5, line_number=2, amount_fen=300)
    assert as_dict(labels_of(one, two, lines_of={"A": 3})) == {"A": True}


def test_the_draw_probability_is_kept_for_random_draws_only():
    labels = labels_of(
        a_verdict(1, "A", "in_order", 5, drawn_by="random", draw_probability_e4=50),
        a_verdict(2, "B", "in_order", 5, drawn_by="tip"),
    )
    assert labels.draw_probability.tolist() == [0.005, 1.0]
    assert labels.is_random_draw.tolist() == [True, False]
