"""How long one settlement takes: reading and computing all features, with writing, and decided as a whole.

A made-up patient has 500 claims of about three lines behind him, the hospital 20,000 or 200,000 claims a year. Every
settlement is of another of the heavy patients in turn, stored and committed, so that none is measured on a warm copy of
its own past alone. The database is the embedded PostgreSQL in a folder that is removed at the end.
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

from benchmarks.serve_store import DOCTORS, HOSPITAL, VARIETY, fill
from claims.batch import ClaimBatch
from claims.settings import Settings
from claims.store.columns import append_batch, join, rows_to_columns
from claims.store.connect import Store, open_store
from claims.store.embedded import stop_embedded
from claims.tables import CLAIMS, DIAGNOSES, LINES, Array
from features.batch import build
from features.catalogue import FEATURES
from features.context import read_context
from features.online import draw_orders, lock_entities, look, write_past
from graphs.columns import NODE_KINDS, columns_of
from serving.memory import keep_for_good

WARM_UP = 200


def main() -> None:
    """Measure and print one line for each size of the hospital's past."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settlements", type=int, default=1_000, help="measured settlements (default 1000)")
    parser.add_argument("--patients", type=int, default=100, help="patients with 500 claims each (default 100)")
    parser.add_argument("--sizes", type=int, nargs="+", default=[20_000, 200_000], help="the hospital's claims a year")
    parser.add_argument("--folder", type=Path, help="keep the stores here and use them again (default: temporary)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="yicha-serve-") as folder:
        Path(folder).chmod(0o755)  # the server may run as a user of its own
        for size in asked.sizes:
            measure((asked.folder or Path(folder)) / str(size), size, asked.patients, asked.settlements)


def measure(folder: Path, claims_a_year: int, patients: int, settlements: int) -> None:
    """Make the store, settle, and print the figures."""
    settings = Settings(folder, None, None, folder / "key", "")
    is_new = not (folder / "postgres").exists()
    store = open_store(settings)
    if is_new:
        with store.as_owner() as owner:
            fill(owner, claims_a_year, patients, {kind: len(columns_of(kind)) for kind in NODE_KINDS})
            build(owner, settings)
    taken = _settle_all(store, patients, settlements)
    stop_embedded(folder)
    figures = " ".join(
        f"{name}: p50={np.percentile(values, 50):.2f} ms p99={np.percentile(values, 99):.2f} ms"
        for name, values in zip(("reading and computing", "with writing", "user CPU"), taken.T, strict=True)
    )
    print(  # noqa: T201
        f"online_features p50={np.percentile(taken[:, 0], 50):.2f} ms p99={np.percentile(taken[:, 0], 99):.2f} ms "
        f"features={len(FEATURES)} claims_a_year={claims_a_year} settlements={settlements} | {figures}"
    )


def _settle_all(store: Store, patients: int, settlements: int) -> Array:
    with store.as_service() as connection:
        row = connection.execute(
            "SELECT max(recorded_order), extract(epoch FROM max(settled_at))::bigint FROM claims"
        ).fetchone()
        first, after = row or (0, 0)
        drugs = [str(row[0]) for row in connection.execute("SELECT item_code FROM catalogue LIMIT 500").fetchall()]
        connection.commit()
        asked = _claims(first, after, drugs, patients, WARM_UP + settlements)
        for _ in range(WARM_UP):
            _settle(connection, next(asked))
        keep_for_good()
        return np.array([_settle(connection, batch) for batch in asked])


def _settle(connection: psycopg.Connection, batch: ClaimBatch) -> tuple[float, float, float]:
    """Milliseconds of reading and computing, the same with writing the past, and the user CPU time of the former."""
    lock_entities(connection, batch)
    batch = replace(batch, claims={**batch.claims, "recorded_order": draw_orders(connection, len(batch))})
    begun, cpu = time.perf_counter(), time.process_time()
    looked = look(connection, batch, read_context(connection, batch))
    computed, cpu_computed = time.perf_counter(), time.process_time()
    write_past(connection, looked)
    written = time.perf_counter()
    append_batch(connection, batch)
    connection.commit()
    return 1e3 * (computed - begun), 1e3 * (written - begun), 1e3 * (cpu_computed - cpu)


def _claims(first: int, after: int, drugs: list[str], patients: int, count: int) -> Iterator[ClaimBatch]:
    draw = np.random.default_rng(7)
    for number in range(count):
        name, at = f"N{first + number:024d}", after + 60 * (1 + number)
        amount = 1_000 + int(draw.integers(20_000))
        claim = {
            "claim_id": name, "kind": "settlement", "patient_id": f"P{number % patients}", "institution_id": HOSPITAL,
            "doctor_id": f"D{1 + int(draw.integers(DOCTORS))}", "department_id": "DEP1", "till_id": "T1",
            "channel": "networked", "benefit_kind": "general_outpatient", "is_emergency": False, "settled_at": at,
            "known_at": at, "known_at_source": "service clock", "total_fen": amount, "fund_fen": amount // 2,
            "account_fen": amount - amount // 2, "cash_fen": 0, "account_balance_fen": 100, "source": "service",
        }  # fmt: skip
        lines = [
            {
                "claim_id": name, "line_number": line, "line_id": f"{name}-{line}",
                "item_code": drugs[(number % patients * 13 + int(draw.integers(VARIETY))) % len(drugs)],
                "item_kind": "drug", "quantity_e4": 10_000, "unit_price_micro_yuan": 0, "amount_fen": amount // 3,
            }
            for line in (1, 2, 3)
        ]  # fmt: skip
        diagnosis = {"claim_id": name, "sequence": 1, "code": "I10", "is_main": True, "is_admission": False}
        tables = ((CLAIMS, [claim]), (LINES, lines), (DIAGNOSES, [diagnosis]))
        yield join(
            *(rows_to_columns(table, [tuple(map(row.get, table.names)) for row in rows]) for table, rows in tables)
        )


if __name__ == "__main__":
    main()
