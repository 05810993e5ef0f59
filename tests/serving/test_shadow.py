"""The challenger scores what was decided and harms nothing; the service follows promotions amid requests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from audit.promotions import Model, promote, propose, roll_back, withdraw
from audit.watch_reports import keep_report
from claims.settings import Settings
from claims.store.connect import Store
from features.catalogue import FEATURES
from scoring.bundle import Bundle, save_bundle
from serving.app import create_app
from serving.service import Service, open_service
from tests.conftest import settings_in
from tests.serving.bodies import Keys, a_settlement, settle
from tests.serving.whole_bundle import bundle_of
from training.difference import report_difference

NAMES = tuple(feature.name for feature in FEATURES)


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    chance = np.random.default_rng(1)
    return replace(bundle_of(NAMES, chance.random((400, len(NAMES)))), review_anomaly=2.0)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
def service(store: Store, settings: Settings, bundle: Bundle) -> Iterator[Service]:
    """Serves `quiet`, which holds nothing."""
    serve(store, settings, saved(settings, bundle, "quiet"))
    made = open_service(settings, store, check_seconds=0)
    yield made
    made.close()


def saved(settings: Settings, bundle: Bundle, name: str) -> Model:
    """A bundle as a model; `quiet` holds no claim, `loud` holds each."""
    folder = settings.data_folder / name
    fitted = replace(bundle, review_probability=2.0 if name == "quiet" else 0.0)
    return Model("claim", folder, save_bundle(fitted, folder), f"run-{name}", "1")


def of_another(name: str) -> dict[str, object]:
    """A settlement of another person on another day, so that no rule finds anything."""
    return a_settlement(name, at="2026-01-15T11:00:00+08:00", person_number="TEST-PERSON-2")


def serve(store: Store, settings: Settings, it: Model) -> None:
    with store.as_owner() as connection:
        fields = (it.subject, it.bundle_path, it.bundle_fingerprint, it.run_id, it.version)
        promote(connection, settings, *fields, "lead", "for the test")


def shadow(store: Store, settings: Settings, it: Model) -> None:
    with store.as_owner() as connection:
        propose(connection, settings, it, "lead", "for the test")


def rows(store: Store) -> list[tuple[object, ...]]:
    with store.as_owner() as connection:
        return connection.execute(
            "SELECT claim_id, s.probability, challenger_holds, champion_holds FROM shadow_scores s"
            " JOIN decisions USING (recorded_order) ORDER BY recorded_order"
        ).fetchall()


def test_a_challenger_scores_each_settlement_and_never_acts(
    service: Service, client: TestClient, keys: Keys, store: Store, settings: Settings, bundle: Bundle
) -> None:
    shadow(store, settings, saved(settings, bundle, "loud"))
    bodies = (a_settlement("S1"), of_another("S2"), a_settlement("S1"))
    answers = [settle(client, keys, body).json() for body in bodies]
    service.shadow.drain()
    assert "review" not in {answer["action"] for answer in answers}  # the challenger would have held each
    found = rows(store)
    assert [row[0] for row in found] == ["S1", "S2"]  # a known settlement is not scored again
    assert [row[2:] for row in found] == [(True, False)] * 2
    assert [row[1] for row in found] == [pytest.approx(answer["probability"], abs=1e-6) for answer in answers[:2]]
    assert "yicha_shadow_scored_total 2.0" in client.get("/metrics").text


def test_without_a_challenger_nothing_is_scored(service: Service, client: TestClient, keys: Keys, store: Store) -> None:
    settle(client, keys, a_settlement())
    service.shadow.drain()
    assert rows(store) == []


def test_a_challenger_that_cannot_be_loaded_or_crashes_harms_no_answer(
    service: Service, client: TestClient, keys: Keys, store: Store, settings: Settings, bundle: Bundle
) -> None:
    it = saved(settings, bundle, "loud")
    (it.bundle_path / "model.txt").write_text("altered", encoding="utf-8")
    shadow(store, settings, it)
    assert settle(client, keys, a_settlement("S1")).status_code == 200
    service.shadow.drain()
    assert "yicha_shadow_failures_total 1.0" in client.get("/metrics").text
    assert settle(client, keys, a_settlement("S2")).status_code == 200  # tried once, and left alone
    service.shadow.drain()
    assert "yicha_shadow_failures_total 1.0" in client.get("/metrics").text
    assert rows(store) == []


def test_the_difference_report_fills_what_the_service_could_not_score(
    service: Service, client: TestClient, keys: Keys, store: Store, settings: Settings, bundle: Bundle
) -> None:
    shadow(store, settings, saved(settings, bundle, "loud"))
    settle(client, keys, [a_settlement("S1"), of_another("S2")])
    service.shadow.drain()
    with store.as_owner() as connection:
        live = rows(store)
        connection.execute("DELETE FROM shadow_scores")
        _, found = report_difference(connection, settings)
        connection.commit()
        assert rows(store) == live  # the values that a decision keeps are those that were scored
        assert (found.decisions, found.champion_held, found.challenger_held) == (2, 0, 2)
        assert (found.added.claims, found.added.money_fen, found.removed.claims) == (2, 4_000, 0)
        assert found.agreement == 0.0
        kept = connection.execute("SELECT kind, figures->'added'->>'claims' FROM watch_reports").fetchall()
        assert kept == [("difference", "2")]
        withdraw(connection, settings, "claim", "lead", "seen enough")


def test_promotions_and_rollbacks_amid_requests_drop_none(
    service: Service, client: TestClient, keys: Keys, store: Store, settings: Settings, bundle: Bundle
) -> None:
    loud = saved(settings, bundle, "loud")
    statuses: list[int] = []
    served: set[str] = set()

    def ask(worker: int) -> None:
        for number in range(12):
            answer = settle(client, keys, a_settlement(f"S{worker}-{number}", person_number=f"P{worker}"))
            statuses.append(answer.status_code)
            served.add(answer.json()["versions"]["model"])

    threads = [threading.Thread(target=ask, args=(worker,)) for worker in range(3)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        serve(store, settings, loud)
        with store.as_owner() as connection:
            roll_back(connection, settings, "claim", "lead", "for the test")
    for thread in threads:
        thread.join()
    assert statuses == [200] * 36
    with store.as_owner() as connection:
        assert connection.execute("SELECT count(*) FROM decisions").fetchone() == (36,)
    serve(store, settings, loud)
    assert settle(client, keys, a_settlement("last")).json()["action"] == "review"


def test_the_figures_of_the_watch_are_shown_from_the_store(client: TestClient, store: Store) -> None:
    assert "yicha_watch_within_bounds NaN" in client.get("/metrics").text
    with store.as_owner() as connection:
        keep_report(connection, "watch", "claim", "f", True, {"queue_precision": 0.25, "calibration_gap": None})
    shown = client.get("/metrics").text
    assert 'yicha_watch{figure="queue_precision"} 0.25' in shown
    assert 'yicha_watch{figure="calibration_gap"} NaN' in shown
    assert "yicha_watch_within_bounds 1.0" in shown


def test_an_application_over_this_service_ends_with_its_shadow(service: Service) -> None:
    with TestClient(create_app(service)):
        pass
    assert not any(thread.name == "shadow" and thread.is_alive() for thread in threading.enumerate())
