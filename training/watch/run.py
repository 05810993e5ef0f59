"""One look at everything that is watched: figures, what is beyond its bound, and the parts that the page shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
import pyarrow.compute as pc

from audit.promotions import Promotion
from audit.watch_reports import WATCH, keep_report
from claims.clock import DAY
from claims.errors import NotEnoughData
from claims.settings import Settings
from claims.tables import Array
from features.catalogue import feature_set
from features.matrix import newest_build, read_matrix
from scoring.bundle import Bundle, require_feature_set
from scoring.rule_columns import features_of, offered_to, reads_rules
from scoring.score import outlook
from training.bounds import Bounds, bounds_of
from training.champions import open_champion
from training.claim_data import END_OF_TIME, claims_numbered, read_labels_at
from training.rule_ranking import rule_columns_of
from training.watch.decisions import MOST_ROWS, Window, count_reasons, count_rule_hits, newest_window, read_values
from training.watch.draws import Draws, draws_needed
from training.watch.judged import Calibration, Week, calibrate, expected_error, read_promised, weekly
from training.watch.stability import Moved, moved_kinds, moved_share, moved_values
from training.watch.verdict_weeks import VerdictWeek, queue_precision, verdict_weeks

Say = Callable[[str], None]
SUBJECT = "claim"


@dataclass(frozen=True)
class Breach:
    """What is beyond its bound, in Chinese and English."""

    zh: str
    en: str


@dataclass(frozen=True)
class Watched:
    """What the watch found.

    Attributes:
        champion: the model that serves.
        window: the decisions that were looked at.
        columns: each column against the champion's training window, the most moved first.
        scores: probability and anomaly against the same.
        rules, reasons: against the windows before; empty when nothing was decided then.
        calibration: None before the first verdict.
        weeks: what held decisions promise and what came of them.
        verdicts: judged claims by week and way.
        draws: the random draws.
        figures: name -> number or None, for the store, /metrics and JSON.
        breaches: what calls somebody.
    """

    champion: Promotion
    bundle: Bundle
    bounds: Bounds
    window: Window
    columns: tuple[Moved, ...]
    scores: tuple[Moved, ...]
    rules: tuple[Moved, ...]
    reasons: tuple[Moved, ...]
    calibration: Calibration | None
    weeks: tuple[Week, ...]
    verdicts: tuple[VerdictWeek, ...]
    draws: Draws
    figures: dict[str, Any]
    breaches: tuple[Breach, ...]


def watch_claims(connection: psycopg.Connection, settings: Settings, say: Say = lambda _: None) -> Watched:
    """Look at everything and keep the figures in the store; the transaction is the caller's.

    The arguments and errors are those of `look_at_claims`; the connection is the owner's.
    """
    watched = look_at_claims(connection, settings, say)
    fingerprint = watched.champion.bundle_fingerprint
    keep_report(connection, WATCH, SUBJECT, fingerprint, not watched.breaches, watched.figures)
    return watched


def look_at_claims(connection: psycopg.Connection, settings: Settings, say: Say = lambda _: None) -> Watched:
    """Look at everything; nothing is written.

    Args:
        connection: any that reads the store, a notebook's view too.
        settings: where the data folder is.
        say: told the name of each step that begins.

    Raises:
        NoChampion: no claim model was promoted.
        BadBundle: the champion's files are gone or altered, or it reads other features than those built.
        NotBuilt: the features are not built.
        NotEnoughData: too little was decided.
    """
    bounds = bounds_of(settings)
    champion, bundle = open_champion(connection, settings, SUBJECT)
    require_feature_set(bundle, feature_set())
    say("reading decisions")
    window = newest_window(connection, bounds.watch_days, bounds.least_decisions)
    values, of_rules = read_values(connection, window, bundle.feature_set, len(features_of(bundle)))
    if not len(values):
        raise NotEnoughData(
            "No decision of the window has values of the features in use. Expected decisions made since the last "
            "upgrade. Let the service run, or screen a period with yicha score."
        )
    say("reading the champion's training window")
    reference = _reference(connection, settings, bundle, bounds)
    say("comparing")
    current = offered_to(bundle, values, of_rules)
    names = [feature.name for feature in bundle.features]
    columns = [moved_values(name, reference[:, place], current[:, place]) for place, name in enumerate(names)]
    before, now = outlook(bundle, reference), outlook(bundle, current)
    scores = [moved_values(name, *pair) for name, *pair in zip(("probability", "anomaly"), before, now, strict=True)]
    rules, reasons = _said(connection, window, bounds)
    say("reading verdicts")
    promised = read_promised(connection, champion.bundle_fingerprint)
    weeks = weekly(promised)
    parts = _Parts(
        tuple(sorted(columns, key=lambda each: -each.index)),
        tuple(scores),
        rules,
        reasons,
        calibrate(promised),
        tuple(weeks),
        tuple(verdict_weeks(connection)),
        _draws(connection, bounds),
    )
    figures, breaches = _figures(parts, window, bounds), _breaches(parts, bounds)
    return Watched(champion, bundle, bounds, window, **vars(parts), figures=figures, breaches=breaches)


@dataclass(frozen=True)
class _Parts:
    columns: tuple[Moved, ...]
    scores: tuple[Moved, ...]
    rules: tuple[Moved, ...]
    reasons: tuple[Moved, ...]
    calibration: Calibration | None
    weeks: tuple[Week, ...]
    verdicts: tuple[VerdictWeek, ...]
    draws: Draws

    def drifting(self, most: float) -> list[Moved]:
        return [each for each in self.columns if each.is_beyond(most)]


def _reference(connection: psycopg.Connection, settings: Settings, bundle: Bundle, bounds: Bounds) -> Array:
    """Rows of the last days that the champion may have learned from, (m, k), evenly thinned."""
    settled_at = pc.field("settled_at")
    begin = bundle.trained_until - bounds.reference_days * DAY
    keep = (settled_at >= begin) & (settled_at < bundle.trained_until)
    names = [feature.name for feature in features_of(bundle)]
    built = read_matrix(newest_build(connection, settings), names, keep)
    if not len(built.values):
        raise NotEnoughData(
            "The feature build holds nothing from the champion's training window. Expected claims settled before its "
            "cut-off. Import them and run yicha features build."
        )
    thinned = slice(None, None, max(1, len(built.values) // MOST_ROWS))
    values, orders, settled = (column[thinned] for column in (built.values, built.recorded_order, built.settled_at))
    if not reads_rules(bundle):
        return values
    return offered_to(bundle, values, rule_columns_of(connection, claims_numbered(connection, orders), settled))


def _said(
    connection: psycopg.Connection, window: Window, bounds: Bounds
) -> tuple[tuple[Moved, ...], tuple[Moved, ...]]:
    if window.earlier_decisions < bounds.least_decisions:
        return (), ()
    before, now = count_rule_hits(connection, window)
    of_all = window.earlier_decisions, window.decisions
    rules = [moved_share(code, (before[code], of_all[0]), (now[code], of_all[1])) for code in {*before, *now}]
    reasons = moved_kinds("reasons", *count_reasons(connection, window))
    return tuple(sorted(rules, key=lambda each: (-each.index, each.name))), (reasons,)


def _draws(connection: psycopg.Connection, bounds: Bounds) -> Draws:
    try:
        labels = read_labels_at(connection, END_OF_TIME)
    except NotEnoughData:  # no verdict in the store yet
        return draws_needed(np.empty(0, dtype=np.bool_), np.empty(0), bounds.prevalence_half_width)
    rows = np.flatnonzero(labels.is_random_draw)
    return draws_needed(labels.is_violating[rows], labels.draw_probability[rows], bounds.prevalence_half_width)


def _figures(it: _Parts, window: Window, bounds: Bounds) -> dict[str, Any]:
    judged, violating, low, high = queue_precision(list(it.verdicts))
    newest = next((week for week in reversed(it.weeks) if week.held), None)
    calibration = it.calibration
    return {
        "decisions": window.decisions,
        "columns_drifting": len(it.drifting(bounds.most_stability_index)),
        "column_stability_worst": it.columns[0].index,
        "probability_stability": it.scores[0].index,
        "anomaly_stability": it.scores[1].index,
        "rule_stability_worst": it.rules[0].index if it.rules else None,
        "reason_stability": it.reasons[0].index if it.reasons else None,
        "calibration_judged": calibration.judged if calibration else 0,
        "calibration_gap": calibration.gap if calibration else None,
        "brier_score": calibration.brier if calibration else None,
        "expected_precision": newest.expected_precision if newest else None,
        "expected_money_yuan": newest.expected_money_fen / 100 if newest else None,
        "expected_precision_error": expected_error(it.weeks),
        "queue_judged": judged,
        "queue_precision": violating / judged if judged else None,
        "queue_precision_low": low,
        "queue_precision_high": high,
        "random_draws": it.draws.drawn,
        "random_positives": it.draws.positives,
        "prevalence": it.draws.prevalence,
        "prevalence_high": it.draws.high,
        "random_draws_needed": it.draws.needed,
    }


def _breaches(it: _Parts, bounds: Bounds) -> tuple[Breach, ...]:
    found: list[Breach] = []
    most = bounds.most_stability_index
    drifting = it.drifting(most)
    if len(drifting) > bounds.most_drifting_columns_share * len(it.columns):
        found.append(
            Breach(
                f"{len(it.columns)} 列中有 {len(drifting)} 列漂移超过 {most}（最大：{drifting[0].name}）。",
                f"{len(drifting)} of {len(it.columns)} columns drifted beyond {most} (most: {drifting[0].name}).",
            )
        )
    found += [
        Breach(
            f"{each.name} 漂移 {each.index:.3f}，超过 {most}。", f"{each.name} drifted {each.index:.3f}, beyond {most}."
        )
        for each in (*it.scores, *it.rules, *it.reasons)
        if each.is_beyond(most)
    ]
    if it.calibration is not None and it.calibration.is_beyond(bounds.most_calibration_gap):
        gap = it.calibration.gap
        found.append(
            Breach(
                f"校准偏差 {gap:+.3f}，超过 {bounds.most_calibration_gap}。",
                f"The probabilities are off by {gap:+.3f}, beyond {bounds.most_calibration_gap}.",
            )
        )
    judged, violating, _, high = queue_precision(list(it.verdicts))
    if judged and high is not None and high < bounds.least_queue_precision:
        found.append(
            Breach(
                f"近四周审核命中率 {violating}/{judged}，低于 {bounds.least_queue_precision:.0%}。",
                f"Of what the queue led to in four weeks {violating} of {judged} were violating, below "
                f"{bounds.least_queue_precision:.0%}.",
            )
        )
    return tuple(found)
