"""Screens a past period with rules: decided claims, imported claims and reversals alike; nothing acts on its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import psycopg

from claims.errors import Conflict
from claims.settings import Settings
from claims.store.stream import hold_moment
from claims.workers import Workers, here, processes
from rules.catalogue import RULES
from rules.frame import Rule
from rules.screen.part import screen_part
from rules.screen.plan import CLAIMS_IN_A_PART, Plan, make_plan
from rules.screen.result import Screening, count_rules, gather_parts, institutions_of, store_screening, write_hits
from rules.screen.scatter import keep_scans, scatter_claims, scatter_patients
from rules.screen.workbook import WORKBOOKS, write_workbooks

PROCESSES = 2
Progress = Callable[[str, int, int], None]
"""Told the step, how much of it is done, and how much there is."""


def screen(
    connection: psycopg.Connection,
    settings: Settings,
    folder: Path,
    begin: int,
    end: int,
    rules: Sequence[Rule] = RULES,
    progress: Progress | None = None,
    claims_in_a_part: int = CLAIMS_IN_A_PART,
) -> Screening:
    """Ask rules about every settlement of a period, each with what was known before it.

    Stopped at any point it goes on there when it is asked the same again, as long as claims, registers and rules are
    what they were.

    Args:
        connection: of the owner; committed.
        settings: where the data folder is.
        folder: where the results go; made if missing.
        begin: seconds; settlements with `settled_at` in [begin, end).
        end: seconds.
        rules: those that are asked, of the catalogue.
        progress: told of every step.
        claims_in_a_part: how many claims are judged at a time, about.

    Raises:
        NotEnoughData: nothing was settled in the period.
        Conflict: another screening is running.
    """
    say = progress or (lambda _step, _done, _of: None)
    _be_the_only_one(connection)
    moment = hold_moment(connection)
    plan = make_plan(connection, moment, folder, begin, end, rules, claims_in_a_part)
    with _workers(plan) as workers, ThreadPoolExecutor(1) as beside:
        scans = beside.submit(keep_scans, connection, plan)  # the server compares codes while the workers read
        _run(workers, scatter_patients, plan, [0], "reading persons", say)
        _run(workers, scatter_claims, plan, range(len(plan.blocks)), "reading claims", say)
        say("comparing trace codes", 0, 1)
        scans.result()
        _run(workers, screen_part, plan, range(plan.parts), "asking the rules", say)
        connection.commit()  # lets go of the moment that the workers read
        say("sorting findings", 0, 1)
        hits, counts = gather_parts(plan)
        write_hits(hits, folder)
        institutions = institutions_of(hits)
        shutil.rmtree(folder / WORKBOOKS, ignore_errors=True)
        _run(workers, write_workbooks, folder, _in_heaps(institutions), "writing workbooks", say)
    by_rule = count_rules(hits, plan.codes, counts["spared"])
    say("storing findings", 0, 1)
    number = store_screening(connection, plan, hits, counts, by_rule, settings.stored_path(folder))
    connection.commit()
    shutil.rmtree(plan.folder)
    return Screening(
        number, counts["claims"], counts["unjudged"], counts["crashed"], by_rule, len(institutions), folder
    )


def _be_the_only_one(connection: psycopg.Connection) -> None:
    row = connection.execute("SELECT pg_try_advisory_lock(hashtext('yicha screen'))").fetchone()
    if row is None or not row[0]:
        raise Conflict(
            "Another screening is running. Expected one at a time, for both would write the same folder. Wait for it."
        )


def _workers(plan: Plan) -> AbstractContextManager[Workers]:
    return processes(PROCESSES) if plan.parts > 1 else here()


def _run(
    workers: Workers, function: Callable[[Any, Any], None], plan: object, tasks: Sequence[Any], name: str, say: Progress
) -> None:
    say(name, 0, len(tasks))
    for done, _ in enumerate(workers(function, plan, tasks), 1):
        say(name, done, len(tasks))


def _in_heaps(institutions: Sequence[tuple[str, int, int]], rows: int = 20_000) -> list[list[tuple[str, int, int]]]:
    """Institutions together that have about so many findings, so that a task is worth its message."""
    heaps: list[list[tuple[str, int, int]]] = []
    size = rows
    for one in institutions:
        if size >= rows:
            heaps.append([])
            size = 0
        heaps[-1].append(one)
        size += one[2]
    return heaps
