"""The claim model on a small made-up city: from verdicts to a run, a promotion, and a screened month."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import mlflow
import numpy as np
import psycopg
import pyarrow.parquet as pq
import pytest
from mlflow.exceptions import MlflowException
from psycopg.types.json import Jsonb

from audit.promotions import champion
from claims.city.make import make_city
from claims.city.plan import CityPlan
from claims.city.write import write_city
from claims.clock import DAY
from claims.errors import BadBundle, BadSetting, NoChampion, NotBuilt, NotEnoughData, NoVerdicts
from claims.intake.read_mapping import read_mapping
from claims.intake.run import run_import
from claims.settings import Settings
from claims.store.columns import append
from claims.tables import VERDICTS
from features.batch import build
from features.catalogue import FEATURES, feature_set
from features.matrix import newest_build
from scoring.rule_columns import RULE_COLUMNS
from tests.conftest import settings_in
from tests.training.verdict_rows import a_verdict, verdicts
from training.claim_model import ClaimPlan
from training.code_version import code_version
from training.promotion import promote_run
from training.screen_claims import screen_claims
from training.track import open_client
from training.train_claim import train_claims
from training.train_forest import train_forest
from training.watch.run import watch_claims

pytestmark = pytest.mark.slow

PLAN = CityPlan(insured=1_500, months=10)
END = 1_767_196_800  # 2026-01-01 00:00 at UTC+8
CUTOFF = END - 61 * DAY


@pytest.fixture
def settings(tmp_path):
    return settings_in(tmp_path)


@pytest.fixture
def city(store, settings, tmp_path) -> Path:
    """A folder of national files, imported without its verdicts."""
    folder = tmp_path / "city"
    write_city(make_city(PLAN), folder)
    files = [path for path in sorted(folder.glob("*.csv")) if path.name != "verdicts.csv"]
    run_import(store, settings, read_mapping("national"), files, tmp_path / "rejects.csv")
    return folder


def judge_like_reviewers(connection, city: Path) -> None:
    """Verdicts on a random sample and on some led-to claims, 20 days after the settlement, from the city's truth."""
    with (city / "truth" / "truth.csv").open(encoding="utf-8") as lines:
        wrong = {row["setl_id"] for row in csv.DictReader(lines)}
    random = np.random.default_rng(1)
    rows = []
    claims = connection.execute(
        "SELECT claim_id, extract(epoch FROM settled_at)::bigint FROM claims WHERE kind = 'settlement' ORDER BY 1"
    ).fetchall()
    for number, (claim, settled) in enumerate(claims):
        is_wrong = claim in wrong
        if random.random() < (0.5 if is_wrong else 0.05):
            drawn = {"drawn_by": "random", "draw_probability_e4": 500} if random.random() < 0.5 else {"drawn_by": "tip"}
            finding = "violating" if is_wrong else "in_order"
            known = {"known_at": settled + 20 * DAY, "decided_at": settled + 20 * DAY}
            rows.append(a_verdict(number, claim, finding, 0, amount_fen=1_000 * is_wrong, **drawn, **known))
    append(connection, VERDICTS, verdicts(*rows))
    connection.commit()


def test_from_verdicts_to_decisions_and_cases(store, settings, city):
    with store.as_owner() as connection:
        with pytest.raises(NotBuilt, match="yicha features build"):
            train_claims(connection, settings, ClaimPlan(cutoff=CUTOFF))
        build(connection, settings)
        with pytest.raises(NoVerdicts, match="holds no verdict"):
            train_claims(connection, settings, ClaimPlan(cutoff=CUTOFF))
        judge_like_reviewers(connection, city)
        what_stops_it(connection, settings)

        trained = train_claims(connection, settings, ClaimPlan(cutoff=CUTOFF, per_day=5, trials=2))
        figures = {ranking.name: ranking for ranking in trained.report.rankings}
        others = ["rules alone", "amount alone", "isolation forest alone"]
        assert list(figures) == ["model", "model by money", "model without links", *others]
        base_rate = trained.report.positives / trained.report.judged
        assert figures["model"].average_precision.value > 1.5 * base_rate
        again = train_claims(connection, settings, ClaimPlan(cutoff=CUTOFF, per_day=5, trials=2))
        assert again.bundle_fingerprint == trained.bundle_fingerprint
        assert again.report == trained.report
        assert len(versions(settings)) == 2
        nothing_half_registered(connection, settings)

        begin, end = END - 5 * DAY, END
        with pytest.raises(NoChampion, match="yicha promote"):
            screen_claims(connection, settings, begin, end)
        connection.rollback()
        promote_run(connection, settings, trained.run_id, "claim", "first", "tester")
        connection.commit()
        an_altered_champion(connection, settings)
        third = train_claims(connection, settings, ClaimPlan(cutoff=CUTOFF, per_day=5, trials=1))
        beside = {ranking.name: ranking for ranking in third.report.rankings}
        assert beside["last champion"].average_precision == figures["model"].average_precision
        check_screening(connection, settings, begin, end)
        check_figures_of_the_run(settings, trained.run_id)
        before_the_first_verdict(connection, settings)


def versions(settings: Settings) -> list[str]:
    return [found.version for found in open_client(settings).search_model_versions("name = 'yicha'")]


def what_stops_it(connection: psycopg.Connection, settings: Settings) -> None:
    """Each is one sentence that says what to do, and leaves nothing in MLflow."""
    with pytest.raises(NotEnoughData, match="Choose another --cutoff"):
        train_claims(connection, settings, ClaimPlan(cutoff=END - 300 * DAY))
    for spoilt, says in (
        ("finding = 'in_order', amount_fen = 0", "0 claims judged violating .* wait for more verdicts"),
        ("known_at = now() + '9 days'::interval", "verdicts lie in the future.*correct the clock of their source"),
        ("known_at = now() - '9 years'::interval", "before their claim.*import mapping"),
    ):
        connection.execute("SAVEPOINT as_judged")
        connection.execute(f"UPDATE verdicts SET {spoilt}")
        with pytest.raises(NotEnoughData, match=says):
            train_claims(connection, settings, ClaimPlan(cutoff=CUTOFF))
        connection.execute("ROLLBACK TO as_judged")
    connection.execute(
        "INSERT INTO verdicts SELECT (jsonb_populate_record(v, jsonb_build_object('verdict_id', 'again ' || verdict_id,"
        " 'finding', CASE finding WHEN 'violating' THEN 'in_order' ELSE 'violating' END))).* FROM verdicts v"
    )
    with pytest.raises(NotEnoughData, match=r"places have two findings.*by an appeal"):
        train_claims(connection, settings, ClaimPlan(cutoff=CUTOFF))
    connection.rollback()
    with pytest.raises(BadSetting, match="MLFLOW_TRACKING_URI"):
        train_claims(connection, replace(settings, tracking_uri="http://127.0.0.1:9"), ClaimPlan(cutoff=CUTOFF))
    a_column_is_missing(connection, settings)
    assert versions(settings) == []


def a_column_is_missing(connection: psycopg.Connection, settings: Settings) -> None:
    (part,) = newest_build(connection, settings).glob("part-*.parquet")
    whole = pq.read_table(part)
    pq.write_table(whole.drop_columns(["claim_amount"]), part)
    with pytest.raises(NotBuilt, match=r"lacks 1 of \d+ columns.*claim_amount.*yicha features build"):
        train_claims(connection, settings, ClaimPlan(cutoff=CUTOFF))
    pq.write_table(whole, part)


def nothing_half_registered(connection: psycopg.Connection, settings: Settings) -> None:
    """MLflow goes away while the run is written: the run has failed, and no version came of it."""
    before = versions(settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mlflow, "log_artifacts", lambda *_, **__: (_ for _ in ()).throw(MlflowException("gone")))
        with pytest.raises(BadSetting, match=r"Nothing was registered.*run the command again"):
            train_claims(connection, settings, ClaimPlan(cutoff=CUTOFF, per_day=5, trials=1))
    assert versions(settings) == before
    (newest,) = open_client(settings).search_runs(["1"], max_results=1)
    assert newest.info.status == "FAILED"


def an_altered_champion(connection: psycopg.Connection, settings: Settings) -> None:
    model = champion(connection, settings, "claim").bundle_path / "model.txt"
    text = model.read_bytes()
    model.write_bytes(text + b" ")
    with pytest.raises(BadBundle, match=r"altered after training.*promote the run again"):
        train_claims(connection, settings, ClaimPlan(cutoff=CUTOFF, per_day=5, trials=1))
    model.write_bytes(text)


def before_the_first_verdict(connection: psycopg.Connection, settings: Settings) -> None:
    """A forest alone can be promoted; it serves beside the rules, and each answer says so."""
    with pytest.raises(NotEnoughData, match="too few for an isolation forest"):
        train_forest(connection, settings, ClaimPlan(cutoff=END - 600 * DAY))
    made = train_forest(connection, settings, ClaimPlan(cutoff=END, per_day=20))
    promote_run(connection, settings, made.run_id, "claim", "no verdict yet", "tester")
    connection.commit()
    screened = screen_claims(connection, settings, END - 25 * DAY, END - 5 * DAY)
    rows = connection.execute(
        "SELECT probability, anomaly, answer->>'decided_by', answer->>'probability', answer->'reasons' @> %s"
        " FROM decisions WHERE bundle_fingerprint = %s",
        (Jsonb([{"kind": "feature"}]), champion(connection, settings, "claim").bundle_fingerprint),
    ).fetchall()
    assert len(rows) == screened.decided > 0
    assert {(row[0], row[2], row[3]) for row in rows} == {(None, "rules and isolation forest", None)}
    assert all(0 <= row[1] <= 1 for row in rows)
    assert (
        watch_claims(connection, settings).figures["calibration_judged"] == 0
    )  # no probability, nothing to hold it to
    odd = sum(row[4] for row in rows)
    assert 0 < odd < 0.2 * len(rows)  # two a day at most are sent for being odd
    trained = train_claims(connection, settings, ClaimPlan(cutoff=CUTOFF, per_day=5, trials=1))
    assert "last champion" not in {ranking.name for ranking in trained.report.rankings}


def check_screening(connection, settings, begin: int, end: int) -> None:
    """Each settlement of the period gets one decision with its feature values; a second time changes nothing."""
    bounds = (begin, end)
    in_period = "settled_at >= to_timestamp(%s) AND settled_at < to_timestamp(%s) AND kind = 'settlement'"
    (settled,) = connection.execute(f"SELECT count(*) FROM claims WHERE {in_period}", bounds).fetchone()
    connection.execute(
        "INSERT INTO snapshots SELECT 'night-' || d, to_timestamp(%(day)s * d), to_timestamp(%(day)s * d + 3600), 'f'"
        " FROM unnest(ARRAY[%(first)s - 40, %(first)s + 1, %(first)s + 3, %(first)s + 90]) d",
        {"day": DAY, "first": begin // DAY},
    )
    connection.commit()
    screened = screen_claims(connection, settings, begin, end)
    assert (screened.decided, screened.skipped) == (settled, 0)
    assert sum(screened.actions.values()) == settled
    assert screened.actions["refuse"] == 0  # what is paid cannot be refused
    rows = connection.execute(
        "SELECT is_batch, probability, length(features), bundle_fingerprint FROM decisions"
    ).fetchall()
    assert len(rows) == settled
    expected = champion(connection, settings, "claim").bundle_fingerprint
    assert all(is_batch and 0 < p < 1 and size == 8 * len(FEATURES) and f == expected for is_batch, p, size, f in rows)
    (cases,) = connection.execute("SELECT count(*) FROM cases").fetchone()
    assert cases == screened.opened > 0
    check_snapshots(connection)
    again = screen_claims(connection, settings, begin, end)
    assert (again.decided, again.skipped, again.opened) == (0, settled, 0)
    with pytest.raises(NotEnoughData, match="No settlement lies in this period"):
        screen_claims(connection, settings, end + DAY, end + 2 * DAY)


def check_snapshots(connection) -> None:
    """Each decision names the newest snapshot that was available when its claim was known, never a later one."""
    names = connection.execute(
        "SELECT DISTINCT d.snapshot_id, d.answer->'versions'->>'snapshot', (SELECT s.snapshot_id FROM snapshots s"
        " WHERE s.available_at <= c.known_at ORDER BY s.available_at DESC LIMIT 1)"
        " FROM decisions d JOIN claims c USING (claim_id)"
    ).fetchall()
    assert len(names) >= 3
    assert all(kept == answered == expected for kept, answered, expected in names)


def check_figures_of_the_run(settings, run_id: str) -> None:
    """The run keeps its figures, and the registered model loads without our help."""
    import pandas as pd

    run = mlflow.get_run(run_id)
    assert run.data.metrics["model_ap_low"] <= run.data.metrics["model_ap"] <= run.data.metrics["model_ap_high"]
    assert len(run.data.params["data_fingerprint"]) == 64
    assert run.data.params["feature_set"] == feature_set()
    assert run.data.tags["code_version"] == code_version()
    assert run.data.metrics["bootstrap_units"] > run.data.metrics["bootstrap_rings"] == 0
    assert 0 < run.data.metrics["group_all_wrongful_stops"] < 1
    files = {each.path for each in open_client(settings).list_artifacts(run_id)}
    plots = {f"{name}.png" for name in ("precision_recall", "money_curve", "calibration", "shap_summary")}
    assert files >= {"bundle", "model_card.md", *plots}
    card = mlflow.artifacts.load_text(f"runs:/{run_id}/model_card.md")
    assert "| all |" in card
    for dimension in ("insurance kind", "level of institution", "region", "age band", "chronic"):
        assert f"| {dimension} " in card
    names = [feature.name for feature in (*FEATURES, *RULE_COLUMNS)]
    frame, loaded = (
        pd.DataFrame(np.zeros((2, len(names))), columns=names),
        mlflow.pyfunc.load_model("models:/yicha@champion"),
    )
    assert len(loaded.predict(frame)) == 2
    with pytest.raises(Exception, match="lacks 4 of 266 columns, such as 'claim_rules_definite_count'"):
        loaded.predict(frame[names[:-4]])
