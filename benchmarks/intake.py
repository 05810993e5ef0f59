"""How time, memory and disk of `yicha import` grow with the number of claims.

    python -m benchmarks.intake --claims 200000 1000000

writes the five national tables and the registers of about so many claims, about three lines a claim: a small city's
files, once for every town of an area. It imports them into a new store in a process of its own and prints a line. The
floor beside it is one plain COPY of the same rows, parsed and ordered already, into the same tables with their keys,
indexes and references. Run it alone: the import uses two processes.
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

import duckdb

from benchmarks.machine import machine
from benchmarks.memory import PeakMemory
from claims.city.make import make_city
from claims.city.plan import CityPlan
from claims.city.write import NATIONAL_STYLE, PLAIN_STYLE, write_city
from claims.settings import Settings, read_settings
from claims.store.connect import Store, open_store
from claims.store.embedded import stop_embedded

INSURED = 8_500
"""Persons of the city that is written again and again: about 100,000 claims over 18 months."""

MOST_LINES = 5
"""A claim keeps its first lines, so that there are 3.3 a claim on average."""

OWN = {
    "setl_id", "mdtrt_id", "psn_no", "certno", "feedetl_sn", "rx_drord_no", "init_setl_id", "init_feedetl_sn",
    "fixmedins_code", "chfpdr_code", "bilg_dr_code", "oper_dr_code", "opter_id", "institution_id", "staff_id",
    "record_id", "verdict_id", "replaces_verdict_id", "subject_id",
}  # fmt: skip
"""Columns of ids: their first four digits say the area, so every town gets its own."""

KEEPS = {
    "FEE_LIST_D.csv": f"CAST(right(feedetl_sn, 3) AS INTEGER) <= {MOST_LINES}",
    "verdicts.csv": f"coalesce(CAST(right(feedetl_sn, 3) AS INTEGER), 0) <= {MOST_LINES}",
}
"""Rows of a file that are written; of other files all."""

FACTS = ("claims", "lines", "diagnoses")
GB, MILLION = 1e9, 1e6


@dataclass(frozen=True)
class Cost:
    """What bringing `claims` claims with `lines` lines in took; memory and disk in bytes."""

    claims: int
    lines: int
    seconds: float
    processor_seconds: float
    peak: int
    disk: int

    def line(self, name: str) -> str:
        """One line to read, with figures for a million claims."""
        millions = self.claims / MILLION
        return (
            f"{name} claims={self.claims} lines={self.lines} seconds={self.seconds:.1f} "
            f"processor_seconds={self.processor_seconds:.1f} peak_gb={self.peak / GB:.2f} disk_gb={self.disk / GB:.2f} "
            f"| a million: seconds={self.seconds / millions:.0f} "
            f"processor_seconds={self.processor_seconds / millions:.0f} disk_gb={self.disk / GB / millions:.2f}"
        )


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, nargs="+", default=[200_000, 1_000_000], help="about how many claims")
    parser.add_argument("--floor", action="store_true", help="also measure a plain COPY of the same rows")
    parser.add_argument("--folder", type=Path, help="keep files and stores here; else in a temporary folder")
    asked = parser.parse_args()
    _say(machine("psycopg", "pyarrow"))
    with tempfile.TemporaryDirectory() as temporary:
        folder = (asked.folder or Path(temporary)).resolve()
        city = folder / "city"
        if not city.exists():
            write_city(make_city(CityPlan(INSURED, rates="realistic")), city)
        before: Cost | None = None
        for claims in asked.claims:
            cost = _measure(city, folder / str(claims), claims, asked.floor)
            if before:
                _say(
                    f"claims x {cost.claims / before.claims:.2f}: seconds x {cost.seconds / before.seconds:.2f}, "
                    f"processor seconds x {cost.processor_seconds / before.processor_seconds:.2f}, "
                    f"memory x {cost.peak / before.peak:.2f}, disk x {cost.disk / before.disk:.2f}"
                )
            before = cost


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201  # what it is for


def _measure(city: Path, folder: Path, claims: int, with_floor: bool) -> Cost:
    files, store_folder = folder / "files", folder / "store"
    if not files.exists():
        write_towns(city, files, claims)
    settings = replace(read_settings(), data_folder=store_folder, database_url=None, key_file=folder / "key")
    store = open_store(settings)
    cost = _import(store, settings, sorted(files.glob("*.csv")))
    _say(cost.line("import"))
    if with_floor:
        _say(_floor(store, settings, folder / "rows").line("floor"))
    stop_embedded(store_folder)
    return cost


def write_towns(city: Path, folder: Path, claims: int) -> None:
    """Write a city's files once for every town, one town after the other, each with ids of its own.

    Args:
        city: the files of one city.
        folder: made; one file for each table.
        claims: about how many claims all towns have together.
    """
    folder.mkdir(parents=True)
    with duckdb.connect() as connection:
        counted = connection.execute(f"SELECT count(*) FROM {_rows(city / 'SETL_D.csv')}").fetchall()
        towns = max(1, round(claims / counted[0][0]))
        for path in sorted(city.glob("*.csv")):
            rows = connection.sql(f"SELECT * FROM {_rows(path)}")
            own = [
                f"regexp_replace({name}, '[0-9]{{4}}', CAST(1000 + town AS VARCHAR)) AS {name}"
                for name in rows.columns
                if name in OWN
            ]
            chosen = f"SELECT * EXCLUDE (town) REPLACE ({', '.join(own)})" if own else "SELECT * EXCLUDE (town)"
            times = 1 if path.name == "catalogue.csv" else towns
            connection.execute(
                f"COPY ({chosen} FROM range({times}) towns(town), LATERAL (SELECT * FROM {_rows(path)} "
                f"WHERE {KEEPS.get(path.name, 'true')})) TO '{folder / path.name}' ({_style(path)})"
            )


def _rows(path: Path) -> str:
    quote = "''''" if path.stem.isupper() else "'\"'"
    return f"read_csv('{path}', quote={quote}, escape={quote}, all_varchar=true)"


def _style(path: Path) -> str:
    return NATIONAL_STYLE if path.stem.isupper() else PLAIN_STYLE


def _import(store: Store, settings: Settings, files: list[Path]) -> Cost:
    """Import in a process of its own, as the command does."""
    command = [sys.executable, "-c", "from cli.main import main; main()", "import", "--mapping", "national"]
    environment = {**os.environ, "YICHA_DATA": str(settings.data_folder), "YICHA_KEY_FILE": str(settings.key_file)}
    started = time.perf_counter()
    process = subprocess.Popen([*command, *files], env=environment, stdout=subprocess.DEVNULL)  # noqa: S603
    with PeakMemory(process.pid, settings.data_folder / "postgres") as memory:
        failed = process.wait()
    if failed:
        raise SystemExit(f"The import ended with code {failed}. Run it alone: yicha import --mapping national FILES")
    return _cost(store, time.perf_counter() - started, memory)


def _cost(store: Store, seconds: float, memory: PeakMemory) -> Cost:
    with store.as_owner() as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM claims), (SELECT count(*) FROM lines), pg_database_size(current_database())"
        ).fetchone()
    assert row is not None
    return Cost(int(row[0]), int(row[1]), seconds, memory.processor_seconds, memory.peak, int(row[2]))


def _floor(store: Store, settings: Settings, rows: Path) -> Cost:
    """Take the facts out of the store, empty their tables, and copy them in again as they are."""
    rows.mkdir(exist_ok=True)
    order = {"claims": "recorded_order", "lines": "claim_id, line_number", "diagnoses": "claim_id, sequence"}
    with store.as_owner() as connection:
        for name in FACTS:
            query = f"COPY (SELECT * FROM {name} ORDER BY {order[name]}) TO STDOUT (FORMAT binary)"
            with (rows / name).open("wb") as out, connection.cursor().copy(query) as copy:
                out.writelines(copy)
        connection.execute(f"TRUNCATE {', '.join(FACTS)}")
    started = time.perf_counter()
    with PeakMemory(os.getpid(), settings.data_folder / "postgres") as memory, store.as_owner() as connection:
        for name in FACTS:
            query = f"COPY {name} FROM STDIN (FORMAT binary)"
            with (rows / name).open("rb") as stream, connection.cursor().copy(query) as copy:
                while block := stream.read(1 << 20):
                    copy.write(block)
                (rows / name).unlink()
        connection.commit()
        seconds = time.perf_counter() - started
    return _cost(store, seconds, memory)


if __name__ == "__main__":
    main()
