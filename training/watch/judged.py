"""Decisions that reviewers judged since: calibration, and what the probabilities had promised before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import psycopg

from claims.errors import NotEnoughData
from claims.tables import Array
from training.claim_data import END_OF_TIME, align, read_labels_at

BINS = 10
LEAST_PER_WEEK = 10
"""Judged claims below which a week's own precision says nothing about the error of what was expected."""

_PROMISED = """SELECT claim_id, d.probability, d.money_at_stake_fen,
    date_trunc('week', c.settled_at AT TIME ZONE 'Asia/Shanghai')::date,
    jsonb_path_exists(d.reasons, '$[*] ? (@.source == "model")')
FROM decisions d JOIN claims c USING (claim_id)
WHERE d.probability IS NOT NULL AND octet_length(d.features) > 0 AND d.bundle_fingerprint = %s"""


@dataclass(frozen=True)
class Bin:
    """Judged decisions of like probability: how many, their mean probability, and the share found violating."""

    judged: int
    probability: float
    violating: float


@dataclass(frozen=True)
class Calibration:
    """What was said against what was found, over the judged decisions of the champion.

    Attributes:
        judged: how many.
        gap: mean probability less share violating; above zero the model promises too much.
        deviation: of the gap by chance, were every probability right.
        brier: mean squared error of the probabilities.
        bins: by rising probability.
    """

    judged: int
    gap: float
    deviation: float
    brier: float
    bins: tuple[Bin, ...]

    def is_beyond(self, most: float) -> bool:
        """The gap is above the bound, and more than chance explains."""
        return abs(self.gap) > max(most, 2 * self.deviation)


@dataclass(frozen=True)
class Week:
    """Settlements of one week that the model sent to review.

    Attributes:
        begins: its Monday.
        decided, held: decisions, and those that the model held.
        expected_precision: mean probability of the held ones; None without any.
        expected_money_fen: probability times money at stake, over the held ones.
        judged: held ones with a verdict.
        expected_of_judged, precision: over these, what was expected and what was found; None without any.
    """

    begins: date
    decided: int
    held: int
    expected_precision: float | None
    expected_money_fen: int
    judged: int
    expected_of_judged: float | None
    precision: float | None


@dataclass(frozen=True)
class Promised:
    """n decisions of the champion with what reviewers found; labels as in `ClaimLabels`, -1 unlabelled."""

    probability: Array
    money_fen: Array
    week: Array
    is_held: Array
    label: Array


def read_promised(connection: psycopg.Connection, bundle_fingerprint: str, known_before: int = END_OF_TIME) -> Promised:
    """All decisions of one bundle, with the verdicts known before a moment (seconds)."""
    rows = connection.execute(_PROMISED, [bundle_fingerprint]).fetchall()
    columns = [np.array(column) for column in zip(*rows, strict=True)] if rows else [np.empty(0)] * 5
    claims, probability, money, week, held = columns
    try:
        label = align(read_labels_at(connection, known_before), claims.astype(object)).label
    except NotEnoughData:  # no verdict in the store yet
        label = np.full(len(claims), -1, dtype=np.int64)
    return Promised(
        probability.astype(np.float64), money.astype(np.int64), week.astype(object), held.astype(np.bool_), label
    )


def calibrate(promised: Promised) -> Calibration | None:
    """Calibration over the judged decisions, None without any.

    What is judged was mostly led there, so this is the calibration on the reviewed mix, which is what the model was
    calibrated for.
    """
    judged = np.flatnonzero(promised.label >= 0)
    if not len(judged):
        return None
    said, found = promised.probability[judged], (promised.label[judged] == 1).astype(np.float64)
    parts = [rows for rows in np.array_split(np.argsort(said, kind="stable"), BINS) if len(rows)]
    return Calibration(
        len(judged),
        float(said.mean() - found.mean()),
        float(np.sqrt((said * (1 - said)).sum()) / len(judged)),
        float(((said - found) ** 2).mean()),
        tuple(Bin(len(rows), float(said[rows].mean()), float(found[rows].mean())) for rows in parts),
    )


def weekly(promised: Promised) -> list[Week]:
    """What each week's held decisions promise, and what came of those that were judged."""
    return [_week(promised, begins) for begins in sorted(set(promised.week.tolist()))]


def expected_error(weeks: Sequence[Week]) -> float | None:
    """Mean absolute difference of expected and found precision, over weeks with enough verdicts; None without any."""
    errors = [
        abs(week.expected_of_judged - week.precision)
        for week in weeks
        if week.judged >= LEAST_PER_WEEK and week.expected_of_judged is not None and week.precision is not None
    ]
    return float(np.mean(errors)) if errors else None


def _week(promised: Promised, begins: date) -> Week:
    inside = promised.week == begins
    held = np.flatnonzero(inside & promised.is_held)
    judged = held[promised.label[held] >= 0]
    return Week(
        begins,
        int(inside.sum()),
        len(held),
        float(promised.probability[held].mean()) if len(held) else None,
        round(float((promised.probability[held] * promised.money_fen[held]).sum())),
        len(judged),
        float(promised.probability[judged].mean()) if len(judged) else None,
        float((promised.label[judged] == 1).mean()) if len(judged) else None,
    )
