"""A month's retraining on a small made-up city: stopped, killed, gone on with, answered once, refused, undone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import psycopg
import pytest

from audit.promotions import champion, promote
from claims.city.make import make_city
from claims.city.plan import CityPlan
from claims.city.write import write_city
from claims.errors import BadBundle, BadSetting, Conflict, NotEnoughData, NotFound, Refused
from claims.intake.read_mapping import read_mapping
from claims.intake.run import run_import
from claims.settings import Settings
from claims.store.connect import Store
from features.batch import build
from features.matrix import newest_build, read_matrix
from scoring.bundle import save_bundle
from tests.conftest import settings_in
from tests.serving.whole_bundle import bundle_of
from tests.training.test_claim_model import judge_like_reviewers
from training.promotion import promote_run, propose_run, roll_back
from training.retrain import run as retraining
from training.retrain.run import Asked, retrain_claims
from training.retrain.state import Retraining
from training.screen_claims import screen_claims
from training.track import open_client
from training.watch.page import write_page
from training.watch.run import watch_claims

pytestmark = pytest.mark.slow

PLAN = CityPlan(insured=1_500, months=10)
END = 1_767_196_800  # 2026-01-01 00:00 at UTC+8
DAY = 86_400

DIES_ONCE_REGISTERED = """
import os, signal
from training import track

register = track._register

def registered_and_dead(*arguments):
    register(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)

track._register = registered_and_dead
from cli.main import main
import sys
sys.argv = ["yicha", "retrain", "--per-day", "5", "--by", "cron"]
main()
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
def city(store: Store, settings: Settings, tmp_path: Path) -> Path:
    """A folder of national files, imported without its verdicts, with a champion that knows nothing."""
    folder = tmp_path / "city"
    write_city(make_city(PLAN), folder)
    files = [path for path in sorted(folder.glob("*.csv")) if path.name != "verdicts.csv"]
    run_import(store, settings, read_mapping("national"), files, tmp_path / "rejects.csv")
    with store.as_owner() as connection:
        build(connection, settings)
        names, _, _, _, matrix = read_matrix(newest_build(connection, settings))
        weak = replace(bundle_of(names, -matrix), review_probability=0.9)
        path = settings.data_folder / "bundles" / "weak"
        promote(connection, settings, "claim", path, save_bundle(weak, path), "run-weak", "900", "lead", "first")
    return folder


def retrain(store: Store, settings: Settings, **asked: object) -> Retraining:
    with store.as_owner() as connection:
        return retrain_claims(connection, settings, replace(Asked("cron", per_day=5), **asked))  # type: ignore[arg-type]


def test_a_month_is_retrained_once_whatever_happens(
    store: Store, settings: Settings, city: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    what_stops_it(store, settings, city)
    killed_and_gone_on_with(store, settings, monkeypatch)
    the_same_answer_at_once(store, settings, monkeypatch)
    refused_the_second_time(store, settings)
    what_serves_is_watched(store, settings)
    two_persons_and_the_way_back(store, settings)


def what_stops_it(store: Store, settings: Settings, city: Path) -> None:
    """Each is one sentence, tried again by the next call, and leaves nothing in MLflow."""
    stopped = retrain(store, settings)
    assert (stopped.outcome, stopped.step) == ("stopped", "begun")
    assert "holds no verdict" in str(stopped.reason)
    with store.as_owner() as connection:
        judge_like_reviewers(connection, city)
        connection.execute("CREATE TABLE as_judged AS SELECT * FROM verdicts")
        connection.execute("UPDATE verdicts SET finding = 'in_order', amount_fen = 0")
        one_class = retrain_in(connection, settings)
        assert one_class.attempt == 2
        assert "0 judged violating" in str(one_class.reason)
        connection.execute(
            "UPDATE verdicts v SET finding = j.finding, amount_fen = j.amount_fen FROM as_judged j"
            " WHERE j.verdict_id = v.verdict_id"
        )
        connection.execute(
            "UPDATE verdicts SET known_at = now() + '9 days'::interval"
            " WHERE verdict_id = (SELECT min(verdict_id) FROM verdicts)"
        )
        assert "1 verdicts lie in the future" in str(retrain_in(connection, settings).reason)
        connection.execute(
            "UPDATE verdicts v SET known_at = j.known_at FROM as_judged j WHERE j.verdict_id = v.verdict_id"
        )
    away = replace(settings, tracking_uri="http://127.0.0.1:9")
    with pytest.raises(BadSetting, match="MLFLOW_TRACKING_URI"):
        retrain(store, away)
    path = settings.data_folder / "bundles" / "weak" / "model.txt"
    text = path.read_bytes()
    path.write_bytes(text + b" ")
    with pytest.raises(BadBundle, match="altered"):
        retrain(store, settings)
    path.write_bytes(text)
    assert open_client(settings).search_model_versions("name = 'yicha'") == []


def retrain_in(connection: psycopg.Connection, settings: Settings) -> Retraining:
    connection.commit()
    return retrain_claims(connection, settings, Asked("cron", per_day=5))


def killed_and_gone_on_with(store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed while it registers, and again before it compares: one model comes of it."""
    environment = {
        **os.environ,
        "YICHA_DATA": str(settings.data_folder),
        "YICHA_DATABASE_URL": store.owner_url,
        "YICHA_SERVICE_DATABASE_URL": store.service_url,
        "MLFLOW_TRACKING_URI": settings.tracking_uri,
    }
    killed = subprocess.run(
        [sys.executable, "-c", DIES_ONCE_REGISTERED], env=environment, capture_output=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(open_client(settings).search_model_versions("name = 'yicha'")) == 1

    def killed_here(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(retraining, "install", killed_here)
        with pytest.raises(KeyboardInterrupt):
            retrain(store, settings)
    with monkeypatch.context() as patch:
        patch.setattr(retraining, "train_claims", killed_here)  # it need not train again
        done = retrain(store, settings)
    assert done.outcome == "promoted", done.reason
    assert "clearly better than champion" in str(done.reason)
    (version,) = open_client(settings).search_model_versions("name = 'yicha'")
    assert version.run_id == done.run_id == aliased(settings, "champion")
    run = open_client(settings).get_run(str(done.run_id))
    assert run.data.metrics["than_champion_precision"] > 0
    with store.as_owner() as connection:
        serving = champion(connection, settings)
    assert serving is not None
    assert (serving.run_id, serving.promoted_by, serving.why) == (done.run_id, "cron", done.reason)


def the_same_answer_at_once(store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(retraining, "read_claim_table", lambda *_: pytest.fail("nothing is to be read"))
        again = retrain(store, settings)
    assert (again.outcome, again.attempt, again.step) == ("promoted", 4, "decided")
    with store.as_owner() as holder:
        holder.execute("SELECT pg_advisory_lock(hashtext('yicha retrain'))")
        with pytest.raises(Conflict, match="Another retraining runs"):
            retrain(store, settings)
    with pytest.raises(BadSetting, match="is not over"):
        retrain(store, settings, month=date(2031, 1, 1))


def refused_the_second_time(store: Store, settings: Settings) -> None:
    """The same data give the same model, which is refused; it is promoted only against the refusal."""
    refused = retrain(store, settings, again=True)
    assert (refused.outcome, refused.attempt) == ("refused", 5)
    assert "same data, same model" in str(refused.reason)
    with store.as_owner() as connection, pytest.raises(Refused, match="--despite-refusal"):
        promote_run(connection, settings, str(refused.run_id), "claim", "I like it", "lead")


def what_serves_is_watched(store: Store, settings: Settings) -> None:
    with store.as_owner() as connection:
        with pytest.raises(NotEnoughData, match="at least 200"):
            watch_claims(connection, settings)
        screen_claims(connection, settings, END - 40 * DAY, END)
        watched = watch_claims(connection, settings)
        connection.commit()
        (kept,) = connection.execute("SELECT figures FROM watch_reports").fetchone() or (None,)
    assert kept == watched.figures
    assert watched.figures["calibration_judged"] > 0
    assert 0 < watched.figures["queue_precision"] < 1
    assert watched.figures["random_draws_needed"] > watched.figures["random_draws"]
    page = write_page(watched, settings.data_folder / "watch.html").read_text(encoding="utf-8")
    assert "模型监测" in page
    assert "<svg" in page
    assert "http" not in page
    assert "<script" not in page


def two_persons_and_the_way_back(store: Store, settings: Settings) -> None:
    from audit.keys import make_key

    with store.as_owner() as connection:
        serving = champion(connection, settings)
        assert serving is not None
        undone = roll_back(connection, settings, "claim", "too many stops", "lead")
        assert (undone.promotion.version, undone.alias_followed) == ("900", False)  # MLflow never knew that one
        for name in ("S1", "S2"):
            make_key(connection, name, "supervisor")
        propose_run(connection, settings, serving.run_id, "claim", "look again", "S1", needs_second=True)
        for person, says in (("lead", "holds a key of a supervisor"), ("S1", "cannot promote it")):
            with pytest.raises(Refused, match=says):
                promote_run(connection, settings, "latest", "claim", "fine", person)
        made = promote_run(connection, settings, "latest", "claim", "fine", "S2")
        assert made.run_id == serving.run_id
        with pytest.raises(NotFound, match="No challenger stands"):
            retraining.promotions.withdraw(connection, settings, "claim", "S1", "gone")
    assert (aliased(settings, "champion"), aliased(settings, "challenger")) == (serving.run_id, None)


def aliased(settings: Settings, alias: str) -> str | None:
    """The run of the version that an alias points at."""
    aliases = open_client(settings).get_registered_model("yicha").aliases
    return str(open_client(settings).get_model_version("yicha", aliases[alias]).run_id) if alias in aliases else None
