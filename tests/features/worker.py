"""One of several processes that settle claims of one stream at the same time."""

from __future__ import annotations

from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import numpy as np
import psycopg

from claims.tables import Array
from tests.features.served import in_any_groups, settle
from tests.features.streams import hot_stream


def work(service_url: str, seed: int, claims: int, next_group: Synchronized[int], out: Path) -> None:
    """Settle the next group of the stream that nobody has taken, until none is left; write what was served to `out`.

    A deadlock, or any other error of the store, ends the process with an error.
    """
    groups = list(in_any_groups(hot_stream(seed, claims), seed))
    served: dict[str, Array] = {}
    with psycopg.connect(service_url) as connection:
        while True:
            with next_group.get_lock():
                mine, next_group.value = next_group.value, next_group.value + 1
            if mine >= len(groups):
                break
            served |= settle(connection, groups[mine])
    np.savez(out, claims=np.array(list(served)), columns=np.array(list(served.values())), allow_pickle=False)


def served_by(out: Path) -> dict[str, Array]:
    """What a worker wrote: the columns of each settlement by claim id."""
    with np.load(out) as written:
        return dict(zip(written["claims"].tolist(), written["columns"], strict=True))
