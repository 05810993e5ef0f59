"""An isolation forest as plain arrays: walked by our own loop, explained by where the paths grow short."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numba
import numpy as np

from claims.errors import BadBundle
from claims.tables import Array


@dataclass(frozen=True, eq=False)
class Forest:
    """t trees with N nodes in all; a node's children come after it.

    Attributes:
        roots: (t,) node of each tree's root.
        feature: (N,) column that an inner node looks at, -1 in a leaf.
        threshold: (N,) a value up to it goes left.
        left: (N,) node of the left child.
        right: (N,) node of the right child.
        missing_left: (N,) whether a missing value (nan) goes left.
        path: (N,) expected path length from the root through this node, as reckoned from the training rows: in a leaf
            its depth plus what its rows would still need; in an inner node the mean over its rows.
        normal_path: (1,) expected path length in a tree of as many rows as each tree was grown on.
    """

    roots: Array
    feature: Array
    threshold: Array
    left: Array
    right: Array
    missing_left: Array
    path: Array
    normal_path: Array

    def score(self, matrix: Array) -> Array:
        """Anomaly (n,) in (0, 1], larger is stranger: scikit-learn's `-score_samples`.

        Args:
            matrix: (n, k) feature values; rounded to float32 first, as scikit-learn does.
        """
        return np.asarray(2.0 ** -(_walk(_rounded(matrix), *self.arrays) / self._norm))

    def contributions(self, matrix: Array) -> Array:
        """How much each column shortens the paths (n, k); positive makes a row stranger.

        They add up to the expected path at the roots less the row's own, in units of the normal path.
        """
        return np.asarray(_explain(_rounded(matrix), *self.arrays) / self._norm)

    @property
    def arrays(self) -> tuple[Array, ...]:
        """The seven arrays that a walk needs, in order."""
        return (self.roots, self.feature, self.threshold, self.left, self.right, self.missing_left, self.path)

    @property
    def _norm(self) -> float:
        return float(len(self.roots) * self.normal_path[0])


FOREST_TYPES = {
    "roots": np.int64,
    "feature": np.int32,
    "threshold": np.float64,
    "left": np.int32,
    "right": np.int32,
    "missing_left": np.bool_,
    "path": np.float64,
    "normal_path": np.float64,
}


def check_forest(forest: Forest, columns: int) -> None:
    """Make sure that a walk ends and stays inside the arrays.

    Raises:
        BadBundle: types or lengths are wrong, a child does not come after its parent, or a column is not offered.
    """
    nodes = len(forest.feature)
    inner = forest.feature >= 0
    rows = np.arange(nodes)
    sound = (
        all(getattr(forest, name).dtype == kind for name, kind in FOREST_TYPES.items())
        and all(getattr(forest, entry.name).ndim == 1 for entry in fields(forest))
        and all(len(array) == nodes for array in forest.arrays[1:])
        and len(forest.roots) > 0
        and forest.normal_path.shape == (1,)
        and forest.normal_path[0] > 0
        and bool(((forest.roots >= 0) & (forest.roots < nodes)).all())
        and bool((forest.feature < columns).all())
        and all(bool(((child > rows) & (child < nodes))[inner].all()) for child in (forest.left, forest.right))
    )
    if not sound:
        raise BadBundle(
            f"The isolation forest of {nodes} nodes is malformed. Expected trees whose children come after their "
            f"parents, over {columns} columns. Train and export it again."
        )


def _rounded(matrix: Array) -> Array:
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(matrix, dtype=np.float32)


@numba.njit(cache=True, nogil=True)
def _walk(matrix, roots, feature, threshold, left, right, missing_left, path):  # type: ignore[no-untyped-def]
    total = np.zeros(matrix.shape[0])
    for row in range(matrix.shape[0]):
        for root in roots:
            node = root
            while feature[node] >= 0:
                value = matrix[row, feature[node]]
                goes_left = missing_left[node] if np.isnan(value) else value <= threshold[node]
                node = left[node] if goes_left else right[node]
            total[row] += path[node]
    return total


@numba.njit(cache=True, nogil=True)
def _explain(matrix, roots, feature, threshold, left, right, missing_left, path):  # type: ignore[no-untyped-def]
    shortened = np.zeros(matrix.shape)
    for row in range(matrix.shape[0]):
        for root in roots:
            node = root
            while feature[node] >= 0:
                value = matrix[row, feature[node]]
                goes_left = missing_left[node] if np.isnan(value) else value <= threshold[node]
                child = left[node] if goes_left else right[node]
                shortened[row, feature[node]] += path[node] - path[child]
                node = child
    return shortened
