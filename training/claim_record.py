"""What is written down of a training run of claims beside its figures: parameters, fingerprint and plots."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from claims.tables import Array
from features.catalogue import feature_set
from training.capacity import money_curve
from training.claim_data import data_fingerprint
from training.claim_model import ClaimModel, column_names
from training.claim_report import MODEL, PeriodRows
from training.claim_work import ClaimWork
from training.fit import BOOSTING, FOREST_TREES, contributions
from training.plots import draw_calibration, draw_contributions, draw_money_curve, draw_precision_recall, sample_rows

MOST_ON_CURVE = 5
"""The money curve ends at so many times the reviewers' daily capacity."""


def plots_of(
    folder: Path, work: ClaimWork, model: ClaimModel, scores: Mapping[str, Array], rows: PeriodRows
) -> tuple[Path, ...]:
    """Draw the pictures of a run into a folder; `scores` are those of all rankings, by name, of `rows`."""
    judged = np.flatnonzero(rows.label >= 0)
    positive, most = rows.label[judged] == 1, MOST_ON_CURVE * work.per_day
    found = np.where(rows.label == 1, rows.amount_fen, 0)
    curves = {name: money_curve(values, rows.settled_at, found, most) for name, values in scores.items()}
    shown = work.parts.test_window[judged][sample_rows(len(judged), work.plan.seed)]
    seen, names = model.seen(work.table, shown), column_names(work.table)
    return (
        draw_precision_recall(positive, {k: v[judged] for k, v in scores.items()}, folder / "precision_recall.png"),
        draw_money_curve(curves, folder / "money_curve.png"),
        draw_calibration(positive, scores[MODEL][judged], folder / "calibration.png"),
        draw_contributions(names, seen, contributions(model.trees.booster, seen), folder / "shap_summary.png"),
    )


def parameters_of(work: ClaimWork, model: ClaimModel) -> dict[str, object]:
    """Name -> value, for MLflow."""
    parts = work.parts
    return {
        **{f"boosting_{name}": value for name, value in {**BOOSTING, **model.trees.parameters}.items()},
        "trees": model.trees.rounds.trees,
        "trees_why": model.trees.rounds.why,
        "trials": work.plan.trials,
        "on_cluster": bool(work.plan.cluster),
        "forest_trees": FOREST_TREES,
        "seed": work.plan.seed,
        "cutoff": parts.cutoff,
        "test_until": parts.test_until,
        "label_delay_days": work.plan.label_delay_days,
        "most_weight": work.plan.most_weight,
        "per_day": work.per_day,
        "features": len(work.table.names),
        "feature_set": feature_set(),
        "train_rows": len(parts.train),
        "validation_rows": len(parts.validation),
        "window_rows": len(parts.window),
        "data_fingerprint": fingerprint_of(work),
    }


def fingerprint_of(work: ClaimWork) -> str:
    """SHA-256 of what was learned from."""
    rows = np.r_[work.parts.train, work.parts.validation]
    return data_fingerprint(work.table.claim_ids[rows], work.then.label[rows], work.table.matrix[rows])
