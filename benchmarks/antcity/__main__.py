"""Antcity: made-up cities in which rings move, and honest crowds that look like them. What finds the rings, how soon?

`python -m benchmarks.antcity` makes five cities of 200,000 insured with at least 40 rings of each kind, and one more on
which thresholds and knobs are chosen; ours and three baselines walk through each, night by night. It takes hours;
`--insured 40000 --seeds 1 --rings 12` gives a first look in minutes, and with `--folder` a stopped run goes on later.
The data sheet is docs/antcity.md.
"""

from __future__ import annotations

import argparse
import multiprocessing
from dataclasses import replace
from pathlib import Path

from benchmarks.antcity.baselines import BASELINES
from benchmarks.antcity.city_run import OURS, CityRun
from benchmarks.antcity.judge import Match, count, match
from benchmarks.antcity.kept import kept_run
from benchmarks.antcity.planted import Planted
from benchmarks.antcity.prices import check, keep
from benchmarks.antcity.report import print_baselines, print_evasion, print_honest, print_kinds, print_soon
from benchmarks.machine import machine
from claims.city.plan import CityPlan

TUNING_SEED, TUNING_RINGS = 6, 12
ALL = (3, 99)


def main() -> None:
    """Run the cities one after another, each in a process of its own, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--insured", type=int, default=200_000)
    parser.add_argument("--tuning-insured", type=int, default=40_000, help="size of the city that knobs are chosen on")
    parser.add_argument("--months", type=int, default=18)
    parser.add_argument("--seeds", type=int, default=5, help="cities that are judged (default 5)")
    parser.add_argument("--rings", type=int, default=40, help="rings of each kind at least (default 40)")
    parser.add_argument("--evasion-seeds", type=int, default=1, help="cities for each strength of evasion, 0 for none")
    parser.add_argument("--processes", type=int, default=1, help="cities at once; each takes up to 6 GB at full size")
    parser.add_argument(
        "--folder", type=Path, help="keep each city's run here; one that the same code made is not made again"
    )
    after = parser.add_mutually_exclusive_group()
    after.add_argument("--keep", action="store_true", help="write down the prices of evasion")
    after.add_argument("--check", action="store_true", help="fail if evasion pays over a tenth more than written down")
    asked = parser.parse_args()
    if (asked.keep or asked.check) and not asked.evasion_seeds:
        parser.error("prices of evasion are asked for, and no city evades. Expected --evasion-seeds of at least 1")
    plan = CityPlan(insured=asked.insured, months=asked.months, rates="realistic", least_rings=asked.rings)
    print(machine("numpy", "networkx", "numba"))  # noqa: T201
    context = multiprocessing.get_context("spawn")
    with context.Pool(asked.processes, maxtasksperchild=1) as pool:
        grid = {name: values for name, (_, values) in BASELINES.items()}
        insured = min(asked.insured, asked.tuning_insured)
        rings = min(asked.rings, max(TUNING_RINGS, asked.rings * insured // asked.insured))
        tuned = replace(plan, seed=TUNING_SEED, insured=insured, least_rings=rings)
        tuning = pool.apply_async(kept_run, (asked.folder, tuned, grid, False))
        knobs, thresholds = _tuned(tuning.get())
        print("tuned on a city of its own:", {name: (knobs.get(name), thresholds[name]) for name in thresholds})  # noqa: T201
        chosen = {name: (knob,) for name, knob in knobs.items()}
        runs = [
            pool.apply_async(kept_run, (asked.folder, replace(plan, seed=seed), chosen, True))
            for seed in range(1, asked.seeds + 1)
        ]
        harder = {
            strength: [
                pool.apply_async(kept_run, (asked.folder, replace(plan, seed=seed, evasion=strength), chosen, False))
                for seed in range(1, asked.evasion_seeds + 1)
            ]
            for strength in range(1, 5)
        }
        cities = [run.get() for run in runs]
        names = {name: f"{name} {knob:g}" for name, knob in knobs.items()}
        planted, matches = _together(cities)
        print_kinds(planted, matches, cities)
        print_honest(cities)
        print_soon(planted, matches[OURS])
        print_baselines(
            planted, {OURS: matches[OURS], **{name: matches[key] for name, key in names.items()}}, thresholds
        )
        if asked.evasion_seeds:
            by_strength = {0: cities[: asked.evasion_seeds]}
            by_strength |= {strength: [run.get() for run in of] for strength, of in harder.items()}
            prices = print_evasion({strength: _together(of) for strength, of in by_strength.items()}, names, thresholds)
            _keep_or_check(asked, prices)


def _keep_or_check(asked: argparse.Namespace, prices: dict[int, float]) -> None:
    plan = f"{asked.evasion_seeds} x {asked.insured} insured, {asked.months} months, {asked.rings} rings"
    if asked.keep:
        keep(plan, prices)
    if asked.check and (losses := check(plan, prices)):
        raise SystemExit("\n".join(losses))


def _tuned(run: CityRun) -> tuple[dict[str, float], dict[str, float]]:
    """The knob of each baseline and the threshold of each detector with the highest F1 over rings of all sizes."""
    knobs, thresholds, best = dict[str, float](), dict[str, float](), dict[str, float]()
    kinds = frozenset({"card_collectors", "baseline"})
    for key, found in run.found.items():
        name, _, knob = (OURS, "", "0") if key == OURS else key.rpartition(" ")
        matches = match(found, run.planted, run.wrongdoers)
        for threshold in sorted({one.found.best for one in matches}):
            f1 = count(matches, run.planted, threshold, ALL, kinds).f1
            if f1 > best.get(name, -1.0):
                best[name], thresholds[name] = f1, threshold
                if name != OURS:
                    knobs[name] = float(knob)
    return knobs, thresholds


def _together(cities: list[CityRun]) -> tuple[list[Planted], dict[str, list[Match]]]:
    """The planted rings of all cities, and the matches of each detector, whose numbers run through all of them."""
    planted: list[Planted] = []
    matches: dict[str, list[Match]] = {}
    for city in cities:
        for name, found in city.found.items():
            moved = [
                replace(one, planted=one.planted + len(planted) if one.planted >= 0 else -1)
                for one in match(found, city.planted, city.wrongdoers)
            ]
            matches.setdefault(name, []).extend(moved)
        planted += city.planted
    return planted, matches


if __name__ == "__main__":
    main()
