"""Turns a fitted scikit-learn isolation forest into plain arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from claims.tables import Array
from scoring.forest import Forest


def export_forest(fitted: Any) -> Forest:
    """The arrays of a fitted `sklearn.ensemble.IsolationForest`, which score as it does.

    Args:
        fitted: a fitted IsolationForest, also one whose trees see only some of the columns (`max_features`).
    """
    parts = [
        _tree(tree.tree_, columns)
        for tree, columns in zip(fitted.estimators_, fitted.estimators_features_, strict=True)
    ]
    sizes = np.array([len(part["feature"]) for part in parts])
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    shift = np.repeat(roots, sizes)
    return Forest(
        roots=roots,
        feature=joined["feature"].astype(np.int32),
        threshold=joined["threshold"].astype(np.float64),
        left=(joined["left"] + shift).astype(np.int32),
        right=(joined["right"] + shift).astype(np.int32),
        missing_left=joined["missing_left"].astype(np.bool_),
        path=joined["path"].astype(np.float64),
        normal_path=average_path(np.array([fitted.max_samples_])),
    )


def average_path(rows: Array) -> Array:
    """Expected path length of an unsuccessful search in a binary tree of so many rows (Liu, Ting and Zhou 2008, eq. 1).

    >>> average_path(np.array([1, 2, 256])).round(3).tolist()
    [0.0, 1.0, 10.245]
    """
    many = np.maximum(rows, 3).astype(np.float64)
    length = 2.0 * (np.log(many - 1.0) + np.euler_gamma) - 2.0 * (many - 1.0) / many
    return np.where(rows <= 1, 0.0, np.where(rows == 2, 1.0, length))


def _tree(tree: Any, columns: Array) -> dict[str, Array]:
    left, right, rows = tree.children_left, tree.children_right, tree.n_node_samples
    is_leaf = left < 0
    depth = np.zeros(len(left))
    for node in np.flatnonzero(~is_leaf):  # children come after their parents
        depth[left[node]] = depth[right[node]] = depth[node] + 1
    path = depth + average_path(rows)
    for node in np.flatnonzero(~is_leaf)[::-1]:
        weights = rows[left[node]], rows[right[node]]
        path[node] = np.average([path[left[node]], path[right[node]]], weights=weights)
    return {
        "feature": np.where(is_leaf, -1, columns[np.maximum(tree.feature, 0)]),
        "threshold": tree.threshold,
        "left": np.maximum(left, 0),
        "right": np.maximum(right, 0),
        "missing_left": tree.missing_go_to_left,
        "path": path,
    }
