"""The study of transactions: cut by time, unlabelled rows only in the past, choices blind to the test."""

from __future__ import annotations

import numpy as np
import pytest

from claims.clock import DAY
from claims.errors import NotEnoughData
from features.rows import Rows
from features.transactions import TRANSACTION_FEATURES
from tests.features.made import batch_of
from tests.features.reference import context_of
from tests.features.streams import random_stream
from training.past_labels import DELAY_DAYS, past_label_columns
from training.transaction_data import TransactionTable, cut_by_time
from training.transaction_model import ROUNDS, choose

RANDOM = np.random.default_rng(3)


def made_up(count: int = 600) -> TransactionTable:
    """Transactions of ten sources; amounts above the middle are mostly violating; every third is unlabelled."""
    rows = Rows(batch := batch_of(random_stream(1, 1)), np.zeros(1, dtype=np.int64), context_of(batch))
    matrix = RANDOM.random((count, len(TRANSACTION_FEATURES)))
    label = (matrix[:, 0] + 0.2 * RANDOM.normal(size=count) > 0.6).astype(np.int64)
    label[::3] = -1
    names = np.array([f"s{number % 10}" for number in range(count)], dtype=object)
    return TransactionTable(rows, matrix, label, names, np.arange(count) * DAY, names)


def test_the_newest_two_fifths_of_the_labelled_are_tested_and_a_fifth_before_them_chooses():
    table = made_up()
    parts = cut_by_time(table.settled_at, table.label)
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (192, 48, 160)
    assert parts.train.max() < parts.validation.min() <= parts.validation.max() < parts.test.min()


def test_an_unlabelled_transaction_is_neither_learned_from_nor_tested():
    table = made_up()
    parts = cut_by_time(table.settled_at, table.label)
    assert (table.label[np.concatenate([parts.learning, parts.test])] >= 0).all()


def test_one_moment_lies_in_one_part_only():
    table = made_up()
    at = table.settled_at // (7 * DAY)
    parts = cut_by_time(at, table.label)
    assert at[parts.train].max() < at[parts.validation].min()
    assert at[parts.learning].max() < at[parts.test].min()


def test_one_class_alone_in_the_test_is_refused():
    table = made_up()
    label = np.where(np.arange(600) > 355, np.minimum(table.label, 0), table.label)
    with pytest.raises(NotEnoughData, match="test period"):
        cut_by_time(table.settled_at, label)


def test_choices_do_not_depend_on_the_test():
    table = made_up()
    parts = cut_by_time(table.settled_at, table.label)
    once = choose(table, parts, seed=1)
    table.matrix[parts.test] = 7.0
    table.label[parts.test] = 1 - table.label[parts.test]
    again = choose(table, parts, seed=1)
    assert (once.parameters, once.rounds, once.figures) == (again.parameters, again.rounds, again.figures)
    assert once.rounds in ROUNDS
    assert once.figures.area > 0.8


def test_a_label_of_the_past_is_seen_only_after_its_delay_and_before_the_judged_part():
    made = [claim for claim in random_stream(5, 40, disorder=0.0) if claim.reverses is None][:4]
    for place, claim in enumerate(made):
        claim.patient, claim.order = "p1", place
    batch = batch_of(made)
    rows = Rows(batch, np.arange(4), context_of(batch))
    at = np.array([0, DELAY_DAYS, DELAY_DAYS + 1, 30]) * DAY
    label = np.array([1, 0, 1, -1])
    violating, in_order = past_label_columns(rows, label, at, known_until=(DELAY_DAYS + 1) * DAY)[:, :2].T
    assert violating.tolist() == [0.0, 0.0, 1.0, 1.0]
    assert in_order.tolist() == [0.0, 0.0, 0.0, 1.0]
