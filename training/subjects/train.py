"""One training run of a model of subjects, from the store to the registry: the same path for all three kinds."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import psycopg

from claims.errors import NotEnoughData
from claims.settings import Settings
from claims.tables import Array
from scoring.bundle import Bundle, save_bundle
from scoring.score import score
from training.bounds import bounds_of
from training.champions import comparable_champion
from training.claim_data import END_OF_TIME, data_fingerprint
from training.fit import FOREST_TREES
from training.plots import draw_calibration, draw_contributions, draw_precision_recall, sample_rows
from training.subjects.bundle import subject_bundle
from training.subjects.card import subject_card
from training.subjects.columns import names_of, subject_set
from training.subjects.groups import groups_of_rows
from training.subjects.kinds import PLURAL, Kind
from training.subjects.labels import SubjectLabels, label_rows, read_findings, row_probability
from training.subjects.model import BOOSTING, Held, SubjectLearning, SubjectModel, fit_subjects
from training.subjects.periods import month_ends
from training.subjects.plan import SubjectPlan, cases_per_period, default_cutoff, questions, split_rows
from training.subjects.read import Life, SubjectTable, read_life, read_subjects
from training.subjects.report import (
    AMOUNT,
    CHAMPION,
    FINDINGS,
    FOREST,
    MODEL,
    NO_LINKS,
    NO_WEIGHTS,
    RULES,
    PeriodRows,
    SubjectReport,
    Yardstick,
    judge_subjects,
    subject_metrics,
)
from training.subjects.rule_findings import read_rule_findings
from training.track import RunRecord, log_run, store_of
from training.units import units_of

Say = Callable[[str], None]


@dataclass(frozen=True)
class TrainedSubjects:
    """What one run made.

    Attributes:
        run_id: of MLflow.
        version: of the registered model.
        bundle_fingerprint: as `save_bundle` gave it.
        report: the figures of the test.
        learning: the rows that were learned from and judged on.
    """

    run_id: str
    version: str
    bundle_fingerprint: str
    report: SubjectReport
    learning: SubjectLearning


@dataclass(frozen=True)
class SubjectWork:
    """What the steps hand on: rows and labels at the cut-off, the test's rows as known now, and capacity."""

    learning: SubjectLearning
    test: PeriodRows
    per_period: int
    active: int


def train_subjects(
    connection: psycopg.Connection, settings: Settings, kind: Kind, plan: SubjectPlan, say: Say = lambda _: None
) -> TrainedSubjects:
    """Read, fit, judge and register.

    Args:
        connection: an open connection; nothing is written to the store but a temporary table.
        settings: where MLflow is.
        kind: what the subjects are.
        plan: cut-off, capacity, weights and seed.
        say: told the name of each step that begins.

    Raises:
        NotEnoughData: no claims, no verdicts, or one class only in training or test.
        BadSetting: MLflow is away, or the file of bounds is bad; nothing is registered.
    """
    bounds = bounds_of(settings)
    say("reading verdicts")
    work = prepare(connection, kind, plan, say)
    say("fitting trees and forests, five folds of subjects and all")
    model, held = fit_subjects(work.learning, plan)
    say("judging")
    kept = (connection, settings, kind, subject_set(kind), work.learning.parts.cutoff)
    champion, about_champion = comparable_champion(*kept)
    scores = _rankings(work, model, held, champion)
    bundle = subject_bundle(kind, model, work.per_period / max(work.active, 1), work.learning.parts.cutoff)
    by = Yardstick(work.per_period, bounds.most_wrongful_stop_share, bounds.least_judged_in_group, plan.seed)
    report = judge_subjects(scores, _is_sent(work, model, held, bundle), work.test, by)
    say("writing plots, bundle and run")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fingerprint = save_bundle(bundle, folder / "bundle")
        parameters = _parameters(work, model, plan)
        tags = {"bundle_fingerprint": fingerprint, "store": store_of(connection)}
        card = folder / "model_card.md"
        card.write_text(subject_card(report, work.learning, model, plan, by, about_champion), encoding="utf-8")
        files = (card, *_plots(folder, work, held, scores, plan.seed))
        run_id, version = log_run(
            settings, RunRecord(kind, parameters, subject_metrics(report), folder / "bundle", files, tags)
        )
    return TrainedSubjects(run_id, version, fingerprint, report, work.learning)


def prepare(connection: psycopg.Connection, kind: Kind, plan: SubjectPlan, say: Say = lambda _: None) -> SubjectWork:
    """Read what one run learns from and is judged on.

    Raises:
        NotEnoughData: as `train_subjects`.
    """
    life = read_life(connection, kind)
    findings = read_findings(connection, kind, END_OF_TIME)
    ends = _period_ends(connection, life)
    now = label_rows(findings, ends)
    cutoff = default_cutoff(now, ends, plan.label_delay_days) if plan.cutoff is None else plan.cutoff
    then = label_rows(read_findings(connection, kind, cutoff), ends)
    _check_labels(kind, cutoff, then, now, plan)
    asked = questions(life, ends, cutoff, then, plan.seed)
    say(f"reading {PLURAL[kind]}")
    table = read_subjects(
        connection, kind, life, asked, lambda done, of: say(f"reading {PLURAL[kind]} ({done} of {of})")
    )
    table = _with_a_past(table)
    known, later = _aligned(then, table), _aligned(now, table)
    parts = split_rows(kind, table.ends, known.label, later.label, cutoff, plan.label_delay_days)
    test = parts.test_window
    probability = row_probability(later.draw_probability[test], table.column("claims_count_30d")[test])
    say("reading what rules found")
    ids, row_ends = table.ids[test], table.ends[test]
    judged = later.label[test] >= 0
    rows = PeriodRows(
        ids,
        row_ends,
        later.label[test],
        later.amount_fen[test],
        probability,
        later.is_random_draw[test],
        units_of(connection, ids, int(row_ends.max())) if kind == "patient" else ids,
        groups_of_rows(connection, kind, ids[judged], row_ends[judged]),
        read_rule_findings(connection, kind, ids, row_ends),
    )
    active = int((table.ends == table.ends[test].min()).sum())
    learning = SubjectLearning(table, known.label, known.draw_probability, parts)
    return SubjectWork(learning, rows, cases_per_period(kind, cutoff, plan.per_day), active)


def _check_labels(kind: Kind, cutoff: int, then: SubjectLabels, now: SubjectLabels, plan: SubjectPlan) -> None:
    """Say what is missing before the claims are read, which takes longest."""
    rows = np.concatenate([then.ends[then.ends < cutoff], now.ends[now.ends >= cutoff]])
    known = np.concatenate([then.label[then.ends < cutoff], np.full(int((now.ends >= cutoff).sum()), -1)])
    later = np.concatenate([np.full(int((then.ends < cutoff).sum()), -1), now.label[now.ends >= cutoff]])
    split_rows(kind, rows, known, later, cutoff, plan.label_delay_days)


def _period_ends(connection: psycopg.Connection, life: Life) -> Array:
    """All ends of months that the claims reach; a month that is still running is not among them.

    Raises:
        NotEnoughData: no month is over.
    """
    row = connection.execute("SELECT extract(epoch FROM max(known_at))::bigint FROM claims").fetchone()
    assert row is not None
    newest = max(int(row[0]), int(life.last.max()))
    ends = month_ends(int(life.first.min()), newest + SLACK)
    if len(ends) < 2:
        raise NotEnoughData(
            f"The store holds {len(ends)} whole months of claims. Expected at least two month ends to train and test "
            "on. Import more months."
        )
    return ends


SLACK = 86_400
"""Claims of the last day of a month need not reach its last second."""


def _with_a_past(table: SubjectTable) -> SubjectTable:
    """Without the rows of subjects that had no settlement in the year before."""
    kept = table.column("claims_count_365d") > 0
    return replace(table, ids=table.ids[kept], ends=table.ends[kept], matrix=table.matrix[kept])


def _aligned(labels: SubjectLabels, table: SubjectTable) -> SubjectLabels:
    """Labels laid beside rows; -1 where nobody judged."""
    held = pd.MultiIndex.from_arrays([labels.ids, labels.ends])
    at = (
        held.get_indexer(pd.MultiIndex.from_arrays([table.ids, table.ends]))
        if len(labels)
        else np.full(len(table.ids), -1)
    )
    found = at >= 0

    def laid(values: Array, empty: float) -> Array:
        result = np.full(len(at), empty, dtype=values.dtype)
        result[found] = values[at[found]]
        return result

    return SubjectLabels(
        table.ids,
        table.ends,
        laid(labels.label, -1),
        laid(labels.amount_fen, 0),
        laid(labels.draw_probability, 1.0),
        laid(labels.is_random_draw, False),
    )


def _rankings(work: SubjectWork, model: SubjectModel, held: Held, champion: Bundle | None) -> dict[str, Array]:
    table, test = work.learning.table, work.learning.parts.test_window
    scores = {
        MODEL: model.knots.at(held.raw[test]),
        NO_LINKS: held.without_links[test],
        NO_WEIGHTS: held.unweighted[test],
    }
    if work.test.rules.looked_at:
        scores[RULES] = work.test.rules.points
    scores |= {
        FINDINGS: table.column("confirmed_claims_count_365d")[test],
        AMOUNT: table.column("amount_sum_365d")[test],
        FOREST: held.oddness[test],
    }
    if champion is not None:
        scores[CHAMPION] = score(champion, table.matrix[test], only_flagged=True).probability
    return scores


def _is_sent(work: SubjectWork, model: SubjectModel, held: Held, bundle: Bundle) -> Array:
    """(n,) rows of the test that pass the bundle's thresholds, by models that had not seen the subject."""
    test = work.learning.parts.test_window
    is_likely = model.knots.at(held.raw[test]) >= bundle.review_probability
    return np.asarray(is_likely | (model.anomaly_knots.at(held.oddness[test]) >= bundle.review_anomaly))


def _plots(folder: Path, work: SubjectWork, held: Held, scores: dict[str, Array], seed: int) -> tuple[Path, ...]:
    table, parts = work.learning.table, work.learning.parts
    judged = np.flatnonzero(work.test.label >= 0)
    positive = work.test.label[judged] == 1
    some = sample_rows(len(parts.test), seed)
    matrix = np.column_stack([table.matrix, held.oddness])[parts.test[some]]
    return (
        draw_precision_recall(positive, {k: v[judged] for k, v in scores.items()}, folder / "precision_recall.png"),
        draw_calibration(positive, scores[MODEL][judged], folder / "calibration.png"),
        draw_contributions(names_of(table.kind), matrix, held.contributions[some], folder / "shap_summary.png"),
    )


def _parameters(work: SubjectWork, model: SubjectModel, plan: SubjectPlan) -> dict[str, object]:
    table, parts = work.learning.table, work.learning.parts
    rows = parts.learning
    names = np.array(
        [f"{name} {end}" for name, end in zip(table.ids[rows], table.ends[rows], strict=True)], dtype=object
    )
    return {
        **{f"boosting_{name}": value for name, value in {**BOOSTING, **model.parameters}.items()},
        "trials": plan.trials,
        "rounds": model.rounds,
        "forest_trees": FOREST_TREES,
        "seed": plan.seed,
        "cutoff": parts.cutoff,
        "label_delay_days": plan.label_delay_days,
        "most_weight": plan.most_weight,
        "cases_per_period": work.per_period,
        "columns": table.matrix.shape[1],
        "learning_rows": len(rows),
        "window_rows": len(parts.window),
        "test_rows": len(parts.test_window),
        "feature_set": subject_set(table.kind),
        "data_fingerprint": data_fingerprint(names, work.learning.label[rows], table.matrix[rows]),
    }
