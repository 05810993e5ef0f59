"""One training run of the claim model, from the store to the registry."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg

from claims.errors import NoChampion, NotEnoughData
from claims.settings import Settings
from claims.tables import Array
from features.catalogue import feature_set
from scoring.bundle import Bundle, save_bundle
from scoring.rule_columns import offered_to
from scoring.score import score
from training.bundles import claim_bundle
from training.champions import open_champion
from training.claim_card import claim_card
from training.claim_data import (
    END_OF_TIME,
    AlignedLabels,
    ClaimTable,
    align,
    ask_rules,
    data_fingerprint,
    read_claim_table,
    read_labels_at,
)
from training.claim_model import ClaimModel, ClaimPlan, column_names, fit_claims, reviewers_pace
from training.claim_report import (
    AMOUNT,
    BY_MONEY,
    CHAMPION,
    FOREST,
    LINKLESS,
    MODEL,
    RULES,
    ClaimReport,
    judge_claims,
    metrics,
)
from training.fit import BOOSTING, FOREST_TREES, contributions
from training.link_columns import link_columns, without
from training.plots import draw_calibration, draw_contributions, draw_precision_recall, sample_rows
from training.rule_ranking import rank_by_rules
from training.skew_gate import refuse_on_skew
from training.split import Split, default_cutoff, split
from training.track import RunRecord, log_run, store_of

Say = Callable[[str], None]


@dataclass(frozen=True)
class Trained:
    """What one run made.

    Attributes:
        run_id: of MLflow.
        version: of the registered model.
        bundle_fingerprint: as `save_bundle` gave it.
        report: the figures of the test.
        parts: the rows that were learned from and judged on.
    """

    run_id: str
    version: str
    bundle_fingerprint: str
    report: ClaimReport
    parts: Split


@dataclass(frozen=True)
class ClaimWork:
    """What the steps hand on: data, labels at the cut-off and now, rows, capacity."""

    table: ClaimTable
    then: AlignedLabels
    now: AlignedLabels
    parts: Split
    per_day: int
    plan: ClaimPlan


def train_claims(
    connection: psycopg.Connection,
    settings: Settings,
    plan: ClaimPlan,
    say: Say = lambda _: None,
    gate: Callable[[psycopg.Connection], None] = refuse_on_skew,
) -> Trained:
    """Read, fit, judge and register.

    Args:
        connection: an open connection; nothing is written to the store.
        settings: where MLflow and the data folder are.
        plan: cut-off, capacity, weights and seed.
        say: told the name of each step that begins.
        gate: raises when nothing may be learned from this store as it is.

    Raises:
        NotBuilt: the features are not built, or those that were served differ from the batch's.
        NotEnoughData: no verdicts, or one class only in training, validation or test.
    """
    say("comparing what was served with the batch")
    gate(connection)
    say("reading features and verdicts, and asking the rules")
    work = prepare(connection, settings, plan)
    say("choosing parameters and fitting trees and forest")
    model = fit_claims(work.table, work.then, work.parts, work.per_day, plan)
    say("fitting without links, and ranking the test period by all")
    scores = _rankings(connection, settings, work, model)
    say("judging")
    report = judge_claims(
        scores, work.table, work.now, work.parts, work.per_day, plan.seed, most_weight=plan.most_weight
    )
    say("writing plots, bundle and run")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fingerprint = save_bundle(claim_bundle(work.table, model, work.parts), folder / "bundle")
        files = _files(folder, work, model, scores, report)
        record = RunRecord(
            "claim",
            _parameters(work, model),
            metrics(report),
            folder / "bundle",
            files,
            {"bundle_fingerprint": fingerprint, "data_fingerprint": _fingerprint(work), "store": store_of(connection)},
        )
        run_id, version = log_run(settings, record)
    return Trained(run_id, version, fingerprint, report, work.parts)


def prepare(connection: psycopg.Connection, settings: Settings, plan: ClaimPlan) -> ClaimWork:
    """Read what one run learns from and is judged on.

    Raises:
        NotBuilt: the features are not built.
        NotEnoughData: no verdicts, or one class only in training, validation or test.
    """
    table = read_claim_table(connection, settings)
    now = align(read_labels_at(connection, END_OF_TIME), table.claim_ids)
    judged = now.label >= 0
    if not judged.any():
        raise NotEnoughData(
            "No settlement of the feature build has a standing verdict. Expected verdicts on settlements. Import "
            "verdicts, or run yicha features build after importing claims."
        )
    cutoff = plan.cutoff
    if cutoff is None:
        cutoff = default_cutoff(table.settled_at[judged], now.label[judged])
    labels = read_labels_at(connection, cutoff)
    then = align(labels, table.claim_ids)
    until = plan.test_until if plan.test_until is not None else int(table.settled_at.max()) + 1
    parts = split(table.settled_at, then.label, now.label, cutoff, until, plan.label_delay_days)
    per_day = plan.per_day if plan.per_day is not None else reviewers_pace(labels, cutoff)
    rows = np.unique(np.r_[parts.train, parts.validation, parts.validation_window, parts.test_window])
    table = ask_rules(connection, table, rows)
    return ClaimWork(table, then, now, parts, per_day, plan)


def _rankings(
    connection: psycopg.Connection, settings: Settings, work: ClaimWork, model: ClaimModel
) -> dict[str, Array]:
    table, window = work.table, work.parts.test_window
    total, probability = table.total_fen[window].astype(np.float64), model.probability(table, window)
    linkless = without(table, link_columns(table.names))
    beside = fit_claims(linkless, work.then, work.parts, work.per_day, work.plan, model.parameters)
    scores = {
        MODEL: probability,
        BY_MONEY: probability * total,
        LINKLESS: beside.probability(linkless, window),
        RULES: rank_by_rules(table.of_rules[window]),
        AMOUNT: total,
        FOREST: model.forest.score(table.matrix[window]),
    }
    champion = _champion(connection, settings, work.parts.cutoff)
    if champion is None:
        return scores
    offered = offered_to(champion, table.matrix[window], table.of_rules[window])
    return scores | {CHAMPION: score(champion, offered, only_flagged=True).probability}


def _champion(connection: psycopg.Connection, settings: Settings, cutoff: int) -> Bundle | None:
    """The claims' champion, unless it reads other features or has learned from what is the test now."""
    try:
        _, bundle = open_champion(connection, settings, "claim")
    except NoChampion:
        return None
    return bundle if bundle.feature_set == feature_set() and bundle.trained_until <= cutoff else None


def _files(
    folder: Path, work: ClaimWork, model: ClaimModel, scores: dict[str, Array], report: ClaimReport
) -> tuple[Path, ...]:
    label = work.now.label[work.parts.test_window]
    judged = np.flatnonzero(label >= 0)
    positive = label[judged] == 1
    rows = work.parts.test_window[judged][sample_rows(len(judged), work.plan.seed)]
    card = folder / "model_card.md"
    card.write_text(claim_card(report, model, work.parts, work.plan), encoding="utf-8")
    seen, names = model.seen(work.table, rows), column_names(work.table)
    return (
        card,
        draw_precision_recall(positive, {k: v[judged] for k, v in scores.items()}, folder / "precision_recall.png"),
        draw_calibration(positive, scores[MODEL][judged], folder / "calibration.png"),
        draw_contributions(names, seen, contributions(model.booster, seen), folder / "shap_summary.png"),
    )


def _parameters(work: ClaimWork, model: ClaimModel) -> dict[str, object]:
    parts = work.parts
    return {
        **{f"boosting_{name}": value for name, value in {**BOOSTING, **model.parameters}.items()},
        "trials": work.plan.trials,
        "forest_trees": FOREST_TREES,
        "seed": work.plan.seed,
        "cutoff": parts.cutoff,
        "test_until": parts.test_until,
        "label_delay_days": work.plan.label_delay_days,
        "most_weight": work.plan.most_weight,
        "per_day": work.per_day,
        "features": len(work.table.names),
        "train_rows": len(parts.train),
        "validation_rows": len(parts.validation),
        "window_rows": len(parts.window),
        "data_fingerprint": _fingerprint(work),
    }


def _fingerprint(work: ClaimWork) -> str:
    rows = np.r_[work.parts.train, work.parts.validation]
    return data_fingerprint(work.table.claim_ids[rows], work.then.label[rows], work.table.matrix[rows])
