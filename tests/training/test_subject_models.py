"""Models of patients and doctors on a small made-up city: from verdicts to a run, a promotion and a scored day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import mlflow
import numpy as np
import psycopg
import pytest

from claims.city.make import make_city
from claims.city.write import write_city
from claims.clock import start_of_day
from claims.errors import BadSetting, NotEnoughData
from claims.intake.read_mapping import read_mapping
from claims.intake.run import run_import
from claims.settings import Settings
from rules.screen.run import screen
from scoring.bundle import load_bundle
from scoring.score import score
from tests.conftest import settings_in
from tests.training.test_claim_model import PLAN, judge_like_reviewers
from training.promotion import promote_run
from training.subjects.columns import columns_of
from training.subjects.kinds import KINDS
from training.subjects.model import FOLDS, Recipe, fit_subjects, fold_boosters, fold_of_subjects, held_out
from training.subjects.plan import SubjectPlan
from training.subjects.read import Asked, read_life, read_subjects
from training.subjects.score import score_subjects
from training.subjects.train import prepare, train_subjects
from training.track import open_client

pytestmark = pytest.mark.slow

DAY = date(2025, 10, 31)
CUTOFF = start_of_day(DAY + timedelta(days=1))
NOW = CUTOFF + 90 * 86_400
A_PLAN = SubjectPlan(cutoff=CUTOFF, per_day=1, trials=2)


@pytest.fixture
def settings(tmp_path):
    return settings_in(tmp_path)


@pytest.fixture
def judged(store, settings, tmp_path):
    """An open connection to a store with a city; `judge_like_reviewers` adds its verdicts."""
    folder = tmp_path / "city"
    write_city(make_city(PLAN), folder)
    files = [path for path in sorted(folder.glob("*.csv")) if path.name != "verdicts.csv"]
    run_import(store, settings, read_mapping("national"), files, tmp_path / "rejects.csv")
    with store.as_owner() as connection:
        check_without_verdicts(connection, settings)
        judge_like_reviewers(connection, folder)
        yield connection


def check_without_verdicts(connection: psycopg.Connection, settings: Settings) -> None:
    """Training says what is missing; the forest alone ranks, keeps its word once, and opens nothing."""
    for kind in KINDS:
        with pytest.raises(NotEnoughData, match=f"no verdict.*--subject {kind}"):
            train_subjects(connection, settings, kind, A_PLAN)
    first = score_subjects(connection, settings, "doctor", DAY, NOW)
    again = score_subjects(connection, settings, "doctor", DAY, NOW)
    assert (first.is_new, again.is_new) == (True, False)
    assert first.scores.probability is None
    assert first.counts is None
    assert (np.diff(first.scores.anomaly) <= 0).all()
    assert first.scores.reasons[0][0].zh
    (kept,) = connection.execute("SELECT count(*) FROM subject_scores WHERE probability IS NULL").fetchone() or (0,)
    assert kept == len(first.scores.ids)
    with pytest.raises(BadSetting, match="not over yet"):
        score_subjects(connection, settings, "doctor", DAY, CUTOFF - 2)
    with pytest.raises(NotEnoughData, match="--at"):
        score_subjects(connection, settings, "doctor", date(2001, 1, 1), NOW)
    connection.rollback()


def test_from_verdicts_to_scores_and_cases(judged, settings, tmp_path):
    connection = judged
    trained = train_subjects(connection, settings, "patient", A_PLAN)
    figures = {ranking.name: ranking for ranking in trained.report.rankings}
    base_rate = trained.report.positives / trained.report.judged
    assert figures["model"].average_precision.value > 1.3 * base_rate
    assert {"amount alone", "isolation forest alone", "model without links"} < set(figures)
    again, _ = fit_subjects(prepare(connection, "patient", A_PLAN).learning, A_PLAN)
    connection.rollback()

    promotion = promote_run(connection, settings, trained.run_id, "patient", "first", "tester")
    connection.commit()
    bundle = load_bundle(promotion.bundle_path, promotion.bundle_fingerprint)
    assert bundle.model_text == again.booster.model_to_string()
    assert [feature.name for feature in bundle.features] == [column.name for column in columns_of("patient")]
    first = score_subjects(connection, settings, "patient", DAY, NOW, most=15)
    assert first.scores.probability is not None
    assert first.counts is not None
    assert 0 < first.counts.opened <= first.chosen <= 15 + 1
    check_scores_are_those_of_the_bundle(connection, bundle, first)
    again_scored = score_subjects(connection, settings, "patient", DAY, NOW, most=15)
    assert not again_scored.is_new
    assert again_scored.counts is not None
    assert (again_scored.counts.opened, again_scored.counts.evidence) == (0, 0)
    assert (again_scored.scores.probability == first.scores.probability).all()
    (kept,) = connection.execute("SELECT count(*) FROM subject_scores").fetchone() or (0,)
    assert kept == len(first.scores.ids)
    screen(connection, settings, tmp_path / "screened", CUTOFF - 90 * 86_400, NOW)
    beside = train_subjects(connection, settings, "patient", replace(A_PLAN, seed=2))
    values = {ranking.name: ranking.average_precision.value for ranking in beside.report.rankings}
    # The champion learned from all folds but from nothing of the test, so it ranks about as well as the new model.
    assert values["last champion"] > 1.3 * base_rate
    assert "last champion" not in figures
    check_rules_rank_only_where_they_were_asked(connection, settings, trained, beside)


def check_rules_rank_only_where_they_were_asked(connection, settings, before, screened):
    """Scores of a model are no screening; the other run follows one, whose findings are told from the amounts."""
    cards = [card_of(settings, trained.run_id) for trained in (before, screened)]
    assert "| rules alone | nothing was screened or decided | - |" in cards[0]
    assert "run yicha screen --from" in cards[0]
    assert "| rules alone | 0." in cards[1]
    assert "rules alone" not in {ranking.name for ranking in before.report.rankings}
    assert {"all", "insurance", "region", "age", "chronic"} == {each.dimension for each in before.report.groups}
    assert "| age band 45-64 |" in cards[0]
    assert open_client(settings).get_run(before.run_id).data.metrics["group_all_wrongful_stops"] < 1


def card_of(settings, run_id):
    """The model card that a run keeps."""
    open_client(settings)
    return mlflow.artifacts.load_text(f"runs:/{run_id}/model_card.md")


def check_scores_are_those_of_the_bundle(connection, bundle, scored):
    """All subjects of the day are among them, those that nobody judged as well."""
    life = read_life(connection, "patient")
    ids = scored.scores.ids
    table = read_subjects(connection, "patient", life, Asked(ids, np.full(len(ids), CUTOFF)), claims_at_once=2_000)
    assert (score(bundle, table.matrix).probability == scored.scores.probability).all()
    assert set(life.active(CUTOFF).tolist()) >= set(ids.tolist())


def test_no_subject_teaches_the_model_that_judges_it(judged):
    learning = prepare(judged, "doctor", A_PLAN).learning
    table, rows = learning.table, learning.parts.learning
    fold = fold_of_subjects(table, learning.label == 1, learning.parts, seed=1)
    assert set(fold.tolist()) == set(range(FOLDS))
    assert all(len(set(fold[table.ids == name].tolist())) == 1 for name in set(table.ids.tolist()))
    assert (table.ends[rows] < CUTOFF).all()
    # A doctor whose labels all turn round is judged as before, since its own model never saw them.
    mine = table.ids == table.ids[rows[0]]
    turned = np.where(mine & (learning.label >= 0), 1 - learning.label, learning.label)
    even, names = np.ones(len(fold)), [column.name for column in columns_of("doctor")]
    before, after = (
        held_out(
            fold_boosters(Recipe(table.matrix, label == 1, even, names, rows, fold, 1), rounds=25),
            table.matrix,
            np.arange(len(fold)),
            fold,
            25,
        )
        for label in (learning.label, turned)
    )
    assert (before[mine] == after[mine]).all()
    assert (before != after).any()


def test_rows_stay_as_they_were_when_claims_and_verdicts_arrive_later(judged):
    connection = judged
    life = read_life(connection, "institution")
    asked = Asked(life.ids, np.full(len(life.ids), CUTOFF))
    before = read_subjects(connection, "institution", life, asked).matrix
    later = "known_at >= to_timestamp(%s)"
    connection.execute(f"DELETE FROM confirmed WHERE {later}", (CUTOFF,))
    for table in ("lines", "diagnoses", "claims"):
        claims = f"SELECT claim_id FROM claims WHERE {later}"
        connection.execute(f"DELETE FROM {table} WHERE claim_id IN ({claims})", (CUTOFF,))
    after = read_subjects(connection, "institution", life, asked).matrix
    assert (before == after).all()
    connection.rollback()
