"""Dense groups and ring ids."""

from itertools import combinations

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphs.rings import components, dense_groups
from graphs.stable_ids import keep_ids, new_id

KIND = "card_collectors"

EDGES = st.sets(st.tuples(st.integers(0, 12), st.integers(0, 12)).filter(lambda edge: edge[0] < edge[1]), max_size=40)


def groups_of(edges: list[tuple[int, int]]) -> list[list[int]]:
    left, right = np.array([a for a, _ in edges], dtype=np.int64), np.array([b for _, b in edges], dtype=np.int64)
    return [group.tolist() for group in dense_groups(left, right)]


def test_a_chance_link_does_not_join_two_groups() -> None:
    first, second = list(combinations(range(5), 2)), list(combinations(range(5, 9), 2))
    assert groups_of([*first, *second, (0, 5)]) == [[0, 1, 2, 3, 4], [5, 6, 7, 8]]


def test_a_chain_and_a_pair_are_no_group() -> None:
    assert groups_of([(0, 1), (1, 2), (2, 3), (7, 8)]) == []


def test_a_long_loose_strip_is_cut_and_its_dense_end_stays() -> None:
    strip = [(number, number + step) for number in range(30) for step in (1, 2)]
    clique = list(combinations(range(100, 108), 2))
    found = groups_of([*strip, *clique, (31, 100), (30, 100)])
    assert found == [list(range(100, 108))]


@given(EDGES)
def test_groups_do_not_overlap_and_lie_in_the_triangles(edges: set[tuple[int, int]]) -> None:
    found = groups_of(sorted(edges))
    members = [node for group in found for node in group]
    assert len(members) == len(set(members))
    truss = nx.k_truss(nx.Graph(sorted(edges)), 3)
    assert set(members) <= set(truss.nodes)
    assert all(len(group) >= 3 for group in found)
    parts = [set(part) for part in nx.connected_components(truss) if len(part) >= 3]
    dense = [part for part in parts if truss.subgraph(part).size() >= 0.3 * len(part) * (len(part) - 1) / 2]
    assert all(sorted(part) in found for part in dense)


@given(EDGES)
def test_components_equal_networkx(edges: set[tuple[int, int]]) -> None:
    chosen = sorted(edges)
    found = components(
        np.array([a for a, _ in chosen], dtype=np.int64), np.array([b for _, b in chosen], dtype=np.int64)
    )
    parts = sorted(nx.connected_components(nx.Graph(chosen)), key=min)
    assert found.tolist() == [next(number for number, part in enumerate(parts) if a in part) for a, _ in chosen]


def test_a_ring_that_gains_members_keeps_its_id() -> None:
    assert keep_ids(KIND, [["a", "b", "c", "d"]], {"ring-1": frozenset("abc")}, 20_000) == ["ring-1"]


def test_a_ring_that_splits_leaves_its_id_to_the_larger_part() -> None:
    ids = keep_ids(KIND, [["a", "b", "c"], ["d", "e", "f", "g"]], {"ring-1": frozenset("abcdefg")}, 20_000)
    assert ids == [new_id(KIND, ["a", "b", "c"], 20_000), "ring-1"]


def test_two_rings_with_few_common_members_are_two() -> None:
    known = {"ring-1": frozenset("abcdef")}
    assert keep_ids(KIND, [["a", "x", "y", "z"]], known, 20_000) == [new_id(KIND, ["a", "x", "y", "z"], 20_000)]
