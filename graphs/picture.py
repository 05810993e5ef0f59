"""Draws a ring: who was together where on how many days, and a calendar of its days."""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import matplotlib
import networkx as nx
import numpy as np
import psycopg
from matplotlib.figure import Figure

from claims.clock import area_day, to_day
from claims.errors import BadSetting, NotFound
from graphs.membership import StoredRing
from graphs.store import rings_at

FORMATS = (".svg", ".png")
Swipe = tuple[str, str, int]
"""Patient, institution and the area's day number of one evidence claim."""


def ring_named(connection: psycopg.Connection, ring_id: str) -> StoredRing:
    """The ring with this id in the newest snapshot.

    Raises:
        NotFound: no ring of the newest snapshot has this id.
    """
    for ring in rings_at(connection):
        if ring.ring_id == ring_id:
            return ring
    raise NotFound(
        f"No ring {ring_id!r} stands in the newest snapshot. Expected an id that `yicha graphs list` prints. "
        "Rings end when their members no longer swipe together."
    )


def evidence_swipes(connection: psycopg.Connection, ring: StoredRing) -> list[Swipe]:
    """The evidence claims of a ring as swipes, in order."""
    rows = connection.execute(
        "SELECT patient_id, institution_id, extract(epoch FROM settled_at)::bigint FROM claims "
        "WHERE claim_id = ANY(%s) ORDER BY settled_at, claim_id",
        (ring.evidence_claims,),
    ).fetchall()
    return [(patient, place, int(area_day(at))) for patient, place, at in rows]


def ring_graph(swipes: Sequence[Swipe]) -> nx.Graph:
    """Patients linked to patients (days at one place together) and to institutions (days there).

    Nodes have `kind` patient or institution, links have `days`.
    """
    graph = nx.Graph()
    together: dict[tuple[str, int], set[str]] = {}
    for patient, place, day in swipes:
        together.setdefault((place, day), set()).add(patient)
    days: Counter[tuple[str, str]] = Counter()
    for (place, _), patients in sorted(together.items()):
        for patient in sorted(patients):
            graph.add_node(patient, kind="patient")
            days[patient, place] += 1
        graph.add_node(place, kind="institution")
        days.update(combinations(sorted(patients), 2))
    for (left, right), count in sorted(days.items()):
        graph.add_edge(left, right, days=count)
    return graph


def write_graph(swipes: Sequence[Swipe], path: Path) -> None:
    """Write `ring_graph` as GraphML, which networkx and graph programs read.

    Raises:
        BadSetting: `path` does not end in .graphml.
    """
    if path.suffix != ".graphml":
        raise BadSetting(f"A graph {path.name!r} cannot be written. Expected a name that ends in .graphml.")
    nx.write_graphml(ring_graph(swipes), path)


def draw_ring(swipes: Sequence[Swipe], title: str, path: Path) -> None:
    """Write the picture: patients on a circle, places inside it, wider lines for more days; the same bytes each time.

    Raises:
        BadSetting: `path` ends neither in .svg nor in .png.
    """
    graph = ring_graph(swipes)
    kinds = nx.get_node_attributes(graph, "kind")
    patients = [node for node in graph if kinds[node] == "patient"]
    places = [node for node in graph if kinds[node] == "institution"]
    where = {**nx.circular_layout(patients), **nx.circular_layout(places, scale=0.4)}
    figure = Figure(figsize=(8, 8))
    axes = figure.add_subplot()
    for color, inner in (("#b8433b", True), ("#7a8a99", False)):
        edges = [(a, b) for a, b in graph.edges if (kinds[a] == kinds[b]) is inner]
        widths = [0.5 + 0.4 * graph.edges[edge]["days"] for edge in edges]
        nx.draw_networkx_edges(graph, where, edgelist=edges, width=widths, edge_color=color, alpha=0.5, ax=axes)
    nx.draw_networkx_nodes(graph, where, nodelist=patients, node_color="#e8b04b", node_size=500, ax=axes)
    nx.draw_networkx_nodes(graph, where, nodelist=places, node_shape="s", node_color="#4b86b4", node_size=900, ax=axes)
    nx.draw_networkx_labels(graph, where, {node: node[-6:] for node in graph}, font_size=7, ax=axes)
    axes.set_title(title)
    axes.set_axis_off()
    _save(figure, path)


def draw_calendar(swipes: Sequence[Swipe], title: str, path: Path) -> None:
    """Write a calendar: one row a month, one square a day, the darker the more persons; the same bytes each time.

    Raises:
        BadSetting: as in `draw_ring`.
    """
    persons: dict[int, set[str]] = {}
    for patient, _, day in swipes:
        persons.setdefault(day, set()).add(patient)
    dates = {to_day(day): len(who) for day, who in persons.items()}
    months = sorted({(date.year, date.month) for date in dates})
    row_of = {month: row for row, month in enumerate(_all_months(months))}
    grid = np.full((max(len(row_of), 1), 31), np.nan)
    for date, count in dates.items():
        grid[row_of[date.year, date.month], date.day - 1] = count
    figure = Figure(figsize=(9, 1.2 + 0.32 * len(grid)), layout="constrained")
    axes = figure.add_subplot()
    image = axes.imshow(grid, cmap="YlOrRd", vmin=0, aspect="equal")
    for row, column in zip(*np.nonzero(~np.isnan(grid)), strict=True):
        axes.text(column, row, f"{grid[row, column]:.0f}", ha="center", va="center", fontsize=7)
    axes.set_xticks(range(0, 31, 5), [str(day) for day in range(1, 32, 5)])
    axes.set_yticks(range(len(row_of)), [f"{year}-{month:02d}" for year, month in row_of])
    axes.set_title(title)
    figure.colorbar(image, ax=axes, label="persons", shrink=0.8)
    _save(figure, path)


def _all_months(months: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """From the first to the last month, those without a day as well."""
    if not months:
        return []
    numbers = [year * 12 + month - 1 for year, month in months]
    return [(number // 12, number % 12 + 1) for number in range(numbers[0], numbers[-1] + 1)]


def _save(figure: Figure, path: Path) -> None:
    if path.suffix not in FORMATS:
        raise BadSetting(f"A picture {path.name!r} cannot be written. Expected a name that ends in .svg or .png.")
    with matplotlib.rc_context({"svg.hashsalt": "ring"}):
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else {"Software": None})
