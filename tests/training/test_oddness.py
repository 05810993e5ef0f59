"""The forest's score as a column: rows that are learned from are scored by forests that never saw their subject."""

from __future__ import annotations

import numpy as np

from training.oddness import grow, out_of_fold

ROWS = 3_000
RNG = np.random.default_rng(5)
MATRIX = RNG.normal(size=(ROWS, 4))
SUBJECTS = np.array([f"p{number:04d}" for number in RNG.integers(0, 300, ROWS)])


def test_a_subject_that_is_odd_alone_is_odder_to_forests_without_it() -> None:
    """One subject owns a corner of the space: a forest that saw its many rows finds them usual."""
    matrix = MATRIX.copy()
    own = np.flatnonzero(np.isin(SUBJECTS, np.unique(SUBJECTS)[:60]))
    subjects = SUBJECTS.copy()
    subjects[own] = "one"
    matrix[own] += 4.0
    window = np.arange(ROWS)
    by_others = out_of_fold(matrix, window, own, subjects, seed=1)
    by_all = grow(matrix, window, seed=1).score(matrix[own])
    assert by_others.mean() > by_all.mean() + 0.02


def test_the_same_seed_gives_the_same_scores_and_the_order_of_rows_does_not_matter() -> None:
    window, asked = np.arange(ROWS), np.arange(100)
    first = out_of_fold(MATRIX, window, asked, SUBJECTS, seed=2)
    np.testing.assert_array_equal(first, out_of_fold(MATRIX, window, asked, SUBJECTS, seed=2))
    np.testing.assert_array_equal(first[::-1], out_of_fold(MATRIX, window, asked[::-1], SUBJECTS, seed=2))


def test_rows_outside_the_window_teach_nothing() -> None:
    changed = MATRIX.copy()
    changed[2_000:] = 99.0
    window, asked = np.arange(2_000), np.arange(50)
    np.testing.assert_array_equal(
        out_of_fold(MATRIX, window, asked, SUBJECTS, seed=3), out_of_fold(changed, window, asked, SUBJECTS, seed=3)
    )
