"""Scores columns of claims: calibrated probability, anomaly, and what each feature contributed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from claims.errors import BadBundle
from claims.tables import Array
from scoring.bundle import Bundle


@dataclass(frozen=True)
class Scores:
    """What a bundle says about n rows of k columns.

    Attributes:
        probability: (n,) calibrated chance of a violation.
        anomaly: (n,) 0..1, the share of training rows that are less strange.
        contributions: (n, k) SHAP values of the trees in log-odds; zeros in rows that were not explained. What trees
            that read the forest's score give to it is shared out among the columns that made the row odd.
        base: (n,) log-odds of the average row; with the contributions it adds up to the raw score.
        anomaly_contributions: (n, k) what made a row strange, in shares of a normal path; zeros as above.
    """

    probability: Array
    anomaly: Array
    contributions: Array
    base: Array
    anomaly_contributions: Array


def score(bundle: Bundle, matrix: Array, *, only_flagged: bool = False) -> Scores:
    """Score the rows of a matrix.

    Args:
        bundle: the model.
        matrix: (n, k) values of the bundle's features in its order.
        only_flagged: explain only rows above a review threshold, which is most of the cost.

    Raises:
        BadBundle: the matrix has another number of columns.
    """
    odd, seen = _looked_at(bundle, matrix)
    probability, anomaly = _outlook(bundle, odd, seen)
    by_model, by_anomaly = flagged(bundle, probability, anomaly)
    everywhere = np.full(len(matrix), not only_flagged)
    explained = _spread(bundle.trees.contributions, seen, by_model | everywhere, seen.shape[1] + 1)
    strange = np.zeros(matrix.shape)
    if bundle.forest is not None:
        asked = by_anomaly | everywhere | (by_model & bundle.reads_oddness)
        strange = _spread(bundle.forest.contributions, matrix, asked, matrix.shape[1])
    columns = explained[:, :-1]
    if bundle.reads_oddness:
        columns = columns[:, :-1] + _shared_out(columns[:, -1], strange)
    return Scores(probability, anomaly, columns, explained[:, -1], strange)


def outlook(bundle: Bundle, matrix: Array) -> tuple[Array, Array]:
    """Probability (n,) and anomaly (n,) of the rows of a matrix, without saying why.

    Raises:
        BadBundle: the matrix has another number of columns.
    """
    return _outlook(bundle, *_looked_at(bundle, matrix))


def _looked_at(bundle: Bundle, matrix: Array) -> tuple[Array, Array]:
    """The forest's scores (n,) and what the trees read (n, k or k + 1)."""
    if matrix.ndim != 2 or matrix.shape[1] != len(bundle.features):
        raise BadBundle(
            f"The matrix has shape {matrix.shape}, but the bundle reads {len(bundle.features)} columns. "
            "Expected the features of its training. Build the features again, or promote another bundle."
        )
    odd = np.zeros(len(matrix)) if bundle.forest is None else bundle.forest.score(matrix)
    return odd, np.column_stack([matrix, odd]) if bundle.reads_oddness else matrix


def _outlook(bundle: Bundle, odd: Array, seen: Array) -> tuple[Array, Array]:
    anomaly = odd if bundle.forest is None else bundle.anomaly_knots.at(odd)
    return bundle.probability_knots.at(bundle.trees.raw_scores(seen)), anomaly


def flagged(bundle: Bundle, probability: Array, anomaly: Array) -> tuple[Array, Array]:
    """Which rows reach the review threshold of the model, and which that of the anomaly."""
    by_anomaly = anomaly >= bundle.review_anomaly if bundle.forest is not None else np.zeros(len(anomaly), np.bool_)
    return probability >= bundle.review_probability, by_anomaly


def _shared_out(amounts: Array, strange: Array) -> Array:
    """Each row's amount (n,) among its columns (n, k), as far as they made it odd; evenly where none did."""
    odd = np.maximum(strange, 0.0)
    whole = odd.sum(axis=1, keepdims=True)
    shares = np.where(whole > 0, odd / np.where(whole > 0, whole, 1.0), 1.0 / strange.shape[1])
    return np.asarray(amounts[:, None] * shares)


def _spread(explain: Callable[[Array], Array], matrix: Array, rows: Array, width: int) -> Array:
    result = np.zeros((len(matrix), width))
    if rows.any():
        result[rows] = explain(matrix[rows])
    return result
