"""What rules found stands in the columns of its claim, and only a bundle that reads them is offered them."""

from __future__ import annotations

import dataclasses

import lightgbm
import numpy as np

from audit.answers import hit_answer
from rules.frame import DEFINITE, HIGHLY, SLIGHTLY, WHOLE_CLAIM, Grade, Hit
from scoring.bundle import Bundle
from scoring.rule_columns import RULE_COLUMNS, features_of, kept_columns, offered_to, reads_rules, rule_columns
from scoring.score import score
from tests.scoring.small_bundle import small_bundle, values


def a_hit(row: int, grade: Grade, fen: int) -> Hit:
    return Hit("YC-X", "甲", "A", grade, row, WHOLE_CLAIM, fen, "patient", "句", "says", "源", False)


def bundle_with_rules() -> Bundle:
    """Trees over the six features and the four columns of rules, which learned that findings are bad."""
    plain = small_bundle()
    matrix = np.column_stack([values(600), np.random.default_rng(3).integers(0, 3, (600, 4))])
    guilty = matrix[:, 7] > 0
    parameters = {"objective": "binary", "num_leaves": 7, "verbose": -1, "seed": 1, "num_threads": 1}
    booster = lightgbm.train(parameters, lightgbm.Dataset(matrix, guilty), 10)
    return dataclasses.replace(plain, features=plain.features + RULE_COLUMNS, model_text=booster.model_to_string())


def test_findings_are_counted_by_grade_and_their_money_is_summed() -> None:
    hits = [a_hit(1, HIGHLY, 500), a_hit(1, HIGHLY, 300), a_hit(1, SLIGHTLY, 0), a_hit(2, DEFINITE, 40)]
    assert rule_columns(3, hits).tolist() == [[0, 0, 0, 0], [0, 2, 1, 800], [1, 0, 0, 40]]
    assert rule_columns(0, []).shape == (0, 4)


def test_a_bundle_is_offered_what_it_reads() -> None:
    matrix, found = values(3), rule_columns(3, [a_hit(1, HIGHLY, 500)])
    plain, reading = small_bundle(), bundle_with_rules()
    assert not reads_rules(plain)
    assert reads_rules(reading)
    assert offered_to(plain, matrix, found).shape == (3, 6)
    scores = score(reading, offered_to(reading, matrix, found))
    assert scores.probability[1] > scores.probability[[0, 2]].max()
    assert scores.contributions.shape == (3, 10)


def test_what_a_decision_keeps_gives_the_same_columns() -> None:
    hits = [a_hit(1, HIGHLY, 510), a_hit(1, SLIGHTLY, 0), a_hit(2, DEFINITE, 123_456_789)]
    kept = [[hit_answer(hit) for hit in hits if hit.claim_row == row] for row in range(3)]
    np.testing.assert_array_equal(kept_columns(kept), rule_columns(3, hits))
    assert len(features_of(bundle_with_rules())) == len(features_of(small_bundle())) == 6
