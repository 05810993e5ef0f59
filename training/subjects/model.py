"""Fits the models of subjects: five folds of subjects learn apart from each other, then one model learns from all.

The folds' models judge: a row is scored by trees and a forest that saw no row of its subject, and a row of the test by
such that saw nothing from the cut-off on. The model that serves has the same recipe and learns from all folds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import lightgbm
import numpy as np
from sklearn.ensemble import IsolationForest

from claims.errors import NotEnoughData
from claims.tables import Array
from scoring.knots import Knots
from training.calibrate import fit_knots, fit_quantiles
from training.fit import BOOSTING as USUAL
from training.fit import THREADS, fit_boosting, fit_forest
from training.judge import average_precision
from training.split import sample_weights
from training.subjects.columns import link_columns, names_of
from training.subjects.kinds import PLURAL
from training.subjects.labels import row_probability
from training.subjects.plan import SubjectPlan, SubjectSplit
from training.subjects.read import SubjectTable
from training.tune import tune

FOLDS = 5

BOOSTING: dict[str, Any] = {
    "learning_rate": 0.05,
    "num_leaves": 15,
    "max_depth": 6,
    "feature_fraction": 0.5,
    "num_threads": 1,
}
"""Some hundred positives: small trees, and one thread, since several would wait for each other. The first trial."""

ROUNDS = (25, 50, 100, 150, 200, 300)
"""The number of trees is the one of these with the best average precision on subjects that the trees had not seen."""


@dataclass(frozen=True)
class SubjectLearning:
    """What is learned from, laid beside the n rows of a table.

    Attributes:
        table: the rows.
        label: (n,) 1, 0 or -1 as known at the cut-off.
        draw_probability: (n,) as known at the cut-off.
        parts: row numbers.
    """

    table: SubjectTable
    label: Array
    draw_probability: Array
    parts: SubjectSplit


@dataclass(frozen=True)
class Held:
    """What each of the n rows got from models that had not seen its subject.

    Attributes:
        fold: (n,) 0 to 4.
        oddness: (n,) raw forest score, higher is odder.
        raw: (n,) raw score of the trees, log odds.
        without_links, unweighted: (n,) likewise, of trees without link and ring columns, and without sample weights.
        contributions: (t, k + 1) SHAP values of the labelled test rows, log odds.
    """

    fold: Array
    oddness: Array
    raw: Array
    without_links: Array
    unweighted: Array
    contributions: Array


@dataclass(frozen=True)
class SubjectModel:
    """The fitted parts, in the form that the bundle takes them.

    Attributes:
        booster: trees over the k columns and the forest's score.
        rounds: how many trees.
        parameters: LightGBM's, as trials chose them.
        knots: the trees' raw score -> probability.
        forest: isolation forest over the k columns.
        anomaly_knots: raw forest score -> share of the window's rows that are less odd.
        typical: (k,) medians over the window's rows.
        window_probability: (w,) probabilities of the window's rows, of models that had not seen the subject.
    """

    booster: lightgbm.Booster
    rounds: int
    parameters: Mapping[str, Any]
    knots: Knots
    forest: IsolationForest
    anomaly_knots: Knots
    typical: Array
    window_probability: Array


def fit_subjects(learning: SubjectLearning, plan: SubjectPlan) -> tuple[SubjectModel, Held]:
    """Fit the folds, then the model that serves.

    Raises:
        NotEnoughData: fewer subjects of one class than folds.
    """
    table, parts, rows = learning.table, learning.parts, learning.parts.learning
    positive, weights = learning.label == 1, _weights(learning, plan)
    fold = fold_of_subjects(table, positive, parts, plan.seed)
    forests = _fold_forests(table, parts, fold, plan.seed)
    oddness = np.zeros(len(table.ids))
    for number, forest in enumerate(forests):
        mine = fold == number
        if mine.any():
            oddness[mine] = odd_scores(forest, table.matrix[mine])
    names = names_of(table.kind)
    matrix = np.column_stack([table.matrix, oddness])
    recipe = Recipe(matrix, positive, weights, names, rows, fold, plan.seed)
    parameters, rounds = _chosen(recipe, plan.trials)
    boosters = fold_boosters(recipe, parameters, rounds)
    every = np.arange(len(matrix))
    raw = held_out(boosters, matrix, every, fold)
    kept = np.setdiff1d(np.arange(matrix.shape[1]), [*link_columns(table.kind), matrix.shape[1] - 1])
    bare = replace(recipe, matrix=matrix[:, kept], names=[names[at] for at in kept])
    without = held_out(fold_boosters(bare, parameters, rounds), bare.matrix, every, fold)
    even = fold_boosters(replace(recipe, weights=np.ones(len(matrix))), parameters, rounds)
    unweighted = held_out(even, matrix, every, fold)
    booster = recipe.fit(rows, parameters, rounds)
    knots = fit_knots(raw[rows], positive[rows], weights[rows])
    window = parts.window
    forest = fit_forest(table.matrix[window], plan.seed)
    model = SubjectModel(
        booster,
        rounds,
        parameters,
        knots,
        forest,
        fit_quantiles(odd_scores(forest, table.matrix[window])),
        np.median(table.matrix[window], axis=0),
        knots.at(raw[window]),
    )
    return model, Held(fold, oddness, raw, without, unweighted, _explained(boosters, matrix, parts.test, fold))


def odd_scores(forest: IsolationForest, matrix: Array) -> Array:
    """(n,) raw forest score, higher is odder."""
    return -np.asarray(forest.score_samples(matrix))


def _weights(learning: SubjectLearning, plan: SubjectPlan) -> Array:
    rows = learning.parts.learning
    claims = learning.table.column("claims_count_30d")[rows]
    weights = np.ones(len(learning.label))
    weights[rows] = sample_weights(row_probability(learning.draw_probability[rows], claims), plan.most_weight)
    return weights


def fold_of_subjects(table: SubjectTable, positive: Array, parts: SubjectSplit, seed: int) -> Array:
    """The fold of each row, (n,): that of its subject; subjects ever found violating are dealt out first."""
    ids, subject = np.unique(table.ids.astype(str), return_inverse=True)
    kinds = np.zeros(len(ids), dtype=np.int64)  # 0 unlabelled, 1 in order, 2 violating
    np.maximum.at(kinds, subject[parts.learning], 1 + positive[parts.learning])
    counts = np.bincount(kinds, minlength=3)
    if min(counts[1:]) < FOLDS:
        raise NotEnoughData(
            f"Before the cut-off {counts[2]} {PLURAL[table.kind]} were found violating and {counts[1]} others judged "
            f"in order; at least {FOLDS} of each are needed for {FOLDS} folds of subjects. Wait for more verdicts."
        )
    order = np.lexsort((np.random.default_rng(seed).permutation(len(ids)), -kinds))
    fold = np.empty(len(ids), dtype=np.int64)
    fold[order] = np.arange(len(ids)) % FOLDS
    return np.asarray(fold[subject])


def _fold_forests(table: SubjectTable, parts: SubjectSplit, fold: Array, seed: int) -> list[IsolationForest]:
    window = parts.window
    return [fit_forest(table.matrix[window[fold[window] != number]], seed) for number in range(FOLDS)]


@dataclass(frozen=True)
class Recipe:
    """What trees are fitted on, whichever rows and parameters.

    Attributes:
        matrix: (n, k) columns.
        positive, weights: (n,) labels and sample weights.
        names: k column names.
        rows: the rows that may be learned from.
        fold: (n,) 0 to 4.
        seed: same seed, same rows, same trees.
    """

    matrix: Array
    positive: Array
    weights: Array
    names: Sequence[str]
    rows: Array
    fold: Array
    seed: int

    def fit(self, rows: Array, parameters: Mapping[str, Any], rounds: int) -> lightgbm.Booster:
        """Trees that learned from some rows."""
        columns, positive, weights = self.matrix[rows], self.positive[rows], self.weights[rows]
        chosen = {**BOOSTING, **parameters}
        return fit_boosting(columns, positive, weights, self.names, self.seed, rounds, **chosen)


def fold_boosters(
    recipe: Recipe, parameters: Mapping[str, Any] = BOOSTING, rounds: int = ROUNDS[-1]
) -> list[lightgbm.Booster]:
    """The trees of each fold, which learn from the rows of all other folds."""
    rows, fold = recipe.rows, recipe.fold
    return [recipe.fit(rows[fold[rows] != number], parameters, rounds) for number in range(FOLDS)]


def held_out(
    boosters: Sequence[lightgbm.Booster], matrix: Array, rows: Array, fold: Array, rounds: int | None = None
) -> Array:
    """(len(rows),) raw scores of the first `rounds` trees, each of the model that had not seen the row's subject."""
    raw = np.zeros(len(rows))
    for number, booster in enumerate(boosters):
        mine = np.flatnonzero(fold[rows] == number)
        if len(mine):
            raw[mine] = booster.predict(matrix[rows[mine]], raw_score=True, num_iteration=rounds, num_threads=THREADS)
    return raw


def _chosen(recipe: Recipe, trials: int) -> tuple[dict[str, Any], int]:
    """The parameters and the number of trees with the best pooled average precision on subjects not seen."""
    tried: list[tuple[float, int]] = []

    def measured(parameters: Mapping[str, Any]) -> float:
        tried.append(_best_rounds(recipe, fold_boosters(recipe, parameters)))
        return tried[-1][0]

    parameters, reached = tune(measured, {**USUAL, **BOOSTING}, trials, recipe.seed)
    return parameters, tried[int(np.argmax(reached))][1]


def _best_rounds(recipe: Recipe, boosters: Sequence[lightgbm.Booster]) -> tuple[float, int]:
    """The best figure, and the least of `ROUNDS` that reaches it."""
    rows, positive, weights = recipe.rows, recipe.positive[recipe.rows], recipe.weights[recipe.rows]
    reached = [
        average_precision(positive, held_out(boosters, recipe.matrix, rows, recipe.fold, rounds), weights)
        for rounds in ROUNDS
    ]
    best = int(np.argmax(reached))
    return reached[best], ROUNDS[best]


def _explained(boosters: Sequence[lightgbm.Booster], matrix: Array, rows: Array, fold: Array) -> Array:
    found = np.zeros((len(rows), matrix.shape[1]))
    for number, booster in enumerate(boosters):
        mine = np.flatnonzero(fold[rows] == number)
        if len(mine):
            found[mine] = booster.predict(matrix[rows[mine]], pred_contrib=True, num_threads=THREADS)[:, :-1]
    return found
