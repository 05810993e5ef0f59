"""How time, memory and disk of a build grow with the number of claims: of all features, or of the links of one night.

    python -m benchmarks.scale --claims 1000000 2000000
    python -m benchmarks.scale --claims 1000000 2000000 --links

makes a store of about so many claims in a folder of its own, builds, prints one line and goes on with the next size;
from the second line on, with the ratio to the size before. Run it alone: a feature build uses two processes. With
`--links` it is the newest snapshot of links and rings that is built, from nothing; it looks back a year, so it reads
two thirds of the claims of a store of 18 months.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from benchmarks.copied_city import copy_city
from benchmarks.memory import PeakMemory
from claims.city.make import make_city
from claims.city.plan import CityPlan
from claims.city.write import write_city
from claims.intake.read_mapping import read_mapping
from claims.intake.run import run_import
from claims.settings import Settings, read_settings
from claims.store.connect import open_store
from claims.store.embedded import stop_embedded

INSURED = 8_500
"""Persons of the city that is copied: about 100,000 claims over 18 months."""

GB = 1e9


@dataclass(frozen=True)
class Cost:
    """What one build took.

    Attributes:
        claims, lines: in the store.
        seconds: by the clock.
        processor_seconds: of all processes, those of PostgreSQL included.
        peak: memory of all processes, in bytes.
        stored, built: bytes of the store, and of the Parquet files.
    """

    claims: int
    lines: int
    seconds: float
    processor_seconds: float
    peak: int
    stored: int
    built: int

    def said(self, before: Cost | None) -> str:
        """One line; with the ratios to the size before."""
        text = (
            f"scale claims={self.claims} lines={self.lines} seconds={self.seconds:.1f} "
            f"processor_seconds={self.processor_seconds:.1f} "
            f"us_per_claim={self.processor_seconds / self.claims * 1e6:.1f} "
            f"peak_gb={self.peak / GB:.2f} store_gb={self.stored / GB:.2f} parquet_gb={self.built / GB:.2f}"
        )
        if before is None:
            return text
        return (
            f"{text} times_claims={self.claims / before.claims:.2f} times_seconds={self.seconds / before.seconds:.2f} "
            f"times_processor_seconds={self.processor_seconds / before.processor_seconds:.2f} "
            f"times_peak={self.peak / before.peak:.2f}"
        )


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, nargs="+", default=[1_000_000], help="about how many claims, rising")
    parser.add_argument("--cluster", help="build, or count links, on Dask, such as local:2")
    parser.add_argument("--links", action="store_true", help="build the links and rings of one night instead")
    parser.add_argument("--folder", type=Path, help="keep the stores here and use them again; else temporary ones")
    asked = parser.parse_args()
    before = None
    for claims in asked.claims:
        with tempfile.TemporaryDirectory() as temporary:
            folder = (asked.folder / str(claims) if asked.folder else Path(temporary)).resolve()
            cost = _cost(folder, claims, asked.cluster, asked.links)
        print(cost.said(before), flush=True)  # noqa: T201  # what it is for
        before = cost


def _cost(folder: Path, claims: int, cluster: str | None, links: bool) -> Cost:
    """Of a build of the store in `folder`, which is made where it is missing."""
    settings = replace(read_settings(), data_folder=folder, database_url=None, key_file=folder / "key")
    if not (folder / "postgres").exists():
        fill(settings, claims)
    command = _links(settings) if links else ["features", "build"]
    cost = _measure(settings, [*command, *_on(cluster)])
    stop_embedded(folder)
    return cost


def fill(settings: Settings, claims: int) -> None:
    """Make a store of about so many claims: a city, copied."""
    store = open_store(settings)
    with tempfile.TemporaryDirectory() as files:
        city = make_city(CityPlan(INSURED, rates="realistic"))
        write_city(city, Path(files) / "city")
        run_import(store, settings, read_mapping("national"), sorted((Path(files) / "city").glob("*.csv")))
    with store.as_owner() as connection:
        copy_city(connection, max(1, round(claims / len(city.claims))))


def _on(cluster: str | None) -> list[str]:
    return ["--cluster", cluster] if cluster else []


def _links(settings: Settings) -> list[str]:
    """The command for the night after the newest claim; what was built before is removed."""
    with open_store(settings).as_owner() as connection:
        row = connection.execute(
            "SELECT (max(known_at) AT TIME ZONE INTERVAL '8 hours')::date + 1 FROM claims"
        ).fetchone()
    assert row is not None
    return ["graphs", "build", "--from", str(row[0]), "--to", str(row[0]), "--rebuild"]


def _measure(settings: Settings, arguments: list[str]) -> Cost:
    """Build in a process of its own, as the command does, and say what it took."""
    store = open_store(settings)
    with store.as_owner() as connection:
        claims, lines, bytes_stored = _sizes(connection)
    command = [sys.executable, "-c", "from cli.main import main; main()", *arguments]
    started = time.perf_counter()
    environment = {**os.environ, "YICHA_DATA": str(settings.data_folder), "YICHA_KEY_FILE": str(settings.key_file)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603  # our own command
    with PeakMemory(process.pid, settings.data_folder / "postgres") as memory:
        failed = process.wait()
    seconds = time.perf_counter() - started
    if failed:
        raise SystemExit(f"The build ended with code {failed}. Run it alone: yicha {' '.join(arguments)}")
    built = sum(path.stat().st_size for path in (settings.data_folder / "features").rglob("*.parquet"))
    return Cost(claims, lines, seconds, memory.processor_seconds, memory.peak, bytes_stored, built)


def _sizes(connection: psycopg.Connection) -> tuple[int, int, int]:
    row = connection.execute(
        "SELECT (SELECT count(*) FROM claims), (SELECT count(*) FROM lines), pg_database_size(current_database())"
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1]), int(row[2])


if __name__ == "__main__":
    main()
