"""How time, memory and disk of a feature build grow with the number of claims.

    python -m benchmarks.scale --claims 1000000

makes a store of about so many claims in a folder of its own, builds all features, and prints one line. Run it alone:
the build uses two processes.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
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


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=1_000_000, help="about how many claims")
    parser.add_argument("--cluster", help="build on Dask, such as local:2")
    parser.add_argument("--folder", type=Path, help="keep the store here and use it again; else a temporary one")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (asked.folder or Path(temporary)).resolve()
        settings = replace(read_settings(), data_folder=folder, database_url=None, key_file=folder / "key")
        if not (folder / "postgres").exists():
            _fill(settings, asked.claims)
        print(_measure(settings, asked.cluster))  # noqa: T201  # what it is for
        stop_embedded(folder)


def _fill(settings: Settings, claims: int) -> None:
    store = open_store(settings)
    with tempfile.TemporaryDirectory() as files:
        city = make_city(CityPlan(INSURED, rates="realistic"))
        write_city(city, Path(files) / "city")
        run_import(store, settings, read_mapping("national"), sorted((Path(files) / "city").glob("*.csv")))
    with store.as_owner() as connection:
        copy_city(connection, max(1, round(claims / len(city.claims))))


def _measure(settings: Settings, cluster: str | None) -> str:
    """Build in a process of its own, as the command does, and say what it took."""
    store = open_store(settings)
    with store.as_owner() as connection:
        claims, lines, bytes_stored = _sizes(connection)
    command = [
        sys.executable,
        "-c",
        "from cli.main import main; main()",
        "features",
        "build",
        *(["--cluster", cluster] if cluster else []),
    ]
    started = time.perf_counter()
    environment = {**os.environ, "YICHA_DATA": str(settings.data_folder), "YICHA_KEY_FILE": str(settings.key_file)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603  # our own command
    with PeakMemory(process.pid, settings.data_folder / "postgres") as memory:
        failed = process.wait()
    seconds = time.perf_counter() - started
    if failed:
        raise SystemExit(f"The build ended with code {failed}. Run it alone: yicha features build")
    built = sum(path.stat().st_size for path in (settings.data_folder / "features").rglob("*.parquet"))
    return (
        f"scale claims={claims} lines={lines} seconds={seconds:.1f} "
        f"processor_seconds={memory.processor_seconds:.1f} us_per_claim={memory.processor_seconds / claims * 1e6:.1f} "
        f"peak_gb={memory.peak / GB:.2f} store_gb={bytes_stored / GB:.2f} parquet_gb={built / GB:.2f}"
    )


def _sizes(connection: psycopg.Connection) -> tuple[int, int, int]:
    row = connection.execute(
        "SELECT (SELECT count(*) FROM claims), (SELECT count(*) FROM lines), pg_database_size(current_database())"
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1]), int(row[2])


if __name__ == "__main__":
    main()
