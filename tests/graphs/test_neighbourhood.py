"""Neighbourhood columns and shared counts equal networkx and counting by hand."""

from itertools import combinations

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from claims.tables import Array
from graphs.institutions import institution_link_columns
from graphs.neighbourhood import FAR, distance_to, neighbourhood_columns, shared_counts, shared_neighbours

EDGES = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=30)
"""Nodes 6 and 7 are not asked for: links to them count nowhere."""


def graph_of(edges: list[tuple[int, int]]) -> nx.Graph:
    graph = nx.Graph((a, b) for a, b in edges if a != b and max(a, b) < 6)
    graph.add_nodes_from(range(6))
    return graph


def pairs(edges: list[tuple[int, int]]) -> Array:
    return np.array(edges, dtype=np.int64).reshape(-1, 2)


@given(EDGES, st.lists(st.integers(0, 50), min_size=6, max_size=6))
def test_neighbourhood_columns_equal_networkx(edges: list[tuple[int, int]], own: list[int]) -> None:
    graph = graph_of(edges)
    found = neighbourhood_columns(pairs(edges), np.array(own, dtype=np.float64)[:, None])
    for node in range(6):
        away = nx.single_source_shortest_path_length(graph, node)
        expected: list[float] = []
        for hop in (1, 2):
            there = [own[other] for other, links in away.items() if links == hop]
            expected += [len(there), sum(there) / len(there), max(there)] if there else [0, 0, 0]
        assert found[node].tolist() == expected


@given(EDGES, st.sets(st.integers(0, 5)))
def test_the_nearest_confirmed_case_is_never_the_node_itself(edges: list[tuple[int, int]], marked: set[int]) -> None:
    graph = graph_of(edges)
    found = distance_to(pairs(edges), 6, np.array(sorted(marked), dtype=np.int64))
    for node in range(6):
        away = nx.single_source_shortest_path_length(graph, node)
        nearest = min((away[other] for other in marked - {node} if other in away), default=FAR)
        assert found[node] == (nearest if nearest <= 3 else FAR)


@given(EDGES)
def test_shared_neighbours_equal_sets(edges: list[tuple[int, int]]) -> None:
    graph = graph_of(edges)
    found = shared_neighbours(pairs(edges), 6)
    for node in range(6):
        mine = set(graph[node])
        shares = [
            len(mine & set(graph[other])) / max(len((mine | set(graph[other])) - {node, other}), 1) for other in mine
        ]
        assert found[node] == max(shares, default=0)


@given(EDGES)
def test_shared_counts_equal_sets(links: list[tuple[int, int]]) -> None:
    owner, item = (np.array([link[end] for link in links], dtype=np.int64) for end in (0, 1))
    left, right, shared = shared_counts(owner, item, 8, 8)
    has = {number: {b for a, b in links if a == number} for number in range(8)}
    expected = [(a, b, len(has[a] & has[b])) for a, b in combinations(range(8), 2) if has[a] & has[b]]
    assert list(zip(left.tolist(), right.tolist(), shared.tolist(), strict=True)) == expected


def claims(rows: list[tuple[str, str, str | None, str | None]]) -> dict[str, Array]:
    names = ("institution_id", "patient_id", "doctor_id", "operating_doctor_id")
    columns: dict[str, Array] = {
        name: np.array([row[place] for row in rows], dtype=object) for place, name in enumerate(names)
    }
    columns["other_doctor_id"] = np.full(len(rows), None, dtype=object)
    columns["kind"] = np.full(len(rows), "settlement", dtype=object)
    columns["fund_fen"] = np.full(len(rows), 100, dtype=np.int64)
    return columns


def test_institution_link_columns_count_shared_patients_and_doctors() -> None:
    rows = [("A", "p1", "d1", None), ("A", "p2", "d1", "d1"), ("B", "p1", "d2", None), ("C", "p3", "d1", None)]
    ids, names, matrix = institution_link_columns(claims(rows))
    assert ids.tolist() == ["A", "B", "C"]
    table = {name: matrix[:, place].tolist() for place, name in enumerate(names)}
    assert table["institution_claims"] == [2, 1, 1]
    assert table["institution_fund_fen_sum"] == [200, 100, 100]
    assert table["institution_patients_elsewhere_share"] == [0.5, 1, 0]
    assert table["institution_doctors_neighbours"] == [1, 0, 1]
    assert table["institution_doctors_neighbours_claims_max"] == [1, 0, 2]
    assert table["institution_claims_by_own_doctors_share"] == [0, 1, 0]
    assert table["institution_attending_operates_share"] == [0.5, 0, 0]


def test_no_claims_give_no_institutions() -> None:
    ids, names, matrix = institution_link_columns(claims([]))
    assert len(ids) == 0
    assert matrix.shape == (0, len(names))
