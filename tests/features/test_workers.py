"""Four processes settle claims of the same 200 persons, doctors and institutions at once, as workers of the service do.

The everyday run is small. The full size:  YICHA_TEST_CLAIMS=50000 pytest --log-cli-level=info -k four_workers
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import time
from pathlib import Path

import pytest

from claims.store.connect import Store
from claims.tables import Array
from tests.features.served import assert_equal, built, prepare
from tests.features.worker import served_by, work

log = logging.getLogger(__name__)

WORKERS, CLAIMS = 4, int(os.environ.get("YICHA_TEST_CLAIMS", "1000"))
LONGEST_SECONDS = 60 + CLAIMS // 4
"""More than a settlement can take; only a worker that waits for ever is still there then."""


@pytest.mark.slow
def test_four_workers_serve_what_the_batch_build_computes(store: Store, tmp_path: Path) -> None:
    prepare(store)
    start = time.perf_counter()
    outs = run_workers(store, tmp_path)
    seconds = time.perf_counter() - start
    served: dict[str, Array] = {}
    for out in outs:
        one = served_by(out)
        assert one, "a worker had nothing to do, so nothing met"
        served |= one
    batch = built(store, tmp_path)
    assert served.keys() == batch.keys()
    assert_equal(served, batch)
    log.info("%d claims, %d workers: %.0f s, no mismatch, no deadlock", CLAIMS, WORKERS, seconds)


def run_workers(store: Store, folder: Path) -> list[Path]:
    """Settle the whole stream; the files that the workers wrote."""
    processes = multiprocessing.get_context("spawn")
    next_group, outs = processes.Value("q", 0), [folder / f"worker-{number}.npz" for number in range(WORKERS)]
    workers = [processes.Process(target=work, args=(store.service_url, 1, CLAIMS, next_group, out)) for out in outs]
    for worker in workers:
        worker.start()
    try:
        until = time.monotonic() + LONGEST_SECONDS
        for worker in workers:
            worker.join(max(0.0, until - time.monotonic()))
        assert [worker.exitcode for worker in workers] == [0] * WORKERS
    finally:
        for worker in workers:
            worker.kill()
    return outs
