"""The service follows the states of rules without a restart, and rules in shadow change nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import psycopg
from fastapi.testclient import TestClient

from audit.life.asked import asked_then
from audit.life.counts import counts_by_day, spared_by_exemption
from audit.life.proposals import Proposal, approve, propose
from claims.clock import to_moment
from claims.store.connect import Store
from features.past_context import read_with_past
from rules.catalogue import RULES
from rules.conduct.supply_days import too_much_in_hand
from rules.frame import State
from rules.run import run_rules
from scoring.judge import Judgement, judge
from serving.app import create_app
from serving.service import Service
from tests.serving.bodies import Keys, hoarded, settle

CODE = too_much_in_hand.code


def decisions(connection: psycopg.Connection) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT action, rule_hits, shadow_hits, rule_set, (SELECT count(*) FROM cases)"
        " FROM decisions ORDER BY recorded_order"
    ).fetchall()


def codes(hits: list[dict[str, Any]]) -> set[str]:
    return {hit["code"] for hit in hits}


def counted(connection: psycopg.Connection) -> dict[State, int]:
    today = to_moment(int(connection.execute("SELECT extract(epoch FROM now())::bigint").fetchone()[0])).date()  # type: ignore[index]
    return {day.state: day.hits for day in counts_by_day(connection, today, today, CODE)}


def test_a_rule_in_shadow_is_counted_and_changes_nothing(client: TestClient, keys: Keys, store: Store) -> None:
    with store.as_owner() as connection:
        propose(connection, CODE, State.SHADOW, "S1", "too many findings")
    answers = settle(client, keys, hoarded()).json()
    assert {answer["action"] for answer in answers} == {"pass"}
    assert all(not answer["reasons"] and answer["case_id"] is None for answer in answers)
    assert {answer["money_at_stake_yuan"] for answer in answers} == {"0.00"}
    assert CODE not in str(answers)
    with store.as_owner() as connection:
        *_, last = decisions(connection)
        assert (codes(last[1]), codes(last[2]), last[4]) == (set(), {CODE}, 0)
        assert {hit["line_number"] for hit in last[2]} == {1}
        assert list(counted(connection)) == [State.SHADOW]


def test_the_service_follows_and_an_old_decision_is_replayed_with_its_own_rules(
    client: TestClient, keys: Keys, store: Store, service: Service
) -> None:
    first = settle(client, keys, hoarded(5)).json()[-1]
    assert CODE in str(first)
    with store.as_owner() as connection:
        propose(connection, CODE, State.RETIRED, "S1", "wrong table")
    silent = settle(client, keys, hoarded(6)[5]).json()
    assert CODE not in str(silent)
    with store.as_owner() as connection:
        made = propose(connection, CODE, State.ACTIVE, "S1", "corrected")
        assert isinstance(made, Proposal)
        approve(connection, made.proposal_id, "S2")
    assert CODE in str(settle(client, keys, hoarded(7)[6]).json())
    with store.as_owner() as connection:
        old, without, again = (rows[3] for rows in decisions(connection)[4:7])
        assert (old, without) == (first["versions"]["rules"], silent["versions"]["rules"])
        assert old == again != without
        assert CODE in {rule.code for rule in asked_then(connection, old).asked.active}
        assert CODE not in {rule.code for rule in asked_then(connection, without).asked.active}
        assert counted(connection)[State.ACTIVE] >= 2
        for place, claim_id in ((4, "S5"), (5, "S6")):
            _, hits, _, rule_set, _ = decisions(connection)[place]
            assert replayed(connection, claim_id, rule_set) == codes(hits)


def replayed(connection: psycopg.Connection, claim_id: str, rule_set: str) -> set[str]:
    """The codes that the rules of an old decision find in its claim today."""
    row = connection.execute(
        "SELECT extract(epoch FROM settled_at)::bigint FROM claims WHERE claim_id = %s", [claim_id]
    )
    batch, context = read_with_past(connection, np.array([claim_id], dtype=object), np.array(row.fetchone()))
    return {hit.code for hit in run_rules(batch, context, asked_then(connection, rule_set).asked.active).hits}


def test_a_crash_in_shadow_is_reported_and_sends_nobody_to_a_person(service: Service, keys: Keys, store: Store) -> None:
    def broken(*_: object) -> Any:
        raise ZeroDivisionError

    shadow = [replace(RULES[0], code="YC-TRIAL", check=broken)]

    def judge_with_a_crash(*what: Any, **_: Any) -> Judgement:
        return judge(*what, shadow=shadow)

    steps = replace(service.desk.steps, judge=judge_with_a_crash)
    with TestClient(create_app(replace(service, desk=replace(service.desk, steps=steps)))) as client:
        answer = settle(client, keys, hoarded(1)[0]).json()
        assert (answer["action"], answer["reasons"]) == ("pass", [])
        assert 'yicha_rule_crashes_total{rule="YC-TRIAL"} 1.0' in client.get("/metrics").text
    with store.as_owner() as connection:
        row = connection.execute("SELECT rule_code, state, crashes, hits FROM rule_counts").fetchall()
    assert row == [("YC-TRIAL", "shadow", 1, 0)]


def test_what_exemptions_spared_is_counted(client: TestClient, keys: Keys, store: Store) -> None:
    bodies = hoarded(4)
    for body in bodies:
        body["person"] = {"long_prescription_from": "2026-01-01", "long_prescription_until": "2026-06-30"}
        body["lines"][0]["days_of_supply"] = 80
    settle(client, keys, bodies[0])
    with store.as_owner() as connection:
        spared = spared_by_exemption(connection, to_moment(0).date(), to_moment(4_000_000_000).date())
    assert spared == {("GZ10000101009000", "long_prescription"): 1}
