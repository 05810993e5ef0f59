"""One study of plain transactions, from the store to MLflow: chosen on validation, tested once, never served."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import lightgbm
import numpy as np
import psycopg

from claims.settings import Settings
from claims.tables import Array
from features.declare import feature_set_fingerprint
from features.transactions import TRANSACTION_FEATURES
from training.claim_data import data_fingerprint
from training.fit import contributions
from training.judge import Estimate, with_intervals
from training.past_labels import DELAY_DAYS, past_label_columns
from training.plots import draw_contributions, draw_precision_recall, sample_rows
from training.track import RunRecord, log_study, store_of
from training.transaction_data import Parts, TransactionTable, cut_by_time, read_transactions
from training.transaction_model import (
    FINAL_SEEDS,
    Choice,
    Figures,
    choose,
    fit,
    judge_columns,
    scores_of,
    without_each_family,
)

MODEL, AMOUNT, PAST_LABELS = "model", "amount alone", "with labels of the past"


@dataclass(frozen=True)
class TrainedTransactions:
    """What one study found.

    Attributes:
        run_id: of MLflow.
        rankings: name -> average precision and AUC on the test, the model first.
        prevalence: share violating in training, validation and test.
        sizes: labelled transactions of each.
        choice: what validation decided.
        ablation: validation figures without each family of columns, with all, and with labels of the past.
    """

    run_id: str
    rankings: dict[str, tuple[Estimate, Estimate]]
    prevalence: dict[str, float]
    sizes: dict[str, int]
    choice: Choice
    ablation: dict[str, Figures]


def train_transactions(
    connection: psycopg.Connection, settings: Settings, seed: int = 1, say: Callable[[str], None] = lambda _: None
) -> TrainedTransactions:
    """Read, choose on the validation part, fit on all before the test, test once, and write the run.

    Args:
        connection: an open connection; nothing is written to the store.
        settings: where MLflow is.
        seed: of trees and bootstrap.
        say: told the name of each step that begins.

    Raises:
        NotBuilt: the store holds no claims.
        NotEnoughData: no labels, or one class only in training, validation or test.
    """
    say("reading transactions and computing columns")
    table = read_transactions(connection)
    parts = cut_by_time(table.settled_at, table.label)
    say("choosing on the validation part")
    choice = choose(table, parts, seed)
    say("leaving each family of columns out")
    ablation = {
        **without_each_family(table, parts, choice, seed),
        PAST_LABELS: _with_past_labels(table, parts, choice, seed),
    }
    say("fitting on all before the test")
    boosters = fit(table.matrix, table.label, parts.learning, choice.parameters, choice.rounds, seed, FINAL_SEEDS)
    say("testing")
    scores = {MODEL: scores_of(boosters, table.matrix[parts.test]), AMOUNT: _amount(table, parts.test)}
    positive, subjects = table.label[parts.test] == 1, table.patient_ids[parts.test]
    rankings = {name: with_intervals(positive, ranking, subjects, seed) for name, ranking in scores.items()}
    by_part = {"train": parts.train, "validation": parts.validation, "test": parts.test}
    prevalence = {name: float((table.label[rows] == 1).mean()) for name, rows in by_part.items()}
    sizes = {name: len(rows) for name, rows in by_part.items()}
    say("writing plots and run")
    with tempfile.TemporaryDirectory() as name:
        record = RunRecord(
            "transaction",
            _parameters(choice, seed, sizes),
            _metrics(rankings, prevalence, choice, ablation),
            None,
            _files(Path(name), table, parts, boosters, scores),
            {
                "store": store_of(connection),
                "feature_set": feature_set_fingerprint(TRANSACTION_FEATURES),
                "data_fingerprint": _fingerprint(table, parts),
            },
        )
        run_id = log_study(settings, record)
    return TrainedTransactions(run_id, rankings, prevalence, sizes, choice, ablation)


def _with_past_labels(table: TransactionTable, parts: Parts, choice: Choice, seed: int) -> Figures:
    """As on the test: no label of the part that is judged is ever seen."""
    begin = int(table.settled_at[parts.validation].min())
    columns = past_label_columns(table.rows, table.label, table.settled_at, begin)
    return judge_columns(np.hstack([table.matrix, columns]), table.label, parts, choice, seed)


def _amount(table: TransactionTable, rows: Array) -> Array:
    names = [feature.name for feature in TRANSACTION_FEATURES]
    return np.asarray(table.matrix[rows, names.index("claim_amount")])


def _parameters(choice: Choice, seed: int, sizes: dict[str, int]) -> dict[str, object]:
    return {
        **{f"boosting_{name}": value for name, value in choice.parameters.items()},
        "rounds": choice.rounds,
        "fits": FINAL_SEEDS,
        "seed": seed,
        "features": len(TRANSACTION_FEATURES),
        "past_label_delay_days": DELAY_DAYS,
        **{f"{name}_rows": size for name, size in sizes.items()},
    }


def _metrics(
    rankings: dict[str, tuple[Estimate, Estimate]],
    prevalence: dict[str, float],
    choice: Choice,
    ablation: dict[str, Figures],
) -> dict[str, float]:
    found: dict[str, float] = {f"prevalence_{name}": share for name, share in prevalence.items()}
    for name, estimates in rankings.items():
        for figure, estimate in zip(("ap", "auc"), estimates, strict=True):
            values = {
                "": estimate.value,
                "_deviation": estimate.deviation,
                "_low": estimate.low,
                "_high": estimate.high,
            }
            found |= {f"test_{figure}{suffix}/{_slug(name)}": value for suffix, value in values.items()}
    for name, figures in {"chosen": choice.figures, **ablation}.items():
        found |= {f"validation_auc/{_slug(name)}": figures.area, f"validation_ap/{_slug(name)}": figures.precision}
    return found


def _slug(name: str) -> str:
    return name.replace(" ", "_")


def _files(
    folder: Path, table: TransactionTable, parts: Parts, boosters: list[lightgbm.Booster], scores: dict[str, Array]
) -> tuple[Path, ...]:
    rows = parts.test[sample_rows(len(parts.test), 0)]
    matrix = table.matrix[rows]
    names = [feature.name for feature in TRANSACTION_FEATURES]
    texts = []
    for number, booster in enumerate(boosters, start=1):
        texts.append(folder / f"model_{number}.txt")
        texts[-1].write_text(booster.model_to_string(), encoding="utf-8")
    return (
        *texts,
        draw_precision_recall(table.label[parts.test] == 1, scores, folder / "precision_recall.png"),
        draw_contributions(names, matrix, contributions(boosters[0], matrix), folder / "shap_summary.png"),
    )


def _fingerprint(table: TransactionTable, parts: Parts) -> str:
    return data_fingerprint(table.claim_ids[parts.learning], table.label[parts.learning], table.matrix[parts.learning])
