"""One training run of the institution model, from the store and a labels file to the registry."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg

from claims.settings import Settings
from claims.tables import Array
from scoring.bundle import save_bundle
from training.bundles import institution_bundle
from training.claim_data import data_fingerprint
from training.fit import fit_forest
from training.folds import FOLDS, REPEATS
from training.institution_card import FOLD_FILE, fold_metrics, institution_card, write_fold_table
from training.institution_labels import InstitutionLabels
from training.institution_model import BOOSTING, ROUNDS, CrossValidation, cross_validate, fit_all
from training.institution_table import InstitutionTable, read_institutions
from training.out_of_fold import FILE, write_out_of_fold
from training.plots import draw_calibration, draw_contributions, draw_precision_recall
from training.track import LABELLED, RunRecord, log_run, store_of


@dataclass(frozen=True)
class TrainedInstitutions:
    """What one run made.

    Attributes:
        run_id: of MLflow.
        version: of the registered model.
        bundle_fingerprint: as `save_bundle` gave it.
        validation: figures and out-of-fold outcome.
        counts: labelled, positives, with_claims, own and links.
        leading: the column with the largest share of the SHAP movement, and that share.
    """

    run_id: str
    version: str
    bundle_fingerprint: str
    validation: CrossValidation
    counts: dict[str, int]
    leading: tuple[str, float]


def train_institutions(
    connection: psycopg.Connection,
    settings: Settings,
    labels: InstitutionLabels,
    seed: int = 1,
    say: Callable[[str], None] = lambda _: None,
) -> TrainedInstitutions:
    """Read, cross-validate, fit on all labels and register.

    Args:
        connection: an open connection; nothing is written to the store.
        settings: where MLflow is.
        labels: the judged institutions.
        seed: of folds, trees and forest.
        say: told the name of each step that begins.

    Raises:
        NotEnoughData: no claims, or too few labelled institutions of one kind have claims.
    """
    say("reading claims and building columns")
    everything = read_institutions(connection)
    table = everything.rows_of(labels.ids)
    say(f"cross-validating in {FOLDS} folds, {REPEATS} times")
    validation = cross_validate(table, labels.is_violating, seed)
    say("fitting on all labels")
    booster, knots = fit_all(table, labels.is_violating, validation, seed)
    forest = fit_forest(everything.matrix, seed)
    counts, leading = _counts(table, labels), _leading(table, validation)
    say("writing plots, bundle and run")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bundle = institution_bundle(everything, booster, knots, forest, everything.until)
        fingerprint = save_bundle(bundle, folder / "bundle")
        parameters = {
            **BOOSTING,
            "rounds": ROUNDS,
            "folds": FOLDS,
            "repeats": REPEATS,
            "seed": seed,
            **counts,
            "data_fingerprint": data_fingerprint(labels.ids, labels.is_violating, table.matrix),
        }
        files = _files(folder, table, labels, validation, institution_card(validation.figures, counts, leading))
        tags = {"bundle_fingerprint": fingerprint, "store": store_of(connection)}
        metrics = fold_metrics(validation.figures)
        run_id, version = log_run(settings, RunRecord(LABELLED, parameters, metrics, folder / "bundle", files, tags))
    return TrainedInstitutions(run_id, version, fingerprint, validation, counts, leading)


def _counts(table: InstitutionTable, labels: InstitutionLabels) -> dict[str, int]:
    return {
        "labelled": len(labels.ids),
        "positives": int(labels.is_violating.sum()),
        "with_claims": int(table.has_claims.sum()),
        "own": table.own,
        "links": len(table.columns) - table.own,
    }


def _leading(table: InstitutionTable, validation: CrossValidation) -> tuple[str, float]:
    movement = np.abs(validation.contributions[table.has_claims]).sum(axis=0)
    most = int(movement.argmax())
    return table.columns[most].name, float(movement[most] / max(movement.sum(), 1e-12))


def _files(
    folder: Path,
    table: InstitutionTable,
    labels: InstitutionLabels,
    validation: CrossValidation,
    card_text: str,
) -> tuple[Path, ...]:
    card = folder / "model_card.md"
    card.write_text(card_text, encoding="utf-8")
    rankings = {name: _as_ranks(scores) for name, scores in validation.rankings.items()}
    names = [column.name for column in table.columns]
    seen = table.has_claims
    return (
        card,
        write_fold_table(validation.figures, folder / FOLD_FILE),
        write_out_of_fold(table, labels.is_violating, validation, folder / FILE),
        draw_precision_recall(labels.is_violating, rankings, folder / "precision_recall.png"),
        draw_calibration(labels.is_violating, validation.probability, folder / "calibration.png"),
        draw_contributions(names, table.matrix[seen], validation.contributions[seen], folder / "shap_summary.png"),
    )


def _as_ranks(scores: Array) -> Array:
    _, rank = np.unique(scores, return_inverse=True)
    return rank.astype(np.float64)
