"""A claim gets the same answer at settlement as when it is screened afterwards with the same history."""

from __future__ import annotations

import itertools
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest

from audit.answers import Versions, answers_of
from audit.promotions import promote
from claims.city.make import make_city
from claims.city.plan import CityPlan
from claims.city.write import write_city
from claims.intake.read_mapping import read_mapping
from claims.intake.run import run_import
from claims.settings import Settings
from claims.store.connect import Store
from claims.tables import Array
from cli.settlement_feed import Request, read_feed
from features.batch import build
from features.catalogue import feature_set
from features.matrix import newest_build, read_matrix
from features.past_context import read_with_past
from graphs.build import build as build_graphs
from scoring.bundle import Bundle
from scoring.judge import judge
from serving.reversals import reverse
from serving.schemas import ReversalIn, SettlementIn
from serving.service import Service, open_service
from tests.conftest import settings_in
from tests.serving.whole_bundle import bundle_of

LIVE_DAYS = 6
COMPARED = ("action", "money_at_stake_yuan", "lines", "rule_hits", "probability", "anomaly", "reasons")


@pytest.fixture
def settings(store: Store, tmp_path: Path) -> Settings:
    """Of an installation that imported a small city but for its last days."""
    made = settings_in(tmp_path)
    write_city(make_city(CityPlan(500, 3, "dense", 3, date(2025, 12, 31), LIVE_DAYS)), tmp_path / "city")
    run_import(store, made, read_mapping("national"), sorted((tmp_path / "city").glob("*.csv")))
    with store.as_owner() as connection:
        build_graphs(connection)
        build(connection, made)
    return made


@pytest.fixture
def feed(settings: Settings, tmp_path: Path) -> list[Request]:
    """The last days, with wrongs put in that the city lacks: a stranger's name, a double, a wrong sex, hoarding.

    What is bought a third time is in no catalogue and does not say how long it lasts.
    """
    made = read_feed(tmp_path / "city" / "live")
    sold = [body for path, body in made if path == "/v1/settlements" and body["institution_id"].startswith("P")]
    sold[0]["lines"][0]["doctor_id"] = "D-TEST-NOBODY"
    sold[1]["till_id"] = "T-TEST-NOBODY"
    for number, again in enumerate((*sold[2:8], *sold[2:8])):
        lines = [
            {**line, "item_code": f"{line['item_code'][:6]}-NEW", "days_of_supply": None} for line in again["lines"]
        ]
        made.append(("/v1/settlements", {**again, "settlement_id": f"TWICE-{number}"}))
        paid = {"settlement_id": f"UNLISTED-{number}", "benefit_kind": "chronic", "lines": lines}
        made.append(("/v1/settlements", {**again, **paid}))
    return made


def test_a_claim_is_judged_alike_at_settlement_and_afterwards(
    store: Store, settings: Settings, feed: list[Request]
) -> None:
    with store.as_owner() as connection:
        bundle = bundle_of(*read_matrix(newest_build(connection, settings))[::4])
        promote(connection, settings, "claim", Path("made-up"), "made-up", "run", "1", "T-TEST", "for the test")
    service = open_service(settings, store, load=lambda *_: bundle)
    served = settle_all(service, feed)
    service.close()
    with store.as_owner() as connection:
        build(connection, settings)
        screened = screen(connection, settings, bundle, np.array(list(served), dtype=object))
    assert {answer["action"] for answer in served.values()} >= {"pass", "review"}
    assert {hit["code"] for answer in served.values() for hit in hits_of(answer)} >= {"YC-DUPLICATE", "YC-DOCTOR"}
    unlisted = [hit["says_en"] for name in served if name.startswith("UNLISTED") for hit in hits_of(served[name])]
    assert any("days bought again" in says and "unknown" not in says for says in unlisted), "no days were learned"
    for claim_id, answer in served.items():
        assert {name: answer[name] for name in COMPARED} == {name: screened[claim_id][name] for name in COMPARED}


def hits_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [*answer["rule_hits"], *(hit for line in answer["lines"] for hit in line["rule_hits"])]


def settle_all(service: Service, feed: list[Request]) -> dict[str, dict[str, Any]]:
    """Send the feed in requests of one, two, three, one, ... settlements; the answers by claim."""
    answers: list[dict[str, Any]] = []
    sizes = itertools.cycle((1, 2, 3))
    waiting: list[SettlementIn] = []
    size = next(sizes)
    for path, body in feed:
        if path == "/v1/settlements":
            waiting.append(SettlementIn(**body))
        if waiting and (len(waiting) == size or path != "/v1/settlements"):
            answers += service.desk.decide(waiting)
            waiting, size = [], next(sizes)
        if path != "/v1/settlements":
            reverse(service.desk, ReversalIn(**body))
    if waiting:
        answers += service.desk.decide(waiting)
    return {answer["settlement_id"]: answer for answer in answers}


def screen(
    connection: psycopg.Connection, settings: Settings, bundle: Bundle, claim_ids: Array
) -> dict[str, dict[str, Any]]:
    """The answers of the batch on the same claims, from the columns of the batch build."""
    _, built, _, settled_at, matrix = read_matrix(newest_build(connection, settings))
    row_of = {name: row for row, name in enumerate(built.tolist())}
    batch, context = read_with_past(connection, claim_ids, settled_at[[row_of[name] for name in claim_ids.tolist()]])
    rows = [row_of[name] for name in batch.claims["claim_id"].tolist()]
    judgement = judge(batch, context, matrix[rows], bundle)
    answers = answers_of(batch, judgement, {}, Versions("made-up", feature_set(), [None] * len(batch)))
    return {answer["settlement_id"]: answer for answer in answers}
