"""The answer on each claim in the words of the API; the service and the batch write the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from claims.batch import ClaimBatch
from rules.frame import WHOLE_CLAIM, Hit
from scoring.judge import Judgement


@dataclass(frozen=True)
class Versions:
    """What decided.

    Attributes:
        bundle_fingerprint: the model bundle, None while no model is promoted.
        feature_set: fingerprint of the feature declarations.
        snapshot_ids: (n,) for each claim the newest link snapshot when it was known, None before the first.
        rule_set: fingerprint of the rules that were asked, see `audit.life.asked`.
    """

    bundle_fingerprint: str | None
    feature_set: str
    snapshot_ids: Sequence[str | None]
    rule_set: str | None = None


def yuan(fen: int) -> str:
    """Money for the edge.

    >>> yuan(-5), yuan(123456)
    ('-0.05', '1234.56')
    """
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def answers_of(
    batch: ClaimBatch, judgement: Judgement, case_of_claim: Mapping[str, str], versions: Versions
) -> list[dict[str, Any]]:
    """One answer per claim, as `serving.answers.DecisionOut` describes it.

    Args:
        batch: n decided claims.
        judgement: what was decided about them.
        case_of_claim: claim id -> case, for those in the queue.
        versions: what decided.
    """
    hits_of: dict[tuple[int, int], list[Hit]] = {}
    for hit in judgement.hits:
        hits_of.setdefault((hit.claim_row, hit.line_row), []).append(hit)
    firsts = np.searchsorted(batch.lines["claim_index"], np.arange(len(batch) + 1)).tolist()
    return [
        {
            "settlement_id": claim_id,
            "action": str(judgement.claim_action[row]),
            "money_at_stake_yuan": yuan(int(judgement.money_at_stake_fen[row])),
            "lines": [
                _line(batch, judgement, line, hits_of.get((row, line), ())) for line in range(*firsts[row : row + 2])
            ],
            "rule_hits": [hit_answer(hit) for hit in hits_of.get((row, WHOLE_CLAIM), ())],
            "probability": round(float(judgement.probability[row]), 6) if judgement.has_trees else None,
            "anomaly": round(float(judgement.anomaly[row]), 6) if judgement.has_model else None,
            "reasons": [_reason(reason) for reason in judgement.reasons[row]],
            "case_id": case_of_claim.get(claim_id),
            "recorded_order": int(batch.claims["recorded_order"][row]),
            "decided_by": judgement.decided_by,
            "versions": {
                "model": versions.bundle_fingerprint,
                "features": versions.feature_set,
                "snapshot": versions.snapshot_ids[row],
                "rules": versions.rule_set,
            },
        }
        for row, claim_id in enumerate(batch.claims["claim_id"].tolist())
    ]


def _line(batch: ClaimBatch, judgement: Judgement, line: int, hits: Sequence[Hit]) -> dict[str, Any]:
    return {
        "line_number": int(batch.lines["line_number"][line]),
        "action": str(judgement.line_action[line]),
        "amount_at_stake_yuan": yuan(int(judgement.line_money_fen[line])),
        "rule_hits": [hit_answer(hit) for hit in hits],
    }


def hit_answer(hit: Hit) -> dict[str, Any]:
    """A finding as `serving.answers.RuleHitOut` describes it."""
    return {
        "code": hit.code,
        "name_zh": hit.name_zh,
        "name_en": hit.name_en,
        "grade": str(hit.grade),
        "amount_yuan": yuan(int(hit.amount_fen)),
        "says_zh": hit.says_zh,
        "says_en": hit.says_en,
        "source": hit.source,
    }


def _reason(reason: Mapping[str, Any]) -> dict[str, Any]:
    share = reason.get("share")
    return {
        "kind": str(reason["kind"]),
        "zh": str(reason["zh"]),
        "en": str(reason["en"]),
        "code": reason.get("code"),
        "feature": reason.get("feature"),
        "direction": reason.get("direction"),
        "share": None if share is None else round(float(share), 4),
    }
