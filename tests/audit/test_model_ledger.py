"""What became of models: proposals, refusals, promotions and the way back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import psycopg
import pytest

from audit.promotions import (
    Model,
    challenger,
    champion,
    history,
    promote,
    propose,
    refuse,
    roll_back,
    serving_chain,
    withdraw,
)
from audit.shadow import forget_shadows, record_shadow
from claims.errors import NotFound
from claims.store.connect import Store
from tests.conftest import settings_in

SETTINGS = settings_in(Path("/no-such-folder"))


def model(name: str) -> Model:
    return Model("claim", Path(f"/bundles/{name}"), f"f-{name}", f"run-{name}", "1")


def serve(connection: psycopg.Connection, name: str) -> None:
    it = model(name)
    promote(connection, SETTINGS, "claim", it.bundle_path, it.bundle_fingerprint, it.run_id, "1", "lead", "better")


def serving(connection: psycopg.Connection) -> str:
    found = champion(connection, SETTINGS)
    assert found is not None
    return found.bundle_fingerprint


def test_a_rollback_goes_back_and_a_second_one_further(store: Store) -> None:
    with store.as_owner() as connection:
        for name in ("a", "b", "c"):
            serve(connection, name)
        roll_back(connection, SETTINGS, "claim", "lead", "too many stops")
        assert serving(connection) == "f-b"
        roll_back(connection, SETTINGS, "claim", "lead", "still too many")
        assert serving(connection) == "f-a"
        with pytest.raises(NotFound, match="No champion stood before"):
            roll_back(connection, SETTINGS, "claim", "lead", "again")
        serve(connection, "d")
        assert [row.bundle_fingerprint for row in serving_chain(connection, SETTINGS, 5)] == ["f-d", "f-a"]
        told = [(row.what, row.bundle_fingerprint) for row in history(connection, SETTINGS, "claim")]
    assert told == [
        ("promoted", "f-d"),
        ("rolled_back", "f-a"),
        ("rolled_back", "f-b"),
        ("promoted", "f-c"),
        ("promoted", "f-b"),
        ("promoted", "f-a"),
    ]


def test_a_challenger_stands_until_it_is_replaced_or_withdrawn_and_never_serves(store: Store) -> None:
    with store.as_owner() as connection:
        serve(connection, "a")
        propose(connection, SETTINGS, model("b"), "lead", "new columns")
        propose(connection, SETTINGS, model("c"), "lead", "newer columns")
        refuse(connection, SETTINGS, model("d"), "cron", "not better")
        standing = challenger(connection, SETTINGS)
        assert standing is not None
        assert standing.bundle_fingerprint == "f-c"
        assert serving(connection) == "f-a"
        withdraw(connection, SETTINGS, "claim", "lead", "finds nothing")
        assert challenger(connection, SETTINGS) is None
        with pytest.raises(NotFound, match="No challenger stands"):
            withdraw(connection, SETTINGS, "claim", "lead", "twice")
        assert serving(connection) == "f-a"


def test_what_ended_challengers_said_is_forgotten_after_a_time(store: Store) -> None:
    with store.as_owner() as connection:
        for name in ("old", "standing"):
            propose(connection, SETTINGS, model(name), "lead", "try")
            columns = [np.array([1]), np.array([0.5]), np.array([0.5]), np.array([True]), np.array([False])]
            record_shadow(connection, f"f-{name}", *columns)
        assert forget_shadows(connection, 180) == 0
        connection.execute("UPDATE shadow_scores SET scored_at = now() - '200 days'::interval")
        assert forget_shadows(connection, 180) == 1
        assert connection.execute("SELECT bundle_fingerprint FROM shadow_scores").fetchall() == [("f-standing",)]


def test_the_service_cannot_write_the_ledger_of_models_nor_change_what_it_shadowed(store: Store) -> None:
    with store.as_owner() as connection:
        serve(connection, "a")
    for statement in (
        "UPDATE promotions SET why = 'other'",
        "INSERT INTO retrainings (subject, month, attempt, step, asked_by) VALUES ('claim', now(), 1, 'begun', 'x')",
        "DELETE FROM watch_reports",
        "UPDATE shadow_scores SET probability = 0",
    ):
        with store.as_service() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)  # type: ignore[arg-type]
