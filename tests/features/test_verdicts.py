"""Verdicts in the store: who they are about, when they begin and end, and that service and build read the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import psycopg
from hypothesis import given

from claims.clock import DAY, HOUR, to_moment
from claims.store.connect import Store
from claims.tables import Array
from features.catalogue import FEATURES
from features.compute import compute
from features.declare import Confirmed
from features.verdicts import ask_confirmed, confirmed_of, cutoff
from tests.features.made import Made, batch_of
from tests.features.oracle import Oracle, assert_equals_sql
from tests.features.reference import context_of
from tests.features.served import assert_equal, built, prepare, settle
from tests.features.streams import each_stream, random_stream, streams

_ABOUT = tuple(feature for feature in FEATURES if isinstance(feature.how, Confirmed))


def judge(
    connection: psycopg.Connection, name: str, claim: str, known: int, finding: str = "violating", replaces: str = ""
) -> None:
    connection.execute(
        "INSERT INTO verdicts (verdict_id, claim_id, finding, amount_fen, decided_at, known_at, decided_by,"
        " replaces_verdict_id, drawn_by) VALUES (%s, %s, %s, 700, %s, %s, 'r1', %s, 'rule')",
        (name, claim, finding, to_moment(known), to_moment(known), replaces or None),
    )


def test_a_finding_is_filed_under_its_person_doctor_and_institution(store: Store) -> None:
    made = Made("a", "2025-03-01T10:00", 1)
    with store.as_service() as connection:
        settle(connection, batch_of([made]))
        judge(connection, "v1", "a", made.seconds + DAY)
        judge(connection, "v2", "a", made.seconds + DAY, "in_order")
        judge(connection, "v3", "unknown", made.seconds + DAY)
        found = confirmed_of(ask_confirmed(connection))
    about = sorted(zip(found["entity_kind"], found["entity_id"], found["claim_id"], strict=True))
    assert about == [("doctor", "d1", "a"), ("institution", "i1", "a"), ("patient", "p1", "a")]


def test_a_finding_dated_before_its_own_claim_never_counts_for_it(store: Store, tmp_path: Path) -> None:
    made = Made("a", "2025-03-01T10:00", 1)
    with store.as_owner() as connection:
        settle(connection, batch_of([made]))
        judge(connection, "v1", "a", made.seconds - 9 * DAY)
    values = dict(zip(FEATURES, built(store, tmp_path)["a"].tolist(), strict=True))
    assert [values[feature] for feature in _ABOUT] == [feature.empty for feature in _ABOUT]


def test_served_claims_read_the_verdicts_that_the_build_reads(store: Store, tmp_path: Path) -> None:
    """Reviewers judge and judge again between settlements; some verdicts come into the store up to an hour late."""
    prepare(store)
    made = [claim for claim in random_stream(42, 160, spread_days=90, disorder=0.0) if not claim.reverses]
    served: dict[str, Array] = {}
    with store.as_service() as connection:
        for place, claim in enumerate(made):
            now = claim.seconds
            served |= settle(connection, batch_of([replace(claim, known=now)]))
            late = now - int(np.random.default_rng(place).integers(0, HOUR))
            if place % 3 == 0 and place < 90:
                judge(connection, f"v{place}", made[place // 2].id, late)
            if place % 6 == 0 and place >= 90:  # an appeal, every other time with a smaller finding
                finding = "in_order" if place % 12 else "violating"
                judge(connection, f"v{place}", made[(place - 90) // 2].id, late, finding, f"v{place - 90}")
            connection.commit()
    columns = built(store, tmp_path)
    assert_equal(served, columns)
    place = [feature.name for feature in FEATURES].index("patient_confirmed_claims_count_365d")
    counts = np.array([columns[claim.id][place] for claim in made if claim.patient == "p1"])
    assert counts.max() > 5
    assert (np.diff(counts) < 0).any()  # an appeal took one back


@each_stream
@given(streams)
def test_the_readings_equal_sql(made: list[Made]) -> None:
    batch = batch_of(made)
    context = context_of(batch)
    settled = batch.claims["kind"] == "settlement"
    matrix = compute(_ABOUT, batch, context)[settled]
    assert_equals_sql(Oracle(batch, context, []), _ABOUT, batch.claims["claim_id"][settled], matrix)


def test_an_hour_passes_before_a_verdict_counts() -> None:
    known_at = np.arange(0, 3 * HOUR, 60) + 500_000 * HOUR
    assert ((known_at - cutoff(known_at)) >= HOUR).all()
    assert ((known_at - cutoff(known_at)) < 2 * HOUR).all()
