"""How long all rules take on one settlement, beyond its features: of 5 lines and of 50.

Settlements of a made-up city are prepared as the service prepares them: context read, features computed. Then the rules
are asked about each once, one settlement after the other, which alone is timed, on a processor that is awake. One of 50
lines has items of other claims added to its own. Run it alone: on a busy processor the same work takes twice as long,
so the fastest one is printed too, and what one call of numpy takes.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psycopg

from benchmarks.machine import machine
from benchmarks.scale import fill
from claims.batch import ClaimBatch, take
from claims.settings import read_settings
from claims.store.columns import read_batch
from claims.store.connect import open_store
from claims.store.embedded import stop_embedded
from claims.tables import MISSING, Array
from features.batch import build
from features.context import read_context
from features.online import look
from rules.catalogue import RULES
from rules.run import run_rules

SIZES = (5, 50)
WARM_UP = 20


def main() -> None:
    """Measure and print a line for each number of lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settlements", type=int, default=120, help="measured settlements (default 120)")
    parser.add_argument("--claims", type=int, default=100_000, help="claims of the store, about (default 100000)")
    parser.add_argument("--folder", type=Path, help="keep the store here and use it again; else a temporary one")
    asked = parser.parse_args()
    print(machine("numpy", "numba"))  # noqa: T201  # what it is for
    with tempfile.TemporaryDirectory(prefix="yicha-rules-") as temporary:
        Path(temporary).chmod(0o755)  # the server may run as a user of its own
        folder = (asked.folder or Path(temporary) / "data").resolve()
        settings = replace(read_settings(), data_folder=folder, database_url=None, key_file=folder / "key")
        is_new = not (folder / "postgres").exists()
        folder.mkdir(parents=True, exist_ok=True)
        if is_new:
            fill(settings, asked.claims)
        store = open_store(settings)
        with store.as_owner() as owner:
            build(owner, settings)  # a store that was kept may be of older columns
        with store.as_service() as connection:
            for size in SIZES:
                taken = np.array(list(_seconds(connection, size, WARM_UP + asked.settlements)))[WARM_UP:] * 1e3
                print(  # noqa: T201
                    f"rules lines={size} rules={len(RULES)} p50={np.median(taken):.2f} ms "
                    f"p99={np.percentile(taken, 99):.2f} ms least={taken.min():.2f} ms settlements={len(taken)} "
                    f"one_numpy_call={_one_call():.1f} us"
                )
        stop_embedded(folder)


def _seconds(connection: psycopg.Connection, size: int, count: int) -> Iterator[float]:
    prepared = []
    for batch in _settlements(connection, size, count):
        context = read_context(connection, batch)
        look(connection, batch, context)
        prepared.append((batch, context))
    _wake_the_processor()
    for batch, context in prepared:
        start = time.perf_counter()
        run_rules(batch, context)
        yield time.perf_counter() - start


def _wake_the_processor(seconds: float = 1.0) -> None:
    """One that waited for the database runs slowly for its first moments, which are longer than what is measured."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        _one_call(100)


def _settlements(connection: psycopg.Connection, size: int, count: int) -> Iterator[ClaimBatch]:
    """Settlements with so many lines, of which all but five come from other claims where there are more."""
    named = connection.execute(
        "SELECT claim_id FROM lines JOIN claims USING (claim_id) WHERE kind = 'settlement' GROUP BY claim_id "
        "HAVING count(*) = %s ORDER BY md5(claim_id) LIMIT %s",
        (SIZES[0], count),
    ).fetchall()
    others = read_batch(connection, "t.recorded_order % 50 = 7 AND t.kind = 'settlement'").lines
    rng = np.random.default_rng(7)
    for (name,) in named:
        batch = read_batch(connection, f"t.claim_id = '{name}'")
        added = size - SIZES[0]
        more = take(others, rng.integers(len(others["claim_index"]), size=added))
        more |= {
            "claim_index": np.zeros(added, dtype=np.int64),
            "line_number": np.arange(SIZES[0] + 1, size + 1),
            "claim_id": np.full(added, name, dtype=object),
            # As the settlement's own: nobody's lines are ordered by dozens of doctors on as many days.
            **{key: np.full(added, None, dtype=object) for key in ("doctor_id", "department_id")},
            "served_at": np.full(added, MISSING),
        }
        lines: dict[str, Array] = {key: np.concatenate([column, more[key]]) for key, column in batch.lines.items()}
        yield replace(batch, lines=lines)


def _one_call(count: int = 1_000) -> float:
    """Microseconds of a small call of numpy: how busy the processor is."""
    values = np.arange(5)
    start = time.perf_counter()
    for _ in range(count):
        np.flatnonzero(values > 2)
    return (time.perf_counter() - start) / count * 1e6


if __name__ == "__main__":
    main()
