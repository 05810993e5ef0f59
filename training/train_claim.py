"""One training run of the claim model, from the store to the registry."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg

from claims.settings import Settings
from claims.tables import Array
from features.catalogue import feature_set
from scoring.bundle import Bundle, save_bundle
from scoring.rule_columns import offered_to
from scoring.score import score
from training.bounds import bounds_of
from training.bundles import claim_bundle
from training.capacity import by_money
from training.champions import comparable_champion
from training.claim_card import claim_card
from training.claim_model import ClaimModel, ClaimPlan, fit_claims
from training.claim_record import fingerprint_of, parameters_of, plots_of
from training.claim_report import (
    AMOUNT,
    BY_MONEY,
    CHAMPION,
    FOREST,
    LINKLESS,
    MODEL,
    RULES,
    ClaimReport,
    PeriodRows,
    Yardstick,
    judge_claims,
    metrics,
)
from training.claim_work import ClaimWork, prepare
from training.groups import groups_of
from training.link_columns import link_columns, without
from training.rule_ranking import rank_by_rules
from training.skew_gate import refuse_on_skew
from training.split import Split
from training.track import RunRecord, log_run, open_client, store_of
from training.units import units_of

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
        NoVerdicts: none stands on a settlement of the build; see `train_forest`.
        NotEnoughData: verdicts that cannot be right, or one class only in training, validation or test.
        BadBundle: the champion's files are gone or altered.
        BadSetting: MLflow or the cluster is away, or the file of bounds is bad; nothing is registered.
    """
    bounds = bounds_of(settings)
    say("comparing what was served with the batch")
    gate(connection)
    say("reading features and verdicts, and asking the rules")
    work = prepare(connection, settings, plan)
    champion, about_champion = comparable_champion(connection, settings, "claim", feature_set(), work.parts.cutoff)
    open_client(settings)  # a tracking server that is away is said now, not after all the work
    say("choosing parameters and fitting trees and forest")
    units = units_of(connection, work.table.patient_ids, work.parts.cutoff)
    model = fit_claims(work.table, work.then, work.parts, work.per_day, plan, units=units)
    say("fitting without links, and ranking the test period by all")
    scores = _rankings(work, model, champion, units)
    say("judging")
    by = Yardstick(
        work.per_day, plan.most_weight, bounds.most_wrongful_stop_share, bounds.least_judged_in_group, plan.seed
    )
    rows = _period_rows(connection, work, model, scores[MODEL])
    report = judge_claims(scores, rows, by)
    say("writing plots, bundle and run")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fingerprint = save_bundle(claim_bundle(work.table, model, work.parts), folder / "bundle")
        files = plots_of(folder, work, model, scores, rows)
        card = folder / "model_card.md"
        card.write_text(claim_card(report, model, work.parts, plan, by, about_champion), encoding="utf-8")
        record = RunRecord(
            "claim",
            parameters_of(work, model),
            metrics(report),
            folder / "bundle",
            (card, *files),
            {
                "bundle_fingerprint": fingerprint,
                "data_fingerprint": fingerprint_of(work),
                "store": store_of(connection),
            },
        )
        run_id, version = log_run(settings, record)
    return Trained(run_id, version, fingerprint, report, work.parts)


def _rankings(work: ClaimWork, model: ClaimModel, champion: Bundle | None, units: Array) -> dict[str, Array]:
    table, window = work.table, work.parts.test_window
    total, probability = table.total_fen[window].astype(np.float64), model.probability(table, window)
    linkless = without(table, link_columns(table.names))
    beside = fit_claims(linkless, work.then, work.parts, work.per_day, work.plan, model.trees.parameters, units)
    scores = {
        MODEL: probability,
        BY_MONEY: by_money(probability, total),
        LINKLESS: beside.probability(linkless, window),
        RULES: rank_by_rules(table.of_rules[window]),
        AMOUNT: total,
        FOREST: model.forest.score(table.matrix[window]),
    }
    if champion is None:
        return scores
    offered = offered_to(champion, table.matrix[window], table.of_rules[window])
    return scores | {CHAMPION: score(champion, offered, only_flagged=True).probability}


def _period_rows(connection: psycopg.Connection, work: ClaimWork, model: ClaimModel, probability: Array) -> PeriodRows:
    window, table, now = work.parts.test_window, work.table, work.now
    is_judged = now.label[window] >= 0
    groups = groups_of(connection, table.claim_ids[window[is_judged]])
    is_odd = model.forest.score(table.matrix[window]) >= model.review_anomaly
    return PeriodRows(
        table.settled_at[window],
        now.label[window],
        now.amount_fen[window],
        now.draw_probability[window],
        now.is_random_draw[window],
        table.patient_ids[window],
        units_of(connection, table.patient_ids[window], work.parts.test_until),
        (probability >= model.review_probability) | is_odd,
        groups,
    )
