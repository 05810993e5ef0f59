"""The ledger of decisions: what was decided on which values by which versions, so that it can be replayed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from psycopg.types.json import Jsonb

from audit.answers import hit_answer
from audit.fingerprint import claim_fingerprints
from audit.life.counts import count_rules
from audit.plain import plain
from claims.batch import ClaimBatch
from claims.errors import Conflict
from claims.tables import Array
from features.catalogue import feature_set
from rules.frame import Hit
from scoring.judge import Judgement

_INSERT = (
    "COPY decisions (recorded_order, claim_id, body_fingerprint, action, probability, anomaly, money_at_stake_fen,"
    " feature_set, features, rule_hits, reasons, answer, bundle_fingerprint, snapshot_id, is_batch,"
    " latency_microseconds, rule_set, shadow_hits)"
    " FROM STDIN"
)


def record_decisions(
    connection: psycopg.Connection,
    batch: ClaimBatch,
    judgement: Judgement,
    matrix: Array,
    bundle_fingerprint: str | None,
    snapshot_ids: Sequence[str | None],
    answers: Sequence[Mapping[str, Any]],
    is_batch: bool,
    latency: int,
    rule_set: str | None = None,
) -> None:
    """Add n decisions to the ledger, and what the rules found to their counts; the transaction is the caller's.

    Args:
        connection: may be the service's.
        batch: n claims with their `recorded_order`.
        judgement: what was decided about them.
        matrix: (n, k) feature values in the order of FEATURES; stored as little-endian float64.
        bundle_fingerprint: the bundle that scored, None under rules only.
        snapshot_ids: (n,) the newest link snapshot when each claim was known.
        answers: n answers of `audit.answers.answers_of`.
        is_batch: screened afterwards rather than at settlement.
        latency: microseconds from arrival to this call; a request's claims share it.
        rule_set: fingerprint of the rules that were asked, see `audit.life.asked`.
    """
    packed = np.ascontiguousarray(matrix, dtype="<f8")
    named = feature_set()
    shadow_hits = _hits_of_claims(batch, judgement.shadow.hits)
    with connection.cursor().copy(_INSERT) as copy:
        for row, (fingerprint, answer) in enumerate(zip(claim_fingerprints(batch), answers, strict=True)):
            copy.write_row(
                [
                    int(batch.claims["recorded_order"][row]),
                    batch.claims["claim_id"][row],
                    fingerprint,
                    answer["action"],
                    float(judgement.probability[row]) if judgement.has_trees else None,
                    float(judgement.anomaly[row]) if judgement.has_model else None,
                    int(judgement.money_at_stake_fen[row]),
                    named,
                    packed[row].tobytes(),
                    Jsonb(_all_hits(answer)),
                    Jsonb(plain(judgement.reasons[row])),
                    Jsonb(dict(answer)),
                    bundle_fingerprint,
                    snapshot_ids[row],
                    is_batch,
                    latency,
                    rule_set,
                    Jsonb(shadow_hits.get(row, [])),
                ]
            )
    count_rules(connection, judgement)


def _hits_of_claims(batch: ClaimBatch, hits: Sequence[Hit]) -> dict[int, list[dict[str, Any]]]:
    """Findings by row of their claim, in the words of the answer."""
    found: dict[int, list[dict[str, Any]]] = {}
    for hit in hits:
        line = int(batch.lines["line_number"][hit.line_row]) if hit.line_row >= 0 else 0
        found.setdefault(hit.claim_row, []).append({**hit_answer(hit), "line_number": line})
    return found


def _all_hits(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    of_lines = [{**hit, "line_number": line["line_number"]} for line in answer["lines"] for hit in line["rule_hits"]]
    return [{**hit, "line_number": 0} for hit in answer["rule_hits"]] + of_lines


def record_reversal(
    connection: psycopg.Connection,
    batch: ClaimBatch,
    body_fingerprint: str,
    snapshot_id: str | None,
    answer: Mapping[str, Any],
    latency: int,
) -> None:
    """Add a reversal's answer to the ledger, so that it is known when it comes again; it has no feature values."""
    connection.execute(
        "INSERT INTO decisions (recorded_order, claim_id, body_fingerprint, action, money_at_stake_fen, feature_set,"
        " features,"
        " rule_hits, reasons, answer, snapshot_id, is_batch, latency_microseconds)"
        " VALUES (%s, %s, %s, 'pass', 0, %s, '', '[]', '[]', %s, %s, false, %s)",
        [
            int(batch.claims["recorded_order"][0]),
            batch.claims["claim_id"][0],
            body_fingerprint,
            feature_set(),
            Jsonb(dict(answer)),
            snapshot_id,
            latency,
        ],
    )


@dataclass(frozen=True)
class Known:
    """What the ledger says about claims that arrive: rows of the batch that are known, and their answers."""

    answers: Mapping[int, dict[str, Any]]


def known_answers(connection: psycopg.Connection, batch: ClaimBatch) -> Known:
    """The stored answers of those claims of the batch that were decided before.

    Raises:
        Conflict: a known id came with another content, or is known from an import and was never decided.
    """
    fingerprints = claim_fingerprints(batch)
    claim_ids = batch.claims["claim_id"].tolist()
    rows = connection.execute(
        "SELECT c.claim_id, d.body_fingerprint, d.answer FROM claims c LEFT JOIN decisions d USING (claim_id)"
        " WHERE c.claim_id = ANY(%s)",
        [claim_ids],
    )
    stored = {claim_id: (fingerprint, answer) for claim_id, fingerprint, answer in rows}
    for claim_id, fingerprint in zip(claim_ids, fingerprints, strict=True):
        if claim_id in stored and stored[claim_id][0] != fingerprint:
            raise _conflict(claim_id, stored[claim_id][0] is not None)
    return Known({row: stored[claim_id][1] for row, claim_id in enumerate(claim_ids) if claim_id in stored})


def _conflict(claim_id: str, is_decided: bool) -> Conflict:
    if is_decided:
        return Conflict(
            f"The id {claim_id} was decided before with another content. Expected the same body, or a new id. "
            "Send a correction as a reversal and a new settlement."
        )
    return Conflict(
        f"The id {claim_id} came with an import and was not decided at settlement. Expected a new id. "
        "Imported claims are screened with `yicha score`."
    )
