"""From a made-up excerpt in the form of S-FFSD to a run in MLflow."""

from __future__ import annotations

import csv
import random

import pytest
from mlflow import MlflowClient

from claims.intake.read_mapping import read_mapping
from claims.intake.run import run_import
from tests.conftest import settings_in
from training.train_transaction import AMOUNT, MODEL, PAST_LABELS, train_transactions

TRANSACTIONS = 400


@pytest.fixture
def excerpt(tmp_path):
    """Honest transactions of many sizes, and bursts of near-equal amounts by a few sources that are labelled 1."""
    draw = random.Random(4)
    path = tmp_path / "S-FFSD_excerpt.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["Time", "Source", "Target", "Amount", "Location", "Type", "Labels"])
        for time in range(TRANSACTIONS):
            is_fraud = time % 40 < 8
            source = f"S{9000 + time // 40}" if is_fraud else f"S{draw.randrange(60)}"
            amount = 9.99 if is_fraud else round(draw.lognormvariate(3, 1), 2)
            label = 2 if draw.random() < 0.3 else int(is_fraud)
            writer.writerow([time, source, f"T{draw.randrange(5)}", amount, f"L{draw.randrange(3)}", "TP1", label])
    return path


def test_a_study_is_tested_on_the_newest_and_kept_as_a_run(store, tmp_path, excerpt):
    settings = settings_in(tmp_path)
    run_import(store, settings, read_mapping("s_ffsd"), [excerpt])
    with store.as_owner() as connection:
        trained = train_transactions(connection, settings, seed=1)
        (labelled,) = connection.execute("SELECT count(*) FROM verdicts").fetchone()
    assert sum(trained.sizes.values()) == labelled < TRANSACTIONS
    assert trained.sizes["test"] == pytest.approx(0.4 * labelled, abs=1)
    precision, area = trained.rankings[MODEL]
    assert precision.value > trained.rankings[AMOUNT][0].value
    assert area.value > 0.9
    assert trained.rankings[AMOUNT][1].deviation > 0
    assert trained.ablation["all"] == trained.choice.figures
    assert PAST_LABELS in trained.ablation
    client = MlflowClient(settings.tracking_uri)
    run = client.get_run(trained.run_id)
    assert run.data.metrics["test_ap/model"] == pytest.approx(precision.value)
    assert run.data.metrics["prevalence_test"] == pytest.approx(trained.prevalence["test"])
    kept = {file.path for file in client.list_artifacts(trained.run_id)}
    assert {"precision_recall.png", "shap_summary.png", "model_1.txt"} <= kept
    assert not client.search_registered_models()
