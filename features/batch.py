"""Builds the columns of every settlement in the store, and the tiles from which the service goes on.

The store is cut into blocks of consecutive claims. Each block is scattered over the parts of each key (`scatter`), each
part is computed alone (`part`), and each block's file is put together from all parts (`join`): on this process for a
small store, on two processes or a Dask cluster for a large one, by the same functions.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from claims.errors import NotBuilt
from claims.settings import Settings
from claims.store.columns import read_batch
from claims.store.stream import blocks_of, hold_moment
from claims.workers import Workers, cluster, here, processes
from features.catalogue import feature_set
from features.closed.build import build_closed, clock_of
from features.closed.tables import TABLES
from features.compute import gather_for
from features.context import read_whole_context
from features.join import join_block
from features.long_pasts import newest_window, pack_part
from features.matrix import publish, remove_others
from features.part import compute_part
from features.partitions import ALONE, CLAIMS_IN_A_PART, KEYS
from features.renew import Seen, renew
from features.rows import Rows
from features.scatter import Plan, pieces_of, scatter_claims, scatter_side, sides

Progress = Callable[[str], None]

PROCESSES = 2
"""Of this machine, for a store of more than one part; each takes about 2 GB, which it keeps."""


def build(
    connection: psycopg.Connection,
    settings: Settings,
    folder: Path | None = None,
    progress: Progress | None = None,
    on_cluster: str | None = None,
    claims_in_a_part: int = CLAIMS_IN_A_PART,
) -> Path:
    """Compute and write the columns of every settlement, renew all tiles, and note how far the build reaches.

    Args:
        connection: of the owner; committed at the beginning and at the end.
        settings: where the data folder is.
        folder: where the build's folder goes, `features/` in the data folder by default; made if missing. Workers of a
            cluster on other machines must reach it under the same path.
        progress: called with the name of each step when it begins and goes on.
        on_cluster: a Dask cluster, see `workers.cluster`.
        claims_in_a_part: how many claims a block and a part hold, about.

    Returns:
        The folder of Parquet parts: the keys and one float64 column per feature, settlements in recorded order.

    Raises:
        NotBuilt: the store holds no claims.
        BadSetting: there is no such cluster.
    """
    say = progress or (lambda _step: None)
    target = folder or settings.data_folder / "features"
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target, prefix="unfinished-") as scratch:
        plan, seen = _plan(connection, Path(scratch), claims_in_a_part)
        with _workers(plan, on_cluster) as workers, psycopg.connect(plan.moment.url) as learner:
            _scatter(workers, plan, say)
            packed = workers(pack_part, plan, range(plan.parts))
            say("learning from whole months")
            build_closed(learner, blocks=pieces_of(plan, clock_of(connection)))
            _wait(packed, plan.parts, say, "packing long pasts")
            plan = replace(plan, closed=hold_moment(learner))
            _compute(workers, plan, say)
        connection.commit()  # lets go of the moment that the workers read
        path = publish(plan.out, target)
        say("writing tiles")
        until = renew(connection, plan, seen)
    _note(connection, until, settings.stored_path(path))
    connection.commit()
    remove_others(path)
    return path


def _plan(connection: psycopg.Connection, scratch: Path, claims_in_a_part: int) -> tuple[Plan, Seen]:
    moment = hold_moment(connection)
    blocks = blocks_of(connection, claims_in_a_part)
    if not blocks:
        raise NotBuilt("The store holds no claims. Expected imported claims. Run `yicha import` first.")
    keys = KEYS if len(blocks) > 1 else (ALONE,)
    since = newest_window(connection)
    plan = Plan(moment, moment, scratch / "pieces", scratch / "parts", tuple(blocks), len(blocks), keys, since)
    return plan, Seen.now(connection)


def _workers(plan: Plan, on_cluster: str | None) -> AbstractContextManager[Workers]:
    if on_cluster:
        return cluster(on_cluster)
    return processes(PROCESSES) if plan.parts > 1 else here()


def _scatter(workers: Workers, plan: Plan, say: Progress) -> None:
    _run(workers, plan, say, "reading claims", scatter_claims, range(len(plan.blocks)))
    _run(workers, plan, say, "reading what stands beside claims", scatter_side, range(len(sides())))


def _compute(workers: Workers, plan: Plan, say: Progress) -> None:
    parts = [(key, number) for key in plan.keys for number in range(plan.parts)]
    _run(workers, plan, say, "computing columns", compute_part, parts)
    _run(workers, plan, say, "writing columns", join_block, range(len(plan.blocks)))


def _run(
    workers: Workers,
    plan: Plan,
    say: Progress,
    name: str,
    function: Callable[[Plan, Any], None],
    tasks: Sequence[object],
) -> None:
    _wait(workers(function, plan, tasks), len(tasks), say, name)


def _wait(done: Iterator[None], tasks: int, say: Progress, name: str) -> None:
    say(name)
    for number, _ in enumerate(done, 1):
        if tasks > 1:
            say(f"{name} ({number} of {tasks})")


def read_rows(connection: psycopg.Connection, where: str = "true") -> Rows:
    """The frame of all claims of the store; `where` is trusted SQL on claims, called `t`."""
    history = read_batch(connection, where)
    return gather_for(history, read_whole_context(connection, history, TABLES))


def _note(connection: psycopg.Connection, until: int, path: str) -> None:
    connection.execute("DELETE FROM feature_builds")  # the tiles now are those of this build alone
    connection.execute(
        "INSERT INTO feature_builds (feature_set, built_until_order, path) VALUES (%s, %s, %s)",
        (feature_set(), until, path),
    )
