"""The claim model on a small made-up city: from verdicts to a run, a promotion, and a screened month."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from audit.promotions import champion
from claims.city.make import make_city
from claims.city.plan import CityPlan
from claims.city.write import write_city
from claims.clock import DAY
from claims.errors import NoChampion, NotBuilt, NotEnoughData
from claims.intake.read_mapping import read_mapping
from claims.intake.run import run_import
from claims.store.columns import append
from claims.tables import VERDICTS
from features.batch import build
from features.catalogue import FEATURES
from scoring.rule_columns import RULE_COLUMNS
from tests.conftest import settings_in
from tests.training.verdict_rows import a_verdict, verdicts
from training.claim_model import ClaimPlan
from training.promotion import promote_run
from training.screen_claims import screen_claims
from training.train_claim import train_claims

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
        with pytest.raises(NotEnoughData, match="holds no verdict"):
            train_claims(connection, settings, ClaimPlan(cutoff=CUTOFF))
        judge_like_reviewers(connection, city)
        with pytest.raises(NotEnoughData, match="Choose another --cutoff"):
            train_claims(connection, settings, ClaimPlan(cutoff=END - 300 * DAY))

        trained = train_claims(connection, settings, ClaimPlan(cutoff=CUTOFF, per_day=5, trials=2))
        figures = {ranking.name: ranking for ranking in trained.report.rankings}
        others = ["rules alone", "amount alone", "isolation forest alone"]
        assert list(figures) == ["model", "model times amount", "model without links", *others]
        base_rate = trained.report.positives / trained.report.judged
        assert figures["model"].average_precision.value > 1.5 * base_rate
        again = train_claims(connection, settings, ClaimPlan(cutoff=CUTOFF, per_day=5, trials=2))
        assert again.bundle_fingerprint == trained.bundle_fingerprint
        assert again.report == trained.report

        begin, end = END - 5 * DAY, END
        with pytest.raises(NoChampion, match="yicha promote"):
            screen_claims(connection, settings, begin, end)
        connection.rollback()
        promote_run(connection, settings, trained.run_id, "claim", "first", "tester")
        connection.commit()
        third = train_claims(connection, settings, ClaimPlan(cutoff=CUTOFF, per_day=5, trials=1))
        beside = {ranking.name: ranking for ranking in third.report.rankings}
        assert beside["last champion"].average_precision == figures["model"].average_precision
        check_screening(connection, settings, begin, end)
        check_figures_of_the_run(settings, trained.run_id)


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
    import mlflow
    import pandas as pd

    run = mlflow.get_run(run_id)
    assert run.data.metrics["model_ap_low"] <= run.data.metrics["model_ap"] <= run.data.metrics["model_ap_high"]
    assert len(run.data.params["data_fingerprint"]) == 64
    names = [feature.name for feature in (*FEATURES, *RULE_COLUMNS)]
    frame, loaded = (
        pd.DataFrame(np.zeros((2, len(names))), columns=names),
        mlflow.pyfunc.load_model("models:/yicha@champion"),
    )
    assert len(loaded.predict(frame)) == 2
    with pytest.raises(Exception, match="lacks 4 of 266 columns, such as 'claim_rules_definite_count'"):
        loaded.predict(frame[names[:-4]])
