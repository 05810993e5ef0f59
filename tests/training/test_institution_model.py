"""Institutions: columns from claims alone, five folds, the run, the promotion and the cases."""

from __future__ import annotations

import os
import pickletools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from audit.promotions import champion
from claims.batch import select
from claims.errors import BadBundle, NoChampion, NotEnoughData, NotFound
from claims.intake.read_mapping import read_mapping
from claims.intake.run import run_import
from claims.store.columns import read_batch, read_bulk
from claims.tables import PATIENTS
from scoring.bundle import load_bundle
from training import promotion as promotion_module
from training.champions import open_champion
from training.folds import assign_folds, gain, judge_folds
from training.institution_card import read_fold_table
from training.institution_columns import OWN_COLUMNS
from training.institution_labels import read_labels
from training.institution_names import meant_by
from training.institution_table import make_table
from training.judge import average_precision
from training.promotion import promote_run
from training.screen_institutions import screen_institutions
from training.track import LABELLED, newest_run, open_client, store_of
from training.train_institution import train_institutions

FILES = Path(__file__).parents[1] / "data" / "hpfd_like"
NOW = 1_770_000_000


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    from tests.conftest import settings_in

    return settings_in(tmp_path_factory.mktemp("institutions"))


@pytest.fixture
def connection(store, settings, tmp_path):
    files = [FILES / "beneficiaries.csv", FILES / "inpatient_claims.csv"]
    run_import(store, settings, read_mapping("hpfd"), files, tmp_path / "rejects.csv")
    with store.as_owner() as opened:
        yield opened


@pytest.fixture
def table(connection):
    return make_table(read_batch(connection), read_bulk(connection, PATIENTS))


def test_each_column_has_words_and_a_finite_value(table):
    assert np.isfinite(table.matrix).all()
    assert len({column.name for column in table.columns}) == table.matrix.shape[1]
    assert all("{value}" in column.says_zh and "{value}" in column.says_en for column in table.columns)
    assert len(table.columns) > len(OWN_COLUMNS) == table.own


def test_own_totals_are_those_of_the_claims(connection, table):
    batch = read_batch(connection)
    name = table.ids[7]
    own = batch.claims["institution_id"] == name
    values = dict(zip([column.name for column in table.columns], table.matrix[7], strict=True))
    stays = np.maximum(batch.claims["discharged_on"][own] - batch.claims["admitted_on"][own], 1)
    fund = batch.claims["fund_fen"][own]
    assert values["institution_claims"] == own.sum()
    assert values["institution_fund_fen"] == fund.sum() == table.naive[7]
    assert values["institution_fund_spread_fen"] == pytest.approx(fund.std())
    assert values["institution_stay_largest_days"] == stays.max()
    assert values["institution_patients"] == len(set(batch.claims["patient_id"][own]))


def test_a_settlement_that_was_taken_back_counts_nowhere(connection, table):
    batch = read_batch(connection)
    reversal = select(batch, np.array([0]))
    claims = {name: column.copy() for name, column in batch.claims.items()}
    claims["kind"][1], claims["reverses_claim_id"][1] = "reversal", claims["claim_id"][0]
    for column in ("total_fen", "fund_fen", "cash_fen"):
        claims[column][1] = -claims[column][0]
    claims["institution_id"][1] = claims["institution_id"][0]
    changed = make_table(replace(batch, claims=claims), read_bulk(connection, PATIENTS))
    place = changed.ids.tolist().index(str(reversal.claims["institution_id"][0]))
    count = [column.name for column in changed.columns].index("institution_claims")
    before = (batch.claims["institution_id"][2:] == changed.ids[place]).sum()
    assert changed.matrix[place, count] == before


def test_an_institution_without_claims_gets_zeros(table):
    wanted = table.rows_of(np.array(["MADEUP-none", table.ids[0]], dtype=object))
    assert wanted.has_claims.tolist() == [False, True]
    assert not wanted.matrix[0].any()
    assert (wanted.matrix[1] == table.matrix[0]).all()


def test_geography_is_beside_the_model_and_counts_areas(connection, table):
    batch, patients = read_batch(connection), read_bulk(connection, PATIENTS)
    area_of = dict(zip(patients["patient_id"].tolist(), patients["area"].tolist(), strict=True))
    areas = [[] for _ in table.ids]
    for name, patient in zip(batch.claims["institution_id"].tolist(), batch.claims["patient_id"].tolist(), strict=True):
        areas[table.ids.tolist().index(name)].append(area_of[patient])
    main = [max(sorted(set(own)), key=own.count) for own in areas]
    for row in (0, 7, len(main) - 1):
        share = areas[row].count(main[row]) / len(areas[row])
        beside = [other for other, where in enumerate(main) if where == main[row]]
        ratio = table.naive[row] / table.naive[beside].mean()
        assert table.geography[row, :4] == pytest.approx([len(set(areas[row])), share, len(beside), ratio])


def test_a_gain_is_that_of_each_fold():
    positive = np.arange(100) < 20
    folds = assign_folds(positive, np.ones(100, dtype=np.bool_), seed=1)
    worse = np.where(np.arange(100) % 4 == 0, 1.0 - positive, positive) + np.linspace(0, 0.1, 100)
    rankings = {"good": positive.astype(float), "worse": worse}
    figures = [
        one for repeat in (0, 1) for one in judge_folds(rankings, positive, folds >= 0, (folds + repeat) % 5, repeat)
    ]
    each = [
        1.0 - average_precision(positive[folds == fold], worse[folds == fold]) for _ in range(2) for fold in range(5)
    ]
    assert gain(figures, "good", "worse", "all") == pytest.approx((np.mean(each), np.std(each, ddof=1)))


def test_a_fold_table_of_another_version_is_refused(tmp_path):
    (tmp_path / "folds.csv").write_text("ranking,population,fold\nnaive,all,0\n", encoding="utf-8")
    with pytest.raises(BadBundle, match="Train and promote again"):
        read_fold_table(tmp_path / "folds.csv")


def test_every_fold_has_its_share_of_positives():
    random = np.random.default_rng(1)
    positive, has_claims = random.random(500) < 0.2, random.random(500) < 0.6
    folds = assign_folds(positive, has_claims, seed=1)
    shares = [positive[folds == fold].sum() for fold in range(5)]
    assert max(shares) - min(shares) <= 2


def test_too_few_labelled_institutions_with_claims_is_said():
    with pytest.raises(NotEnoughData, match="3 are Yes"):
        assign_folds(np.arange(100) < 3, np.ones(100, dtype=np.bool_), seed=1)


def test_an_empty_store_is_said(store, settings):
    labels = read_labels(FILES / "provider_labels.csv")
    with store.as_owner() as opened, pytest.raises(NotEnoughData, match="holds no claim"):
        train_institutions(opened, settings, labels)


def test_from_labels_to_cases(connection, settings, monkeypatch):
    with pytest.raises(NoChampion, match="yicha promote"):
        screen_institutions(connection, settings, NOW)
    labels = read_labels(FILES / "provider_labels.csv")
    trained = train_institutions(connection, settings, labels)
    assert trained.counts["with_claims"] == 120
    check_a_name_of_its_own(connection, settings, trained.run_id)
    promotion = promote_run(connection, settings, "latest", LABELLED, "first", "tester")
    assert champion(connection, settings, LABELLED) == promotion
    assert champion(connection, settings, "institution") is None
    with pytest.raises(NoChampion, match="there are champions for labelled-institution"):
        open_champion(connection, settings, "institution")
    assert promotion.bundle_fingerprint == trained.bundle_fingerprint

    inode = promotion.bundle_path.stat().st_ino
    assert promote_run(connection, settings, "latest", LABELLED, "again", "tester").run_id == promotion.run_id
    assert promotion.bundle_path.stat().st_ino == inode, "a bundle that serves was taken away for an instant"

    with monkeypatch.context() as patched:
        patched.setattr(promotion_module, "registered_version", lambda *_: "1")
        with pytest.raises(BadBundle, match="judges subject 'labelled-institution', not 'claim'"):
            promote_run(connection, settings, trained.run_id, "claim", "wrong", "tester")

    screened = screen_institutions(connection, settings, NOW, most=3)
    assert 1 <= len(screened.chosen) <= 3
    rows = connection.execute(
        "SELECT subject_kind, source, probability, reasons,"
        " (SELECT count(*) FROM evidence e WHERE e.case_id = c.case_id)"
        " FROM cases c ORDER BY probability DESC"
    ).fetchall()
    assert len(rows) == len(screened.chosen)
    for (kind, source, probability, reasons, evidence), ranked in zip(rows, screened.chosen, strict=True):
        assert (kind, source) == ("institution", "model")
        assert probability == pytest.approx(ranked.probability)
        assert evidence >= 1
        assert all(reason["zh"] and reason["en"] for reason in reasons)
    again = screen_institutions(connection, settings, NOW, most=3)
    assert again.counts.opened == 0

    check_the_run(settings, trained.run_id, promotion.bundle_path)


def check_a_name_of_its_own(connection, settings, run_id: str) -> None:
    """Both models of institutions are promoted as `institution`; the run, or the newest one, tells which it is."""
    store = store_of(connection)
    assert meant_by(connection, settings, "institution", run_id) == LABELLED
    assert meant_by(connection, settings, "institution", "latest") == LABELLED
    assert meant_by(connection, settings, "claim", run_id) == "claim"
    of_verdicts = a_finished_run(settings, "yicha-institution", store)
    assert newest_run(settings, "institution", store) == of_verdicts
    assert meant_by(connection, settings, "institution", "latest") == "institution"
    assert newest_run(settings, LABELLED, store) == run_id
    with pytest.raises(NotFound, match="'institution', but one for subject 'labelled-institution'"):
        promote_run(connection, settings, run_id, "institution", "the other one", "tester")
    with pytest.raises(NotFound, match="has no registered model"):
        promote_run(connection, settings, "0" * 32, LABELLED, "no such run", "tester")
    with pytest.raises(NotFound, match=r"learned from this store.*--labels FILE"):
        newest_run(settings, LABELLED, "the store of another fund")


def a_finished_run(settings, experiment: str, store: str) -> str:
    """A run as the training of another model leaves it, without its model."""
    client = open_client(settings)
    run = client.create_run(client.create_experiment(experiment), tags={"store": store})
    client.set_terminated(run.info.run_id)
    return run.info.run_id


def check_the_run(settings, run_id: str, bundle_path: Path) -> None:
    """The run has its files, no pickle, and the registered model scores as our own bundle does."""
    import mlflow
    import pandas as pd

    folder = Path(settings.tracking_uri.removeprefix("sqlite:///")).parent / "artifacts"
    names = {path.name for path in (folder / run_id / "artifacts").rglob("*") if path.is_file()}
    assert {"folds.csv", "out_of_fold.parquet", "model_card.md", "precision_recall.png", "calibration.png"} <= names
    assert {"shap_summary.png", "manifest.json", "model.txt", "forest.npz"} <= names
    for path in folder.rglob("*"):
        assert not path.is_file() or not holds_pickle(path), path

    bundle = load_bundle(bundle_path)
    frame = pd.DataFrame(np.eye(len(bundle.features))[:4], columns=[feature.name for feature in bundle.features])
    loaded = mlflow.pyfunc.load_model("models:/yicha-labelled-institution@champion")
    from scoring.score import score

    assert loaded.predict(frame)["probability"].to_numpy() == pytest.approx(score(bundle, frame.to_numpy()).probability)
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"


def holds_pickle(path: Path) -> bool:
    """Whether the file, or a member of it if it is an archive, is a pickle stream of any protocol."""
    import zipfile

    if path.suffix in (".pkl", ".pickle", ".joblib"):
        return True
    contents = [path.read_bytes()]
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            contents = [archive.read(name) for name in archive.namelist()]
    return any(is_pickle(content) for content in contents)


def is_pickle(content: bytes) -> bool:
    try:
        operations = [operation.name for operation, _, _ in pickletools.genops(content)]
    except Exception:  # not a stream of pickle operations
        return False
    return operations[-1:] == ["STOP"] and len(operations) > 1


def test_the_walk_for_pickles_finds_one(tmp_path):
    import pickle

    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        path = tmp_path / f"{protocol}.bin"
        path.write_bytes(pickle.dumps({"a": 1}, protocol))
        assert holds_pickle(path)
