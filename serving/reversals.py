"""Reversals (退费, 冲正): new facts about an earlier settlement, never edits of it."""

from __future__ import annotations

import time

import psycopg

from audit.fingerprint import claim_fingerprints
from audit.ledger import known_answers, record_reversal
from claims.errors import Conflict
from claims.store.columns import append_batch, read_few
from claims.tables import CLAIMS, SETTLEMENT, Columns
from graphs.newest import newest_snapshot
from serving.desk import Also, Answer, Desk, in_transaction, nothing_else
from serving.parse import reversal_batch, with_orders
from serving.schemas import ReversalIn


def reverse(desk: Desk, body: ReversalIn, also: Also = nothing_else) -> Answer:
    """Record a reversal, and what `also` adds; the same one sent twice gets the same answer.

    Raises:
        Conflict: the id is known with another content, or the reversal does not fit the settlement it takes back.
    """
    start = time.perf_counter()

    def within(connection: psycopg.Connection) -> Answer:
        answer = _reverse(connection, desk, body, start)
        also(connection, [answer])
        return answer

    return in_transaction(desk.pool, within)


def _reverse(connection: psycopg.Connection, desk: Desk, body: ReversalIn, start: float) -> Answer:
    now = int(desk.clock())
    # Known or not is a matter of the body alone, so that a reversal that overtook its original is still the same one.
    plain = reversal_batch(body, desk.pseudonyms, None, now)
    original = _original(connection, body.reverses_settlement_id)
    desk.steps.lock(connection, reversal_batch(body, desk.pseudonyms, original, now))
    known = known_answers(connection, plain).answers
    if known:
        return known[0]
    original = _original(connection, body.reverses_settlement_id)  # it may have come while this request waited
    batch = reversal_batch(body, desk.pseudonyms, original, now)
    if original is not None:
        _check_fits(connection, batch.claims, original)
    batch = with_orders(batch, desk.steps.draw(connection, 1))
    desk.steps.serve(connection, batch, desk.steps.read_context(connection, batch))
    append_batch(connection, batch)
    answer: Answer = {
        "reversal_id": body.reversal_id,
        "reverses_settlement_id": body.reverses_settlement_id,
        "original_known": original is not None,
        "recorded_order": int(batch.claims["recorded_order"][0]),
    }
    latency = round((time.perf_counter() - start) * 1e6)
    record_reversal(connection, batch, claim_fingerprints(plain)[0], newest_snapshot(connection, now), answer, latency)
    return answer


def _original(connection: psycopg.Connection, claim_id: str) -> Columns | None:
    found = read_few(connection, CLAIMS, "WHERE t.claim_id = %s AND t.kind = %s", [claim_id, SETTLEMENT])
    return found if len(found["claim_id"]) else None


def _check_fits(connection: psycopg.Connection, reversal: Columns, original: Columns) -> None:
    """The same person and place, and together with earlier reversals not more than was billed."""
    claim_id = original["claim_id"][0]
    if any(reversal[name][0] != original[name][0] for name in ("patient_id", "institution_id")):
        raise Conflict(
            f"The settlement {claim_id} belongs to another person or institution. Expected those of what is taken "
            "back. Correct reverses_settlement_id."
        )
    row = connection.execute(
        "SELECT coalesce(sum(total_fen), 0)::bigint FROM claims WHERE reverses_claim_id = %s", [claim_id]
    ).fetchone()
    assert row is not None
    if int(original["total_fen"][0]) + int(row[0]) + int(reversal["total_fen"][0]) < 0:
        raise Conflict(
            f"The reversals of {claim_id} would sum to more than was billed. Expected at most its total. "
            "Correct the amount, or look up which reversals were sent before."
        )
