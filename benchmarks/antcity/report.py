"""The tables that the benchmark prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.antcity.city_run import OURS, WITHOUT_HOME, CityRun
from benchmarks.antcity.judge import (
    LEAST_JOINT_DAYS,
    SIZES,
    Match,
    count,
    honest_flagged,
    how_soon,
    interval,
    match,
    recall_at_precision,
)
from benchmarks.antcity.planted import Planted
from benchmarks.antcity.prices import price_of
from claims.city.wrongs import SCHEMES
from graphs.group import RING_SCORE_LEAST

LARGE, SMALL = (5, 99), (3, 4)

Matches = Sequence[Match]


def print_kinds(planted: Sequence[Planted], matches: Mapping[str, Matches], cities: Sequence[CityRun]) -> None:
    """Recall and precision by kind, with and without home and employer."""
    say = print
    say(f"\n{len(cities)} cities of {cities[0].insured:,} insured; rings with {LEAST_JOINT_DAYS} or more joint days")
    say(f"{'detector':18} {'kind':22} {'size':5} {'rings':>5} {'recall at precision 0.9':>24} "
        f"{'at ' + str(RING_SCORE_LEAST) + ': recall':>15} {'95%':>13} {'precision':>9} {'F1':>5}")  # fmt: skip
    kinds = [scheme.name for scheme in SCHEMES if scheme.name != "ant_moving"]
    for name in (OURS, WITHOUT_HOME):
        for kind in (None, *kinds):
            for size in (LARGE, SMALL):
                chosen = frozenset({kind}) if kind else None
                counts = count(matches[name], planted, RING_SCORE_LEAST, size, chosen)
                if not counts.planted:
                    continue
                best, _ = recall_at_precision(matches[name], planted, 0.9, size, chosen)
                hits = [1.0] * counts.recalled + [0.0] * (counts.planted - counts.recalled)
                low, high = interval(hits)
                text = "3-4" if size == SMALL else "5+"
                say(f"{name:18} {kind or 'all':22} {text:5} {counts.planted:5d} {best:24.3f} {counts.recall:15.3f} "
                    f"{low:6.3f}-{high:.3f} {counts.precision:9.3f} {counts.f1:5.3f}")  # fmt: skip


def print_honest(cities: Sequence[CityRun]) -> None:
    """Honest groups flagged for 100,000 insured."""
    insured = sum(city.insured for city in cities)
    for name in (OURS, WITHOUT_HOME):
        flagged = sum(
            honest_flagged(match(city.found[name], city.planted, city.wrongdoers), RING_SCORE_LEAST) for city in cities
        )
        print(f"honest groups flagged, {name}: {flagged} = {flagged / insured * 1e5:.2f} per 100,000 insured")  # noqa: T201


def print_soon(planted: Sequence[Planted], matches: Matches) -> None:
    """Joint days and money until a ring is first flagged, and what could still be saved."""
    soon = how_soon(matches, planted, RING_SCORE_LEAST)
    print("\nfirst flagged, rings of 5 or more, by kind: joint days and yuan taken until then (median, 90%)")  # noqa: T201
    for kind in dict.fromkeys(ring.kind for ring in planted):
        mine = [
            (number, ring)
            for number, ring in enumerate(planted)
            if ring.kind == kind and len(ring.members) >= 5 and len(ring.joint_day) >= LEAST_JOINT_DAYS
        ]
        found = [soon[number] for number, _ in mine if number in soon]
        if not found:
            continue
        days, yuan = np.array([one.joint_days for one in found]), np.array([one.fen for one in found]) / 100
        early = sum(one.joint_days <= LEAST_JOINT_DAYS for one in found) / len(mine)
        saved = sum(one.savable for one in found) / len(mine)
        print(  # noqa: T201
            f"  {kind:22} rings={len(mine)} days={np.median(days):.0f},{np.quantile(days, 0.9):.0f} "
            f"yuan={np.median(yuan):,.0f},{np.quantile(yuan, 0.9):,.0f} "
            f"by the {LEAST_JOINT_DAYS}th joint day={early:.2f} savable={saved:.2f}"
        )


def print_baselines(
    planted: Sequence[Planted], matches: Mapping[str, Matches], thresholds: Mapping[str, float]
) -> None:
    """F1 of card collectors at every size, each detector at its tuned threshold."""
    kinds = frozenset({"card_collectors", "baseline"})
    print("\ncard collectors, F1 (recall, precision) by size, each at the threshold that its tuning chose")  # noqa: T201
    for name, of in matches.items():
        cells = []
        for text, size in SIZES.items():
            counts = count(of, planted, thresholds[name], size, kinds)
            cells.append(f"{text}: {counts.f1:.2f} ({counts.recall:.2f}, {counts.precision:.2f})")
        print(f"  {name:18}", "  ".join(cells))  # noqa: T201


def print_evasion(
    by_strength: Mapping[int, tuple[list[Planted], dict[str, list[Match]]]],
    names: Mapping[str, str],
    thresholds: Mapping[str, float],
) -> dict[int, float]:
    """Yuan that a ring of card collectors takes in a month until it is flagged, by how hard it tries to evade.

    Returns:
        Ours, by strength.
    """
    print("\nyuan taken in a ring-month until flagged, by strength of evasion")  # noqa: T201
    levels = {OURS: RING_SCORE_LEAST, **{name: thresholds[name] for name in names}}
    prices = {
        name: {
            strength: price_of(planted, matches[names.get(name, name)], level)
            for strength, (planted, matches) in sorted(by_strength.items())
        }
        for name, level in levels.items()
    }
    prices["nobody watches"] = {s: price_of(planted, [], 1.0) for s, (planted, _) in sorted(by_strength.items())}
    for name, of in prices.items():
        print(f"  {name:18}", "  ".join(f"{strength}: {price:,.0f}" for strength, price in of.items()))  # noqa: T201
    return prices[OURS]
