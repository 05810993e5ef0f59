"""The isolation forest's score as a column of the trees: for rows that they learn from, by forests that never saw them.

A forest that was grown on a row finds it a little less odd than any new one, which the trees would take for a sign.
"""

from __future__ import annotations

import numpy as np

from claims.tables import Array
from scoring.forest import Forest
from training.fit import fit_forest
from training.forest_export import export_forest

FOLDS = 3
MOST_ROWS = 200_000


def grow(matrix: Array, rows: Array, seed: int) -> Forest:
    """A forest over some rows, at most `MOST_ROWS` of them.

    Args:
        matrix: (n, k) float64 without missing values.
        rows: row numbers.
        seed: same seed, same rows, same forest.
    """
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_ROWS, replace=False))
    return export_forest(fit_forest(matrix[rows], seed))


def out_of_fold(matrix: Array, window: Array, asked: Array, subjects: Array, seed: int) -> Array:
    """The oddness of rows by forests grown on rows of other subjects.

    Args:
        matrix: (n, k).
        window: rows that forests may see.
        asked: a of them.
        subjects: (n,) whose row it is; those of one subject stand in one fold.
        seed: of folds and forests.

    Returns:
        (a,) raw forest scores, higher is odder.
    """
    names, of = np.unique(subjects.astype(str), return_inverse=True)
    fold = np.random.default_rng(seed).permutation(len(names))[of] % FOLDS
    odd = np.empty(len(asked))
    for each in range(FOLDS):
        inside = fold[asked] == each
        if inside.any():
            forest = grow(matrix, window[fold[window] != each], seed + each)
            odd[inside] = forest.score(matrix[asked[inside]])
    return odd
