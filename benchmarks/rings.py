"""How quickly are joint days counted and grouped, beside networkx?

    python -m benchmarks.rings --size small

Both get the same swipes of a made-up city in memory, persons and tills as numbers. What networkx has for the question
is to project the graph of persons and moments (a till within one quarter of an hour by the clock) onto the persons, to
keep pairs that shared moments on two days, and to take connected components or Louvain communities of them.

The pairs, the days of each pair and the components must be the same, or the run fails. For that ours is asked for
meetings within the same quarter of an hour by the clock (`clock`). What a build really asks is a quarter of an hour
around each swipe (`sliding`): more meetings, since none is cut in two at the full quarter, which networkx has no
projection for. Ours weighs every meeting by its surprise as well. Ours are medians of three.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import networkx as nx
import numpy as np

from benchmarks.antcity.source import source_of
from benchmarks.machine import machine
from claims.city.make import make_city
from claims.city.plan import CityPlan
from claims.tables import Array
from graphs.links import WINDOW_SECONDS, JointDays, find_joint_days
from graphs.meetings import LEAST_DAYS, MOST_NEIGHBOURS
from graphs.rings import components, dense_groups
from graphs.swipes import Swipes, read_swipes

REPEATS = 3
SIZES = {"tiny": (500, 6), "small": (8_500, 18), "city": (34_000, 18)}
"""Insured persons and months."""

Pair = tuple[int, int]
Made = TypeVar("Made")


@dataclass(frozen=True)
class Took:
    """Seconds by the clock and of the processor."""

    seconds: float
    used: float

    def beside(self, name: str, peer: Took) -> str:
        """Ours and the peer's with both ratios."""
        return (
            f"ours={self.seconds:.3f}s {name}={peer.seconds:.2f}s ratio={peer.seconds / self.seconds:.0f} | "
            f"processor ours={self.used:.3f}s {name}={peer.used:.2f}s ratio={peer.used / self.used:.0f}"
        )


def main() -> None:
    """Run and print one line for each way of grouping."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="small")
    insured, months = SIZES[parser.parse_args().size]
    swipes = read_swipes(source_of(make_city(CityPlan(insured, months))).batch)
    clock = by_the_clock(swipes)
    say(machine("networkx", "numpy", "numba"))
    ours, joint = usual(lambda: joint_days_and_groups(clock, 0))
    sliding, around = usual(lambda: joint_days_and_groups(swipes, WINDOW_SECONDS))
    projecting, met = timed(lambda: project(clock))
    say(
        f"{len(swipes.at):,} swipes, {len(met.days):,} pairs on {len(joint.day):,} joint days by the clock, "
        f"{len(around.left):,} pairs on {len(around.day):,} joint days within a sliding quarter of an hour"
    )
    same_pairs(joint, met.days)
    connecting, parts = timed(lambda: list(nx.connected_components(met.graph)))
    same_parts(joint, parts)
    grouping, _ = timed(lambda: nx.community.louvain_communities(met.graph, weight="days", seed=0))
    for name, peer in (("components", connecting), ("louvain", grouping)):
        whole = Took(projecting.seconds + peer.seconds, projecting.used + peer.used)
        say(f"rings clock {ours.beside(f'networkx_{name}', whole)}")
        say(f"rings sliding {sliding.beside(f'networkx_{name}', whole)}")


def say(line: str) -> None:
    """Print at once, so that a long run shows how far it is."""
    print(line, flush=True)  # noqa: T201


def timed(task: Callable[[], Made]) -> tuple[Took, Made]:
    """What a task took, and what it made."""
    gc.collect()  # an earlier graph goes now, not while the clock runs
    start, used = time.perf_counter(), time.process_time()
    made = task()
    return Took(time.perf_counter() - start, time.process_time() - used), made


def usual(task: Callable[[], Made]) -> tuple[Took, Made]:
    """The median of some runs; the first is not counted: it may have to wait for the compiler."""
    made = task()
    runs = [timed(task)[0] for _ in range(REPEATS)]
    return Took(*(float(np.median([getattr(run, name) for run in runs])) for name in ("seconds", "used"))), made


def by_the_clock(swipes: Swipes) -> Swipes:
    """Swipes at the beginning of their quarter of an hour; the largest must be one that neither side cuts."""
    at = swipes.at // WINDOW_SECONDS * WINDOW_SECONDS
    order = np.lexsort((swipes.row, swipes.patient, at, swipes.place))
    columns = ("row", "patient", "place", "day", "known_day")
    clock = replace(swipes, at=at[order], **{name: getattr(swipes, name)[order] for name in columns})
    crowd = int(np.unique(np.stack([clock.place, clock.at]), axis=1, return_counts=True)[1].max())
    assert crowd <= MOST_NEIGHBOURS + 1, f"{crowd} swipes at one till in a quarter of an hour, of which ours sees some"
    return clock


def joint_days_and_groups(swipes: Swipes, window: int) -> JointDays:
    """Ours: joint days with their surprise, and the dense groups of what is connected."""
    joint = find_joint_days(swipes, window)
    dense_groups(joint.left, joint.right)
    return joint


@dataclass(frozen=True)
class Met:
    """Who met on at least two days.

    Attributes:
        days: by pair, on how many days.
        graph: persons, linked with the number of days.
    """

    days: dict[Pair, int]
    graph: nx.Graph


def project(swipes: Swipes) -> Met:
    """networkx: persons and moments, projected onto the persons; days are counted only where two moments are shared."""
    moments = list(zip(swipes.place.tolist(), swipes.at.tolist(), strict=True))
    day_of = dict(zip(moments, swipes.day.tolist(), strict=True))
    persons = swipes.patient.tolist()
    graph = nx.Graph(list(zip(persons, moments, strict=True)))
    shared = nx.bipartite.weighted_projected_graph(graph, set(persons))
    days = {}
    for one, other, weight in shared.edges(data="weight"):
        if weight >= LEAST_DAYS:
            together = len({day_of[moment] for moment in nx.common_neighbors(graph, one, other)})
            if together >= LEAST_DAYS:
                days[min(one, other), max(one, other)] = together
    met = nx.Graph()
    met.add_edges_from((*pair, {"days": together}) for pair, together in days.items())
    return Met(days, met)


def same_pairs(joint: JointDays, theirs: dict[Pair, int]) -> None:
    """Fail unless both have the same pairs, each on as many days."""
    days = np.bincount(joint.pair, minlength=len(joint.left)).tolist()
    ours = dict(zip(zip(joint.left.tolist(), joint.right.tolist(), strict=True), days, strict=True))
    assert ours == theirs, f"{len(ours.items() ^ theirs.items())} pairs differ"


def same_parts(joint: JointDays, theirs: list[set[int]]) -> None:
    """Fail unless both have the same connected components."""
    ours: defaultdict[int, set[int]] = defaultdict(set)
    part: Array = components(joint.left, joint.right)
    for number, *pair in zip(part.tolist(), joint.left.tolist(), joint.right.tolist(), strict=True):
        ours[number].update(pair)
    assert sorted(map(sorted, ours.values())) == sorted(map(sorted, theirs)), "the components differ"


if __name__ == "__main__":
    main()
