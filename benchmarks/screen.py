"""A screening of a past period with all rules, and ten of them beside the same rules as DuckDB SQL.

    python -m benchmarks.screen --claims 1000000

makes a store of about so many claims in a folder of its own (`--folder` keeps it), screens all of it with
`yicha screen` in a process of its own, and prints what that took, memory of PostgreSQL and all workers included. Then
it takes one part of the claims (`--beside`), and asks ten rules and ten queries about it: ours on one processor and
with the sentences, DuckDB on all of them without; both begin with the same Arrow tables. What the two find must be the
same, or the benchmark stops.
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

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.machine import machine
from benchmarks.memory import PeakMemory
from benchmarks.scale import GB, fill
from benchmarks.screen_sql import QUERIES, Found, run_duckdb
from claims.clock import area_day, to_day
from claims.settings import Settings, read_settings
from claims.shuffle import read_part
from claims.store.connect import Store, open_store
from claims.store.embedded import stop_embedded
from claims.store.stream import hold_moment
from rules.catalogue import RULES
from rules.frame import WHOLE_CLAIM
from rules.run import run_rules
from rules.screen.part import read_claims_of_part, reference_of
from rules.screen.plan import Plan, make_plan
from rules.screen.scatter import CHILDREN, scatter_claims, scatter_patients


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=1_000_000, help="about how many claims")
    parser.add_argument(
        "--beside", type=int, default=200_000, help="claims of the comparison with SQL (default 200000)"
    )
    parser.add_argument("--folder", type=Path, help="keep the store here and use it again; else a temporary one")
    asked = parser.parse_args()
    print(machine("duckdb", "numpy", "pyarrow"), flush=True)  # noqa: T201  # what it is for
    with tempfile.TemporaryDirectory(prefix="yicha-screen-") as temporary:
        folder = (asked.folder or Path(temporary) / "data").resolve()
        settings = replace(read_settings(), data_folder=folder, database_url=None, key_file=folder / "key")
        if not (folder / "postgres").exists():
            folder.mkdir(parents=True, exist_ok=True)
            Path(temporary).chmod(0o755)  # the server may run as a user of its own
            fill(settings, asked.claims)
        store = open_store(settings)
        try:
            print(whole(settings, store), flush=True)  # noqa: T201
            print(beside(store, Path(temporary) / "beside", asked.beside), flush=True)  # noqa: T201
        finally:
            stop_embedded(folder)


def whole(settings: Settings, store: Store) -> str:
    """One line on a screening of all claims."""
    begin, end = _period(store)
    days = [str(to_day(int(area_day(at)))) for at in (begin, end - 1)]
    with tempfile.TemporaryDirectory(dir=settings.data_folder) as out:
        command = [sys.executable, "-c", "from cli.main import main; main()", "screen", "--out", out]
        environment = {**os.environ, "YICHA_DATA": str(settings.data_folder), "YICHA_KEY_FILE": str(settings.key_file)}
        started = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603  # our own command
            [*command, "--from", days[0], "--to", days[1]], env=environment, stdout=subprocess.DEVNULL
        )
        with PeakMemory(process.pid, settings.data_folder / "postgres") as memory:
            failed = process.wait()
        seconds = time.perf_counter() - started
    if failed:
        raise SystemExit(f"The screening ended with code {failed}. Run it alone: yicha screen --from ... --to ...")
    with store.as_owner() as connection:
        row = connection.execute(
            "SELECT claims, hits, cardinality(rules), (SELECT count(*) FROM lines) FROM screenings "
            "ORDER BY screening_id DESC LIMIT 1"
        ).fetchone()
    assert row is not None
    return (
        f"screen claims={row[0]} lines={row[3]} rules={row[2]} hits={row[1]} seconds={seconds:.1f} "
        f"processor_seconds={memory.processor_seconds:.1f} "
        f"us_per_claim={memory.processor_seconds / max(row[0], 1) * 1e6:.1f} peak_gb={memory.peak / GB:.2f}"
    )


def beside(store: Store, folder: Path, claims: int) -> str:
    """One line on ten rules beside SQL."""
    begin, end = _period(store)
    rules = [rule for rule in RULES if rule.code in QUERIES]
    with store.as_owner() as connection:
        plan = make_plan(connection, hold_moment(connection), folder, begin, end, rules, claims)
        scatter_patients(plan, 0)
        for number in range(len(plan.blocks)):
            scatter_claims(plan, number)
        ours, found = _ours(plan)
        peer, expected = run_duckdb(_tables(plan))
        connection.rollback()
    for code in QUERIES:
        if found[code] != expected[code]:
            raise SystemExit(
                f"{code}: {len(found[code] - expected[code])} findings are ours alone, "
                f"{len(expected[code] - found[code])} DuckDB's alone. Expected the same."
            )
    hits, threads = sum(map(len, found.values())), duckdb.sql("SELECT current_setting('threads')").fetchall()[0][0]
    return (
        f"screen_rules ours={ours:.2f}s peer={peer:.2f}s ratio={peer / ours:.2f} rules={len(rules)} hits={hits} "
        f"peer_name=duckdb threads=1/{threads}"
    )


def _ours(plan: Plan) -> tuple[float, Found]:
    """Seconds of the second of two runs, as compiling is done once in the life of a process; and what was found."""
    rules = [rule for rule in RULES if rule.code in QUERIES]
    reference = reference_of(plan.moment)
    for _ in range(2):
        batch, patients = read_claims_of_part(plan, 0)
        context = replace(reference, history=batch, patients=patients)
        start = time.perf_counter()
        hits = run_rules(batch, context, rules).hits
        seconds = time.perf_counter() - start
    order, number = batch.claims["recorded_order"], batch.lines["line_number"]
    found: Found = {code: set() for code in QUERIES}
    for hit in hits:
        line = 0 if hit.line_row == WHOLE_CLAIM else int(number[hit.line_row])
        found[hit.code].add((int(order[hit.claim_row]), line, hit.amount_fen))
    return seconds, found


def _tables(plan: Plan) -> dict[str, pa.Table]:
    reference = reference_of(plan.moment)
    small = {"catalogue": reference.catalogue, "institutions": reference.institutions}
    names = ("claims", "patients", *(table.name for table in CHILDREN))
    return {
        **{name: read_part(plan.pieces(name), 0) for name in names},
        **{name: pa.table({key: _plain(column) for key, column in rows.items()}) for name, rows in small.items()},
    }


def _plain(column: np.ndarray) -> pa.Array:
    return pa.array(column, pa.string() if column.dtype == object else None)


def _period(store: Store) -> tuple[int, int]:
    with store.as_owner() as connection:
        row = connection.execute(
            "SELECT extract(epoch FROM min(settled_at))::bigint, extract(epoch FROM max(settled_at))::bigint + 1 "
            "FROM claims WHERE kind = 'settlement'"
        ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


if __name__ == "__main__":
    main()
