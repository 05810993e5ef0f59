"""Advice before care and before settlement: the same judgement, kept apart, never part of any history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import psycopg
from psycopg.types.json import Jsonb

from audit.answers import Versions, answers_of
from audit.fingerprint import claim_fingerprints
from claims.batch import ClaimBatch
from claims.context import Context
from claims.errors import Conflict
from graphs.newest import newest_snapshot
from rules.frame import BEFORE, DURING
from serving.bundle_watch import Serving
from serving.desk import FEATURE_SET, Answer, Desk, in_transaction
from serving.parse import person_columns, settlement_batch, with_orders
from serving.schemas import AdviceIn, SettlementIn

STAGE_OF = {"before": BEFORE, "during": DURING, "uploaded": DURING, "pre_settlement": DURING}
"""The stage of rules by the stage in a question's key."""

AFTER_EVERYTHING = np.int64(2**62)
"""Advice sees all that is recorded; this number is never stored."""


@dataclass(frozen=True)
class Question:
    """A claim that is not settled, and who asks about it.

    Attributes:
        key: system, stage and request id: the same key asks the same thing.
        body: the claim.
        earlier: what the caller tells of the person's past, from the earliest on; used only when the store knows no
            claim of the person, since the caller's word about the past is second to what was recorded.
        at_any_stage: whether rules of every stage are asked, and not only those of the stage in the key.
    """

    key: tuple[str, str, str]
    body: SettlementIn
    earlier: Sequence[SettlementIn] = ()
    at_any_stage: bool = False


def advise(desk: Desk, body: AdviceIn) -> Answer:
    """Judge a claim that is not settled; asked again under the same key, the same answer.

    Raises:
        Conflict: the key (system, stage, request id) is known with another body.
    """
    question = Question((body.system_code, body.stage, body.request_id), body)
    return advise_on(desk, [question], lambda _, answers: answers[0])


def advise_on(
    desk: Desk, questions: Sequence[Question], then: Callable[[psycopg.Connection, list[Answer]], Answer]
) -> Answer:
    """Judge claims that are not settled, and do something with the answers in the same transaction.

    Raises:
        Conflict: as in `advise`.
    """
    serving = desk.watch.current()

    def within(connection: psycopg.Connection) -> Answer:
        return then(connection, [_advise(connection, desk, question, serving) for question in questions])

    return in_transaction(desk.pool, within)


def _advise(connection: psycopg.Connection, desk: Desk, question: Question, serving: Serving) -> Answer:
    now = int(desk.clock())
    batch = settlement_batch([question.body], desk.pseudonyms, now)
    fingerprint = claim_fingerprints(batch)[0]
    known = connection.execute(
        "SELECT body_fingerprint, answer FROM advice WHERE system_code = %s AND stage = %s AND request_id = %s",
        question.key,
    ).fetchone()
    if known and known[0] != fingerprint:
        raise Conflict(
            f"The request {question.key[2]} of this system and stage came before with another content. "
            "Expected the same body, or a new request id. Use a new one."
        )
    if known:
        return dict(known[1])
    bodies = [question.body]
    if question.earlier and not _has_claims(connection, batch):
        bodies = [*question.earlier, question.body]
        batch = settlement_batch(bodies, desk.pseudonyms, now)
    batch = with_orders(batch, AFTER_EVERYTHING + np.arange(len(batch)))
    context = _with_person(desk.steps.read_context(connection, batch), bodies, batch)
    matrix = desk.steps.advise(connection, batch, context)
    asked = serving.asked if question.at_any_stage else serving.asked.at(STAGE_OF[question.key[1]])
    judgement = desk.steps.judge(batch, context, matrix, serving.bundle, rules=asked.active)
    desk.figures.note_crashes(judgement.crashed)
    snapshots = [newest_snapshot(connection, now)] * len(batch)
    versions = Versions(serving.fingerprint, FEATURE_SET, snapshots, asked.fingerprint)
    answer: dict[str, Any] = {**answers_of(batch, judgement, {}, versions)[-1], "recorded_order": None}
    connection.execute(
        "INSERT INTO advice (system_code, stage, request_id, body_fingerprint, answer) VALUES (%s, %s, %s, %s, %s)",
        [*question.key, fingerprint, Jsonb(answer)],
    )
    return answer


def _has_claims(connection: psycopg.Connection, batch: ClaimBatch) -> bool:
    row = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM claims WHERE patient_id = %s)", [batch.claims["patient_id"][-1]]
    ).fetchone()
    return bool(row and row[0])


def _with_person(context: Context, bodies: Sequence[SettlementIn], batch: ClaimBatch) -> Context:
    """The context with the person as the caller describes them, if the store does not know them."""
    if len(context.patients["patient_id"]):
        return context
    return replace(context, patients=person_columns(bodies, batch))
