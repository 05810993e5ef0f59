"""Neighbourhood columns: what stands around a node, one hop away, over any kind of link."""

import numpy as np
from scipy.sparse import csr_array

from claims.tables import Array
from graphs.codes import encode


def neighbourhood_columns(ids: Array, left_ids: Array, right_ids: Array, columns: Array) -> Array:
    """Degree, and mean and max of the neighbours' columns.

    Args:
        ids: n distinct node ids.
        left_ids: first ends of e undirected links.
        right_ids: second ends. A link given twice counts once; a self link and a link to
            an id that is not among `ids` count nowhere.
        columns: (n, k) the nodes' own numbers, none negative.

    Returns:
        (n, 1 + 2 k): degree, k means, k maxima; zeros for a node without neighbours.

    >>> ids = np.array(["a", "b", "c"], dtype=object)
    >>> neighbourhood_columns(ids, ids[:2], ids[1:], np.array([[1.0], [0.0], [5.0]]))
    array([[1., 0., 0.],
           [2., 3., 5.],
           [1., 0., 0.]])
    """
    texts, (own, left, right) = encode(ids, left_ids, right_ids)
    place = np.full(len(texts) + 1, -1, dtype=np.int64)
    place[own] = np.arange(len(ids))
    return over_links(place[left], place[right], columns)


def over_links(left: Array, right: Array, columns: Array) -> Array:
    """The same with row numbers of `columns` as link ends, -1 for unknown."""
    n = len(columns)
    real = (left >= 0) & (right >= 0) & (left != right)
    ends = np.unique(np.concatenate([left[real] * n + right[real], right[real] * n + left[real]]))
    node, other = ends // max(n, 1), ends % max(n, 1)
    degree = np.bincount(node, minlength=n).astype(np.float64)
    sums, largest = np.zeros(columns.shape), np.zeros(columns.shape)
    if len(ends):
        starts = np.flatnonzero(np.diff(node, prepend=-1))
        sums[node[starts]] = np.add.reduceat(columns[other], starts, axis=0)
        largest[node[starts]] = np.maximum.reduceat(columns[other], starts, axis=0)
    return np.column_stack([degree, sums / np.maximum(degree, 1)[:, None], largest])


def shared_counts(owner: Array, item: Array, owners: int, items: int) -> tuple[Array, Array, Array]:
    """Pairs of owners that share items, and how many different ones.

    Args:
        owner: first end of m links between two kinds of nodes, such as the institution; -1 is skipped.
        item: second end, such as the patient; -1 is skipped.
        owners: how many owners there are.
        items: how many items there are.

    Returns:
        (left, right, shared): each pair once, left < right.
    """
    real = (owner >= 0) & (item >= 0)
    ones = np.ones(int(real.sum()), dtype=np.int64)
    links = csr_array((ones, (owner[real], item[real])), shape=(owners, items))
    links.data[:] = 1  # a link given twice counts once
    shared = (links @ links.T).tocoo()
    upper = shared.row < shared.col
    left, right = shared.row[upper].astype(np.int64), shared.col[upper].astype(np.int64)
    order = np.lexsort((right, left))
    return left[order], right[order], shared.data[upper][order]
