"""Keeps what was said about subjects at a day, so that it can be looked at later; a second time adds nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from audit.plain import plain
from claims.tables import Array
from scoring.reasons import Reason
from scoring.views import feature_reason
from training.subjects.kinds import Kind

FOREST_ALONE = ""
"""Stands for the fingerprint of the bundle where none was promoted."""


@dataclass(frozen=True)
class SubjectScores:
    """n subjects, the most suspicious first.

    Attributes:
        ids: (n,) text.
        probability: (n,) calibrated; None where the isolation forest ranks alone.
        anomaly: (n,) 0..1.
        reasons: by row, of those worth a person's look.
    """

    ids: Array
    probability: Array | None
    anomaly: Array
    reasons: Mapping[int, list[Reason]]


def keep_scores(
    connection: psycopg.Connection, kind: Kind, day: date, fingerprint: str, scores: SubjectScores, source: str
) -> bool:
    """Write one scoring; the transaction is the caller's.

    Args:
        connection: an open connection.
        kind: of the subjects.
        day: the last day that counted.
        fingerprint: of the bundle, or `FOREST_ALONE`.
        scores: all subjects of that day.
        source: of the reasons, as alerts name it.

    Returns:
        Whether it is new: the same bundle's word about the same day is kept once, as it was first said.
    """
    row = connection.execute(
        "INSERT INTO subject_scorings (subject_kind, on_day, bundle_fingerprint, subjects) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING RETURNING scoring_id",
        (kind, day, fingerprint, len(scores.ids)),
    ).fetchone()
    if row is None:
        return False
    columns = "scoring_id, subject_id, rank, probability, anomaly, reasons"
    probability = [None] * len(scores.ids) if scores.probability is None else scores.probability.tolist()
    with connection.cursor().copy(f"COPY subject_scores ({columns}) FROM STDIN") as copy:
        for rank, (name, chance, odd) in enumerate(
            zip(scores.ids.tolist(), probability, scores.anomaly.tolist(), strict=True)
        ):
            said = _as_json(scores.reasons.get(rank), source)
            copy.write_row((row[0], name, rank + 1, chance, odd, said))
    return True


def _as_json(reasons: list[Reason] | None, source: str) -> Any:
    return None if reasons is None else Jsonb(plain([feature_reason(reason, source) for reason in reasons]))
