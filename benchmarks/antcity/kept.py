"""Keeps the run of a city in a file, so that hours of cities can be walked through on several days."""

from __future__ import annotations

import hashlib
import pickle
from functools import cache
from pathlib import Path

import benchmarks.antcity
import claims
import graphs
from benchmarks.antcity.city_run import CityRun, run_city
from claims.city.plan import CityPlan


def kept_run(folder: Path | None, plan: CityPlan, knobs: dict[str, tuple[float, ...]], without_home: bool) -> CityRun:
    """The run of a city as in `run_city`: as it was kept by the same code, else made now and kept.

    Args:
        folder: where runs are kept; None keeps none.
        plan: as for `run_city`.
        knobs: likewise.
        without_home: likewise.
    """
    if folder is None:
        return run_city(plan, knobs, without_home)
    name = hashlib.sha256(repr((plan, sorted(knobs.items()), without_home, _code())).encode()).hexdigest()[:16]
    path = folder / f"city-{plan.seed}-{name}.pickle"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        half_done = path.with_suffix(".half")
        half_done.write_bytes(pickle.dumps(run_city(plan, knobs, without_home)))
        half_done.rename(path)
    run: CityRun = pickle.loads(path.read_bytes())  # noqa: S301  # the user's own folder
    return run


@cache
def _code() -> str:
    """The SHA-256 of all code that cities, rings and detectors are made by: another code makes another run."""
    folders = [Path(package.__path__[0]) for package in (claims, graphs, benchmarks.antcity)]
    files = sorted(file for folder in folders for file in folder.rglob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
