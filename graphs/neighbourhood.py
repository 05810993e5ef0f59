"""Neighbourhood columns: what stands around a node, one hop and more away, over any kind of link."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from claims.tables import Array

FAR = np.inf
"""The distance of a node with no marked one within three links."""


def neighbourhood_columns(edges: Array, columns: Array, hops: int = 2) -> Array:
    """How many nodes stand exactly one, two, ... links away, and mean and max of their columns.

    Args:
        edges: (e, 2) row numbers of `columns`, in any order; a link given twice counts once, a self link and a link to
            a number outside of the rows (such as -1 for unknown) nowhere.
        columns: (n, k) the nodes' own numbers, none negative.
        hops: how far to look.

    Returns:
        (n, hops * (1 + 2 k)): for each hop the number of nodes, k means, k maxima; zeros where nobody is there.

    >>> neighbourhood_columns(np.array([[0, 1], [1, 2]]), np.array([[1.0], [0.0], [5.0]]))
    array([[1., 0., 0., 1., 5., 5.],
           [2., 3., 5., 0., 0., 0.],
           [1., 0., 0., 1., 1., 1.]])
    """
    n = len(columns)
    links = _links(edges, n)
    nearer, reached = csr_array(_ones(n)), links
    found = []
    for _ in range(hops):
        nearer = nearer + reached
        found.append(_around(reached, columns))
        reached = _without(reached @ links, nearer)
    return np.column_stack(found) if found else np.zeros((n, 0))


def shared_neighbours(edges: Array, nodes: int) -> Array:
    """For each node the largest share of neighbours that it has in common with one of them (n,); 0 without any.

    The share is that of both ones' neighbours, themselves left out: 1 in a closed group, 0 along a chain.
    """
    links = _links(edges, nodes)
    degree = np.diff(links.indptr)
    common = (links @ links).multiply(links).tocoo()
    union = degree[common.row] + degree[common.col] - common.data - 2
    share = np.zeros(nodes)
    np.maximum.at(share, common.row, common.data / np.maximum(union, 1))
    return share


def distance_to(edges: Array, nodes: int, marked: Array) -> Array:
    """Links from each node to the nearest marked one but itself (n,): 1, 2 or 3, and `FAR` beyond.

    Args:
        edges: as in `neighbourhood_columns`.
        nodes: how many nodes.
        marked: row numbers, such as those of confirmed cases; a node's own case is left out.
    """
    links, is_marked = _links(edges, nodes), np.zeros(nodes)
    is_marked[marked] = 1.0
    one = links @ is_marked
    # Walks of two and three links that end at a marked node; those of a marked node to itself are taken off.
    twice = links @ links
    two = twice @ is_marked - np.diff(links.indptr) * is_marked
    three = links @ (twice @ is_marked) - np.asarray(twice.multiply(links).sum(axis=1)).ravel() * is_marked
    return np.select([one > 0.5, two > 0.5, three > 0.5], [1.0, 2.0, 3.0], FAR)


def _links(edges: Array, n: int) -> csr_array:
    """Both directions of each link once, as a matrix of ones."""
    left, right = edges.reshape(-1, 2).T
    real = (left >= 0) & (right >= 0) & (left < n) & (right < n) & (left != right)
    ends = np.unique(np.concatenate([left[real] * n + right[real], right[real] * n + left[real]]))
    width = max(n, 1)
    return csr_array((np.ones(len(ends)), (ends // width, ends % width)), shape=(n, n))


def _ones(n: int) -> csr_array:
    return csr_array((np.ones(n), (np.arange(n), np.arange(n))), shape=(n, n))


def _without(reached: csr_array, nearer: csr_array) -> csr_array:
    """Ones where `reached` has something and `nearer` nothing."""
    reached.data[:] = 1.0
    seen = nearer.copy()
    seen.data[:] = 1.0
    left = (reached - reached.multiply(seen)).tocsr()
    left.eliminate_zeros()
    return left


def _around(links: csr_array, columns: Array) -> Array:
    """Number, means and maxima of the nodes that each row of a matrix of ones names."""
    node = np.repeat(np.arange(len(columns)), np.diff(links.indptr))
    return _summed(node, links.indices, columns)


def over_links(left: Array, right: Array, columns: Array) -> Array:
    """`neighbourhood_columns` of one hop."""
    return neighbourhood_columns(np.column_stack([left, right]), columns, hops=1)


def _summed(node: Array, other: Array, columns: Array) -> Array:
    """Count, means and maxima of `columns` at `other` by `node`, sorted."""
    n = len(columns)
    degree = np.bincount(node, minlength=n).astype(np.float64)
    sums, largest = np.zeros(columns.shape), np.zeros(columns.shape)
    if len(node):
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
