"""Decides settlements: N claims as columns in one transaction, committed before anybody is answered."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import psycopg
from psycopg_pool import ConnectionPool

from audit.answers import Versions, answers_of
from audit.fingerprint import claim_fingerprints
from audit.ledger import known_answers, record_decisions
from claims.batch import ClaimBatch, select
from claims.errors import Conflict
from claims.store.columns import append_batch, to_rows
from claims.tables import PATIENTS, Array, Columns
from features.catalogue import feature_set
from graphs.newest import newest_snapshot
from rules.frame import DURING
from scoring.judge import Judgement
from scoring.rule_columns import rule_columns
from scoring.score import flagged
from serving.bundle_watch import BundleWatch, Serving
from serving.observe import Figures
from serving.parse import MakesPseudonyms, person_columns, settlement_batch, with_orders
from serving.schemas import SettlementIn
from serving.shadow import Decided
from serving.steps import STEPS, Steps

FEATURE_SET = feature_set()
MOST_TRIES = 3
"""Two requests can meet on one id or lock each other out; the loser runs again and then sees what the other wrote."""

Answered = TypeVar("Answered")
Answer = dict[str, Any]
Also = Callable[[psycopg.Connection, list[Answer]], None]
"""What a caller records beside the answers, in the same transaction."""


def nothing_else(_: psycopg.Connection, __: list[Answer]) -> None:
    """Record nothing beside the answers."""


def unnoted(_: Decided) -> None:
    """Let no challenger see what was decided."""


@dataclass(frozen=True)
class Desk:
    """What deciding needs; one per process, used by many threads.

    Attributes:
        clock: seconds since 1970.
        note: told what was decided, once it is committed; must neither wait nor fail.
    """

    pool: ConnectionPool[psycopg.Connection]
    pseudonyms: MakesPseudonyms
    watch: BundleWatch
    figures: Figures
    steps: Steps = STEPS
    clock: Callable[[], float] = time.time
    note: Callable[[Decided], None] = unnoted

    def decide(self, bodies: Sequence[SettlementIn], also: Also = nothing_else) -> list[Answer]:
        """Score, judge, record and only then answer.

        Args:
            bodies: the settlements, in the order in which they were made.
            also: what else is recorded with them.

        Raises:
            Conflict: a known id came again with another content; nothing of the request is recorded.
            BadSetting: a settlement lies in the future.
        """
        start = time.perf_counter()
        serving = self.watch.current()
        first, repeats, places = unique(bodies)
        batch = settlement_batch(first, self.pseudonyms, int(self.clock()))
        self._check_repeats(batch, repeats)
        persons = person_columns(first, batch)

        def within(connection: psycopg.Connection) -> tuple[list[Answer], list[int], Decided | None]:
            done = self._decide(connection, batch, persons, serving, start)
            also(connection, [done[0][place] for place in places])
            return done

        answers, fresh, decided = in_transaction(self.pool, within)
        if decided is not None:
            self.note(decided)
        for row in fresh:
            self.figures.decisions.labels(answers[row]["action"]).inc()
        self.figures.known.inc(len(bodies) - len(fresh))
        return [answers[place] for place in places]

    def rehearse(self, bodies: Sequence[SettlementIn]) -> None:
        """Decide as `decide` does, and take everything back.

        Raises:
            NotBuilt: the features are not built.
        """
        batch = settlement_batch(bodies, self.pseudonyms, int(self.clock()))
        persons, serving = person_columns(bodies, batch), self.watch.current()
        with self.pool.connection() as connection, connection.transaction(force_rollback=True):
            self._decide(connection, batch, persons, serving, time.perf_counter())

    def _check_repeats(self, batch: ClaimBatch, repeats: Sequence[SettlementIn]) -> None:
        if not repeats:
            return
        known = dict(zip(batch.claims["claim_id"].tolist(), claim_fingerprints(batch), strict=True))
        for body in repeats:
            if claim_fingerprints(settlement_batch([body], self.pseudonyms, int(self.clock()))) != [
                known[body.settlement_id]
            ]:
                raise Conflict(
                    f"The id {body.settlement_id} came twice with two contents. Expected one. Send each once."
                )

    def _decide(
        self, connection: psycopg.Connection, batch: ClaimBatch, persons: Columns, serving: Serving, start: float
    ) -> tuple[list[Answer], list[int], Decided | None]:
        self.steps.lock(connection, batch)
        known = known_answers(connection, batch).answers
        fresh = [row for row in range(len(batch)) if row not in known]
        if not fresh:
            return [known[row] for row in range(len(batch))], fresh, None
        made, decided = self._decide_fresh(connection, select(batch, np.array(fresh)), persons, serving, start)
        answers = {**known, **dict(zip(fresh, made, strict=True))}
        return [answers[row] for row in range(len(batch))], fresh, decided

    def _decide_fresh(
        self, connection: psycopg.Connection, batch: ClaimBatch, persons: Columns, serving: Serving, start: float
    ) -> tuple[list[Answer], Decided]:
        steps = self.steps
        batch = with_orders(batch, steps.draw(connection, len(batch)))
        add_persons(connection, persons)
        context = steps.read_context(connection, batch)
        matrix = steps.serve(connection, batch, context)
        asked = serving.asked.at(DURING)
        judgement = steps.judge(batch, context, matrix, serving.bundle, rules=asked.active, shadow=asked.shadow)
        self.figures.note_crashes(judgement.crashed + judgement.shadow.crashed)
        append_batch(connection, batch)
        cases = steps.open_cases(connection, judgement.alerts, int(self.clock()))
        snapshot = newest_snapshot(connection, int(self.clock()))
        versions = Versions(serving.fingerprint, FEATURE_SET, [snapshot] * len(batch), asked.fingerprint)
        answers = answers_of(batch, judgement, cases.case_of_claim, versions)
        microseconds = round((time.perf_counter() - start) * 1e6)
        record_decisions(
            connection,
            batch,
            judgement,
            matrix,
            serving.fingerprint,
            versions.snapshot_ids,
            answers,
            False,
            microseconds,
            asked.fingerprint,
        )
        of_rules = rule_columns(len(batch), judgement.hits)
        return answers, Decided(batch.claims["recorded_order"], matrix, of_rules, _holds(judgement, serving))


def _holds(judgement: Judgement, serving: Serving) -> Array:
    """(n,) claims that the champion's model or forest sends to a person, whatever rules say."""
    if serving.bundle is None:
        return np.zeros(len(judgement.probability), dtype=np.bool_)
    return np.logical_or(*flagged(serving.bundle, judgement.probability, judgement.anomaly))


def unique(bodies: Sequence[SettlementIn]) -> tuple[list[SettlementIn], list[SettlementIn], list[int]]:
    """The first body of each id, the repeats, and for each body the place of its id among the first ones."""
    place_of: dict[str, int] = {}
    places = [place_of.setdefault(body.settlement_id, len(place_of)) for body in bodies]
    seen: set[int] = set()
    first: list[SettlementIn] = []
    repeats: list[SettlementIn] = []
    for body, place in zip(bodies, places, strict=True):
        (repeats if place in seen else first).append(body)
        seen.add(place)
    return first, repeats, places


def in_transaction(
    pool: ConnectionPool[psycopg.Connection], work: Callable[[psycopg.Connection], Answered]
) -> Answered:
    """Run `work` in a transaction and commit it; tried again when another request was in the way."""
    for is_last in [False] * (MOST_TRIES - 1) + [True]:
        try:
            with pool.connection() as connection, connection.transaction():
                return work(connection)
        except (psycopg.errors.UniqueViolation, psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
            if is_last:
                raise
    raise AssertionError("unreachable")


def add_persons(connection: psycopg.Connection, persons: Columns) -> None:
    """Add the persons that the store does not know; known ones stay as they are."""
    marks = ", ".join(["%s"] * len(PATIENTS.names))
    for row in to_rows(PATIENTS, persons):
        connection.execute(
            f"INSERT INTO patients ({', '.join(PATIENTS.names)}) VALUES ({marks}) ON CONFLICT DO NOTHING",
            row,
        )
