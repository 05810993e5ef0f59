"""How quickly are 30 features over windows computed, beside SQL, Polars and pandas, and beside a mere sort?

Every engine gets the same made-up claims of one year in memory, in time order, and all processors; its values are
compared with ours, one by one, in the same run. The peers get ids already numbered and the beginnings of the windows as
columns; we start from claims as a step of a build reads them, Arrow columns with texts for ids. Ours and the floor are
medians of three.
"""

from __future__ import annotations

import argparse
import gc
import os
import time
from collections.abc import Callable

import numpy as np
import pyarrow as pa

from benchmarks.feature_frames import run_pandas, run_pandas_bounds, run_pandas_smooth, run_polars
from benchmarks.feature_sql import run_duckdb
from benchmarks.feature_task import CHOSEN, ENTITIES_USED, facts_of, mismatches
from benchmarks.machine import machine
from benchmarks.made_claims import as_table, context_around, made_claims
from claims.context import Context
from claims.tables import Array
from features.compute import compute_rows
from features.part import rows_of

REPEATS = 3
SIZES = {"tiny": 4_000, "small": 200_000, "city": 2_000_000}
Peer = Callable[[dict[str, Array]], tuple[float, dict[str, Array]]]
PEERS: dict[str, Peer] = {
    "duckdb": run_duckdb,
    "polars": run_polars,
    "pandas": run_pandas,
    "pandas_smooth": run_pandas_smooth,
    "pandas_with_our_bounds": run_pandas_bounds,
}


def main() -> None:
    """Run and print one line for each engine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS))
    asked = parser.parse_args()
    batch = made_claims(SIZES[asked.size])
    say(machine("duckdb", "polars", "pandas", "numpy", "numba"))
    say(f"{len(batch):,} claims, {len(CHOSEN)} features of {len(ENTITIES_USED)} entities")
    context, claims = context_around(batch), as_table(batch)
    matrix = run_ours(claims, context)[2]  # the first run is not counted: it may have to wait for the compiler
    ours, used = np.median([run_ours(claims, context)[:2] for _ in range(REPEATS)], axis=0)
    floor, floor_used = np.median([seconds_of_sorts(claims, context) for _ in range(REPEATS)], axis=0)
    say(f"features ours={ours:.2f}s floor={floor:.2f}s ratio={ours / floor:.1f}"
        f" | processor ours={used:.2f}s floor={floor_used:.2f}s ratio={used / floor_used:.1f}")  # fmt: skip
    facts = facts_of(batch)
    for name in asked.peers:
        before = time.process_time()
        theirs, found = PEERS[name](facts)
        theirs_used = time.process_time() - before
        wrong = mismatches(matrix, found)
        say(f"features ours={ours:.2f}s {name}={theirs:.2f}s ratio={theirs / ours:.1f}"
            f" | processor ours={used:.2f}s {name}={theirs_used:.2f}s ratio={theirs_used / used:.1f}"
            f" | features={len(found)} with our values={len(found) - len(wrong)}")  # fmt: skip


def say(line: str) -> None:
    """Print at once, so that a long run shows how far it is."""
    print(line, flush=True)  # noqa: T201


def run_ours(claims: pa.Table, context: Context) -> tuple[float, float, Array]:
    """Seconds on the wall, seconds of processor time, and the columns."""
    gc.collect()  # an earlier frame goes now, not while the clock runs
    start, used = time.perf_counter(), time.process_time()
    matrix = compute_rows(CHOSEN, rows_of(claims, {}, context), workers=os.cpu_count() or 1)
    return time.perf_counter() - start, time.process_time() - used, matrix


def seconds_of_sorts(claims: pa.Table, context: Context) -> tuple[float, float]:
    """The floor, on the wall and of processor time: one stable argsort of numpy for each entity that is used."""
    rows = rows_of(claims, {}, context)
    keys = [rows.keys(entity) for entity in ENTITIES_USED]
    start, used = time.perf_counter(), time.process_time()
    for key in keys:
        np.argsort(key, kind="stable")
    return time.perf_counter() - start, time.process_time() - used


if __name__ == "__main__":
    main()
