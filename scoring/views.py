"""What models and rings say about a batch: they may hold a claim for a person, and do nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from claims.batch import ClaimBatch
from claims.tables import SETTLEMENT, Array
from scoring.alerts import ANOMALY, MEETING, MODEL, RING, RING_PRIOR, Alert, alert_on, subject_of
from scoring.bundle import Bundle
from scoring.reasons import RAISES, Reason, reasons
from scoring.score import Scores, flagged, score
from scoring.together import meeting_reasons

RING_SCORE = "patient_ring_score"


@dataclass(frozen=True)
class Views:
    """What models and rings say about n claims.

    Attributes:
        held: (n,) claims that they send to a person.
        probability: (n,) calibrated; 0 for a reversal, nan for all without a bundle.
        anomaly: (n,) 0..1, likewise.
        reasons: by row of the held claims.
        alerts: for the audit queue.
    """

    held: Array
    probability: Array
    anomaly: Array
    reasons: dict[int, list[dict[str, Any]]]
    alerts: list[Alert]


def model_views(batch: ClaimBatch, matrix: Array, bundle: Bundle | None) -> Views:
    """Score a batch and say what holds a claim; without a bundle nothing is said.

    Raises:
        BadBundle: the matrix does not fit the bundle.
    """
    silent = np.full(len(batch), np.nan)
    if bundle is None:
        return Views(np.zeros(len(batch), dtype=np.bool_), silent, silent, {}, [])
    scores = score(bundle, matrix, only_flagged=True)
    judged = batch.claims["kind"] == SETTLEMENT
    by_model, by_anomaly = (rows & judged for rows in flagged(bundle, scores.probability, scores.anomaly))
    place = bundle.column(RING_SCORE)
    ring_score = matrix[:, place] if place is not None else np.zeros(len(batch))
    by_ring = judged & _bills_goods(batch) & (ring_score > 0) & (ring_score >= bundle.review_ring_score)
    held = by_model | by_anomaly | by_ring
    paid = np.maximum(batch.claims["fund_fen"] + batch.claims["account_fen"], 0)
    said: dict[int, list[dict[str, Any]]] = {}
    alerts: list[Alert] = []
    for row in np.flatnonzero(held).tolist():
        spoken = _voices(bundle, matrix[row], scores, row, (by_model[row], by_anomaly[row], by_ring[row]))
        place = int(spoken[0].source == RING)  # after the ring's own words, and before all others
        spoken[0].reasons[place:place] = meeting_reasons(batch, row, bundle, matrix[row])
        said[row] = _unrepeated([reason for voice in spoken for reason in voice.reasons])
        alerts += [
            alert_on(
                batch,
                row,
                voice.subject_kind,
                source=voice.source,
                probability=voice.probability,
                amount_fen=int(paid[row]),
                reasons=voice.reasons,
            )
            for voice in spoken
        ]
    probability, anomaly = (np.where(judged, values, 0.0) for values in (scores.probability, scores.anomaly))
    return Views(held, probability, anomaly, said, alerts)


def _bills_goods(batch: ClaimBatch) -> Array:
    """Which claims bill something that can be carried away: a ring's member still has blood tests of his own."""
    goods = np.isin(batch.lines["item_kind"], ("drug", "herbal"))
    return np.bincount(batch.lines["claim_index"][goods], minlength=len(batch)) > 0


@dataclass(frozen=True)
class _Voice:
    """One reason for holding a claim that is no rule."""

    source: str
    subject_kind: str
    probability: float
    reasons: list[dict[str, Any]]


def _voices(bundle: Bundle, values: Array, scores: Scores, row: int, speaks: tuple[bool, bool, bool]) -> list[_Voice]:
    by_model, by_anomaly, by_ring = speaks
    probability = float(scores.probability[row])
    voices: list[_Voice] = []
    if by_ring:
        voices.append(_Voice(RING, "patient", max(probability, RING_PRIOR), [_ring_reason(bundle, values)]))
    for source, speaking, parts in (
        (MODEL, by_model, scores.contributions[row]),
        # An anomaly alone is no more probable than the model holds it to be.
        (ANOMALY, by_anomaly and not by_model, scores.anomaly_contributions[row]),
    ):
        if speaking:
            because = [feature_reason(reason, source) for reason in reasons(bundle, values, parts)]
            voices.append(_Voice(source, subject_of(bundle, parts), probability, because))
    return voices


def feature_reason(reason: Reason, source: str) -> dict[str, Any]:
    """A reason of a model or a forest as alerts and decisions keep it, ready for JSON."""
    return {
        "kind": "feature",
        "zh": reason.zh,
        "en": reason.en,
        "feature": reason.feature,
        "value": reason.value,
        "contribution": reason.contribution,
        "share": reason.share,
        "direction": reason.direction,
        "source": source,
    }


def _ring_reason(bundle: Bundle, values: Array) -> dict[str, Any]:
    place = bundle.column(RING_SCORE)
    assert place is not None
    at = float(values[place])
    return {
        "kind": "ring",
        "zh": f"所在团伙的评分为 {at:.2f}（达到审核线 {bundle.review_ring_score:.2f}）",
        "en": f"The group that moves together scores {at:.2f} (review from {bundle.review_ring_score:.2f})",
        "feature": RING_SCORE,
        "value": at,
        "direction": RAISES,
    }


def _unrepeated(said: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The sentences of the ring and of its cards' meeting stand for the features that hold the same numbers."""
    told = {reason["feature"] for reason in said if reason["kind"] in (RING, MEETING)}
    return [reason for reason in said if reason["kind"] in (RING, MEETING) or reason.get("feature") not in told]
