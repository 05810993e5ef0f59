"""Opens cases on the institutions that the champion ranks highest, as many as reviewers can take up."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg

from audit.capacity import capacity_on
from audit.cases import CaseCounts, open_cases
from claims.clock import to_moment
from claims.settings import Settings
from claims.tables import Array
from scoring.alerts import MODEL, Alert
from scoring.bundle import Bundle, require_feature_set
from scoring.reasons import Reason, reasons
from scoring.score import score
from scoring.views import feature_reason
from training.champions import open_champion
from training.folds import FoldFigures
from training.institution_card import FOLD_FILE, read_fold_table
from training.institution_table import InstitutionTable, read_institutions
from training.out_of_fold import FILE, read_out_of_fold
from training.track import LABELLED, fetch

EVIDENCE_CLAIMS = 10
"""Claims shown as evidence, largest fund payment first: what one person can judge in an hour or so."""

PLAN_DAYS = 20
"""Working days of reviewers' time that the cases opened at once may fill: until the deadline of their first day."""


@dataclass(frozen=True)
class RankedInstitution:
    """One institution with its probability, why, and whether its model had not seen it."""

    institution_id: str
    probability: float
    reasons: list[Reason]
    is_out_of_fold: bool


@dataclass(frozen=True)
class ScreenedInstitutions:
    """What one screening made.

    Attributes:
        ranked: institutions with claims.
        chosen: those that got a case or further evidence, highest probability first.
        counts: of the queue.
        folds: the run's fold table.
    """

    ranked: int
    chosen: list[RankedInstitution]
    counts: CaseCounts
    folds: list[FoldFigures]


def screen_institutions(
    connection: psycopg.Connection, settings: Settings, now: int, most: int | None = None
) -> ScreenedInstitutions:
    """Rank, choose and open cases; the transaction is the caller's.

    Labelled institutions count with the probability of the model that had not seen them, others with the champion's.

    Args:
        connection: an open connection.
        settings: where MLflow and the data folder are.
        now: seconds; the day whose capacity holds.
        most: cases at most; None takes what reviewers can do in `PLAN_DAYS`.

    Raises:
        NoChampion: no institution model of a labels file was promoted.
        NotFound: the run's tables are gone from MLflow.
        BadBundle: the champion reads other columns.
    """
    promotion, bundle = open_champion(connection, settings, LABELLED)
    table = read_institutions(connection)
    require_feature_set(bundle, table.fingerprint)
    with tempfile.TemporaryDirectory() as name:
        outcome = fetch(settings, promotion.run_id, FILE, Path(name))
        probability, contributions, seen_apart = _outcomes(table, bundle, outcome)
        folds = read_fold_table(fetch(settings, promotion.run_id, FOLD_FILE, Path(name)))
    order = np.lexsort((table.ids.astype(str), -probability))
    likely = order[probability[order] >= bundle.review_probability]
    chosen = [
        RankedInstitution(
            str(table.ids[row]),
            float(probability[row]),
            reasons(bundle, table.matrix[row], contributions[row]),
            bool(seen_apart[row]),
        )
        for row in likely[: _most_cases(now) if most is None else most].tolist()
    ]
    alerts = [alert for ranked in chosen for alert in _alerts(connection, ranked)]
    return ScreenedInstitutions(len(table.ids), chosen, open_cases(connection, alerts, now), folds)


def _outcomes(table: InstitutionTable, bundle: Bundle, path: Path) -> tuple[Array, Array, Array]:
    """Probability (g,), contributions (g, k), and whether they are out of fold (g,)."""
    scores = score(bundle, table.matrix)
    held_out = read_out_of_fold(path, tuple(column.name for column in table.columns))
    row_of = {name: row for row, name in enumerate(held_out.ids.tolist())}
    rows = np.array([row_of.get(name, -1) for name in table.ids.tolist()], dtype=np.int64)
    # Claims imported since the run change an institution's columns: then the champion speaks.
    same = (rows >= 0) & (held_out.values[rows] == table.matrix).all(axis=1)
    probability = np.where(same, held_out.probability[rows], scores.probability)
    return probability, np.where(same[:, None], held_out.contributions[rows], scores.contributions), same


def _most_cases(now: int) -> int:
    capacity = capacity_on(to_moment(now).date())
    minutes = capacity.minutes_per_day * (1 - capacity.random_share) * capacity.kind_shares["institution"] * PLAN_DAYS
    return max(1, int(minutes / capacity.minutes_of("institution", EVIDENCE_CLAIMS)))


def _alerts(connection: psycopg.Connection, ranked: RankedInstitution) -> list[Alert]:
    rows = connection.execute(
        "SELECT c.claim_id, c.fund_fen, extract(epoch FROM c.settled_at)::bigint FROM claims c"
        " WHERE c.institution_id = %s AND c.kind = 'settlement' ORDER BY c.fund_fen DESC, c.claim_id LIMIT %s",
        [ranked.institution_id, EVIDENCE_CLAIMS],
    ).fetchall()
    spoken = [feature_reason(reason, MODEL) for reason in ranked.reasons]
    return [
        Alert(claim_id, 0, "institution", ranked.institution_id, MODEL, ranked.probability, fund, spoken, at)
        for claim_id, fund, at in rows
    ]
