"""Advice before care and before settlement: the same judgement, kept apart, never part of any history."""

from __future__ import annotations

from typing import Any

import numpy as np
import psycopg
from psycopg.types.json import Jsonb

from audit.answers import Versions, answers_of
from audit.fingerprint import claim_fingerprints
from claims.batch import ClaimBatch
from claims.errors import Conflict
from graphs.newest import newest_snapshot
from serving.bundle_watch import Serving
from serving.desk import FEATURE_SET, Answer, Desk, in_transaction
from serving.parse import settlement_batch, with_orders
from serving.schemas import AdviceIn

AFTER_EVERYTHING = np.int64(2**62)
"""Advice sees all that is recorded; this number is never stored."""


def advise(desk: Desk, body: AdviceIn) -> Answer:
    """Judge a claim that is not settled; asked again under the same key, the same answer.

    Raises:
        Conflict: the key (system, stage, request id) is known with another body.
    """
    serving = desk.watch.current()
    batch = with_orders(settlement_batch([body], desk.pseudonyms, int(desk.clock())), [AFTER_EVERYTHING])
    return in_transaction(desk.pool, lambda it: _advise(it, desk, body, batch, serving))


def _advise(connection: psycopg.Connection, desk: Desk, body: AdviceIn, batch: ClaimBatch, serving: Serving) -> Answer:
    key = [body.system_code, body.stage, body.request_id]
    fingerprint = claim_fingerprints(batch)[0]
    known = connection.execute(
        "SELECT body_fingerprint, answer FROM advice WHERE system_code = %s AND stage = %s AND request_id = %s", key
    ).fetchone()
    if known and known[0] != fingerprint:
        raise Conflict(
            f"The request {body.request_id} of this system and stage came before with another content. "
            "Expected the same body, or a new request id. Use a new one."
        )
    if known:
        return dict(known[1])
    context = desk.steps.read_context(connection, batch)
    matrix = desk.steps.advise(connection, batch, context)
    asked = serving.asked
    judgement = desk.steps.judge(batch, context, matrix, serving.bundle, rules=asked.active)
    desk.figures.note_crashes(judgement.crashed)
    snapshot = newest_snapshot(connection, int(desk.clock()))
    versions = Versions(serving.fingerprint, FEATURE_SET, [snapshot], asked.fingerprint)
    answer: dict[str, Any] = {**answers_of(batch, judgement, {}, versions)[0], "recorded_order": None}
    connection.execute(
        "INSERT INTO advice (system_code, stage, request_id, body_fingerprint, answer) VALUES (%s, %s, %s, %s, %s)",
        [*key, fingerprint, Jsonb(answer)],
    )
    return answer
