"""Ranks all subjects of a day with the champion, keeps the scores, and opens cases on the most suspicious ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import psycopg

from audit.cases import CaseCounts, open_cases
from audit.promotions import champion
from claims.clock import start_of_day, to_moment
from claims.errors import BadSetting, NotEnoughData
from claims.settings import Settings
from scoring.alerts import ANOMALY, MODEL, Alert
from scoring.bundle import Bundle, BundleFeature, load_bundle, require_feature_set
from scoring.reasons import reasons_about
from scoring.score import score
from scoring.views import feature_reason
from training.calibrate import fit_quantiles
from training.fit import fit_forest
from training.forest_export import export_forest
from training.subjects.columns import columns_of, subject_set
from training.subjects.kept import FOREST_ALONE, SubjectScores, keep_scores
from training.subjects.kinds import ID_COLUMN, PLURAL, Kind
from training.subjects.periods import YEAR_MONTHS, months_before
from training.subjects.plan import EVIDENCE_CLAIMS, cases_per_period
from training.subjects.read import Asked, Progress, SubjectTable, read_life, read_subjects

ANOMALY_SHARE = 0.1
"""Part of the cases that subjects may take which only the forest finds odd."""

LEAST_SUBJECTS = 10
"""Among fewer nobody is unlike the others."""

REASONS_WITHOUT_MODEL = 100
"""So many of the oddest subjects are explained where nothing was promoted."""


@dataclass(frozen=True)
class ScoredSubjects:
    """What one scoring made.

    Attributes:
        kind, day: of the subjects, and the last day that counted.
        scores: all subjects, the most suspicious first; the first rows have reasons.
        fingerprint: of the champion's bundle; `FOREST_ALONE` where there is none.
        is_new: False where the same bundle had spoken about the same day before.
        chosen: subjects that were put into the queue.
        counts: of the queue; None where nothing was promoted.
    """

    kind: Kind
    day: date
    scores: SubjectScores
    fingerprint: str
    is_new: bool
    chosen: int
    counts: CaseCounts | None


def score_subjects(
    connection: psycopg.Connection,
    settings: Settings,
    kind: Kind,
    day: date,
    now: int,
    most: int | None = None,
    progress: Progress | None = None,
) -> ScoredSubjects:
    """Score every subject with a settlement in the year before the end of a day; the transaction is the caller's.

    Without a champion an isolation forest of this day's rows ranks them, and no case is opened: oddness does not say
    how likely a violation is.

    Args:
        connection: an open connection of the owner.
        settings: where the data folder is.
        kind: what the subjects are.
        day: the last day that counts; nothing known later is seen.
        now: seconds; the day whose review capacity holds.
        most: cases at most; None takes what reviewers can take up in a month.
        progress: told (done, of all) while rows are read.

    Raises:
        BadSetting: the day is not over.
        NotEnoughData: nobody settled a claim in the year before.
        BadBundle: the champion reads other columns, or its files are altered.
    """
    end = start_of_day(day + timedelta(days=1))
    if end > now:
        raise BadSetting(
            f"--at {day} is not over yet. Expected a day whose claims are all known, such as the last one of a month. "
            "Choose an earlier day."
        )
    promotion = champion(connection, settings, kind)
    bundle = None if promotion is None else load_bundle(promotion.bundle_path, promotion.bundle_fingerprint)
    if bundle is not None:
        require_feature_set(bundle, subject_set(kind))
    table = _rows_at(connection, kind, end, progress)
    if bundle is None:
        return _by_the_forest(connection, table, day)
    scores, chosen, alerts = _by_the_model(
        connection, table, bundle, cases_per_period(kind, now) if most is None else most
    )
    is_new = keep_scores(connection, kind, day, bundle.fingerprint, scores, MODEL)
    counts = open_cases(connection, alerts, now)
    return ScoredSubjects(kind, day, scores, bundle.fingerprint, is_new, chosen, counts)


def _rows_at(connection: psycopg.Connection, kind: Kind, end: int, progress: Progress | None) -> SubjectTable:
    life = read_life(connection, kind)
    ids = life.active(end)
    table = read_subjects(connection, kind, life, Asked(ids, np.full(len(ids), end)), progress)
    kept = table.column("claims_count_365d") > 0
    if not kept.any():
        raise NotEnoughData(
            f"No {kind} has a settlement in the year up to {to_moment(end - 1).date()} that was known by then. "
            "Expected some. Choose another --at."
        )
    return SubjectTable(kind, table.ids[kept], table.ends[kept], table.matrix[kept])


def _by_the_model(
    connection: psycopg.Connection, table: SubjectTable, bundle: Bundle, most: int
) -> tuple[SubjectScores, int, list[Alert]]:
    found = score(bundle, table.matrix, only_flagged=True)
    order = np.lexsort((table.ids.astype(str), -found.anomaly, -found.probability))
    by_model = order[found.probability[order] >= bundle.review_probability][:most]
    odd = order[found.anomaly[order] >= bundle.review_anomaly]
    by_anomaly = np.setdiff1d(odd, by_model, assume_unique=True)
    by_anomaly = by_anomaly[np.argsort(-found.anomaly[by_anomaly], kind="stable")][: int(most * ANOMALY_SHARE)]
    rank_of = np.empty(len(order), dtype=np.int64)
    rank_of[order] = np.arange(len(order))
    said = {}
    alerts: list[Alert] = []
    for source, rows, parts in (
        (MODEL, by_model, found.contributions),
        (ANOMALY, by_anomaly, found.anomaly_contributions),
    ):
        for row in rows.tolist():
            because = reasons_about(bundle.features, table.matrix[row], parts[row])
            said[int(rank_of[row])] = because
            spoken = [feature_reason(reason, source) for reason in because]
            alerts += _alerts(connection, table, row, source, float(found.probability[row]), spoken)
    scores = SubjectScores(table.ids[order], found.probability[order], found.anomaly[order], said)
    return scores, len(by_model) + len(by_anomaly), alerts


def _by_the_forest(connection: psycopg.Connection, table: SubjectTable, day: date) -> ScoredSubjects:
    if len(table.ids) < LEAST_SUBJECTS:
        raise NotEnoughData(
            f"No model of {PLURAL[table.kind]} was promoted, and only {len(table.ids)} have claims in the year up to "
            f"{day}. Expected at least {LEAST_SUBJECTS}, so that an isolation forest can say who is unlike the others. "
            f"Import more claims, or train and promote a model (yicha train --subject {table.kind})."
        )
    forest = export_forest(fit_forest(table.matrix, seed=1))
    odd = forest.score(table.matrix)
    order = np.lexsort((table.ids.astype(str), -odd))
    typical = np.median(table.matrix, axis=0)
    features = [
        BundleFeature(column.name, column.unit, column.says_zh, column.says_en, float(usual))
        for column, usual in zip(columns_of(table.kind), typical, strict=True)
    ]
    top = order[:REASONS_WITHOUT_MODEL]
    parts = forest.contributions(table.matrix[top])
    said = {rank: reasons_about(features, table.matrix[row], parts[rank]) for rank, row in enumerate(top.tolist())}
    scores = SubjectScores(table.ids[order], None, fit_quantiles(odd).at(odd[order]), said)
    is_new = keep_scores(connection, table.kind, day, FOREST_ALONE, scores, ANOMALY)
    return ScoredSubjects(table.kind, day, scores, FOREST_ALONE, is_new, 0, None)


def _alerts(
    connection: psycopg.Connection,
    table: SubjectTable,
    row: int,
    source: str,
    probability: float,
    spoken: list[dict[str, object]],
) -> list[Alert]:
    """One alert for each claim of the evidence: those of the last month first, then by what the fund paid."""
    end = int(table.ends[row])
    found = connection.execute(
        "SELECT claim_id, fund_fen, extract(epoch FROM settled_at)::bigint FROM claims"
        f" WHERE {ID_COLUMN[table.kind]} = %s AND kind = 'settlement' AND known_at < to_timestamp(%s)"
        " AND settled_at >= to_timestamp(%s)"
        " ORDER BY settled_at >= to_timestamp(%s) DESC, fund_fen + account_fen DESC, claim_id LIMIT %s",
        (table.ids[row], end, months_before(end, YEAR_MONTHS), months_before(end, 1), EVIDENCE_CLAIMS),
    ).fetchall()
    return [
        Alert(claim, 0, table.kind, str(table.ids[row]), source, probability, fund, spoken, at)
        for claim, fund, at in found
    ]
