"""Rings: the dense groups of a graph of links."""

from collections import deque

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from claims.tables import Array

LEAST_DENSITY = 0.3
"""Share of all pairs that must be linked; a looser part is several groups joined by chance, and is looked at harder."""

Neighbours = dict[int, set[int]]


def components(left: Array, right: Array) -> Array:
    """For each of e edges the number of its connected component, 0, 1, ... in order of its lowest node."""
    if not len(left):
        return np.empty(0, dtype=np.int64)
    nodes, codes = np.unique(np.concatenate([left, right]), return_inverse=True)
    ends = codes[: len(left)], codes[len(left) :]
    graph = coo_array((np.ones(len(left)), ends), shape=(len(nodes), len(nodes)))
    _, of_node = connected_components(graph, directed=False)
    _, first_seen, renamed = np.unique(of_node, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first_seen))
    of_edge: Array = rank[renamed][ends[0]]
    return of_edge


def dense_groups(left: Array, right: Array) -> list[Array]:
    """The dense groups of one graph; no node is in two of them.

    Links that belong to no triangle are dropped (chance meetings rarely close one). Each connected rest is a group if
    it is dense; from a loose one the links in fewer than two, then three, ... triangles are dropped until its parts
    are dense or gone. So a chain of households that share a carer falls apart, and a ring within it stays.

    Args:
        left: node codes of the first ends of e links, each pair once, no self links.
        right: of the second ends.

    Returns:
        Sorted node codes of each group, groups in order of their lowest node.
    """
    groups: list[Array] = []
    waiting = deque((part, 1) for part in _parts(_in_triangles(_neighbours(left, right), 1)))
    while waiting:
        part, triangles = waiting.popleft()
        if _density(part) >= LEAST_DENSITY:
            groups.append(np.array(sorted(part), dtype=np.int64))
        else:
            waiting.extend((core, triangles + 1) for core in _parts(_in_triangles(part, triangles + 1)))
    return sorted(groups, key=lambda group: int(group[0]))


def _neighbours(left: Array, right: Array) -> Neighbours:
    near: Neighbours = {}
    for a, b in zip(left.tolist(), right.tolist(), strict=True):
        near.setdefault(a, set()).add(b)
        near.setdefault(b, set()).add(a)
    return near


def _in_triangles(near: Neighbours, least: int) -> Neighbours:
    """The largest part in which each link is in at least `least` triangles (the (least + 2)-truss)."""
    kept = {a: set(row) for a, row in near.items()}
    waiting = deque((a, b) for a in sorted(kept) for b in sorted(kept[a]) if a < b)
    while waiting:
        a, b = waiting.popleft()
        if b not in kept[a]:
            continue
        common = kept[a] & kept[b]
        if len(common) >= least:
            continue
        kept[a].discard(b)
        kept[b].discard(a)
        waiting.extend((min(x, y), max(x, y)) for x in (a, b) for y in common)
    return {a: row for a, row in kept.items() if row}


def _parts(near: Neighbours) -> list[Neighbours]:
    """The connected parts, in order of their lowest node."""
    parts: list[Neighbours] = []
    seen: set[int] = set()
    for start in sorted(near):
        if start in seen:
            continue
        reached, waiting = {start}, [start]
        while waiting:
            fresh = near[waiting.pop()] - reached
            reached |= fresh
            waiting.extend(fresh)
        seen |= reached
        parts.append({node: near[node] for node in reached})
    return parts


def _density(near: Neighbours) -> float:
    size = len(near)
    return sum(map(len, near.values())) / (size * (size - 1))
