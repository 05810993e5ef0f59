"""A ring is one case: what is found about its members joins the claims that made it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from audit.case_file import read_case_file
from audit.cases import open_cases
from audit.verdicts import Finding, file_verdicts
from claims.store.connect import Store
from graphs.membership import ring_of_patients
from scoring.judge import Alert
from tests.audit.made_claims import NOON, add_claim

CARDS = ("card-a", "card-b", "card-c")
RING = "ring-1"


def add_ring(
    owner: psycopg.Connection,
    night: str,
    members: tuple[str, ...],
    days: int = 4,
    ring_id: str = RING,
    score: float = 0.6,
) -> None:
    """A ring as one night found it; without members it ended."""
    owner.execute(
        "INSERT INTO snapshots VALUES (%s, %s::date, %s::date + interval '4 hours', 'f') ON CONFLICT DO NOTHING",
        [f"night-{night}", night, night],
    )
    details = {"says_zh": f"{days}天同刷。", "says_en": f"{days} joint days.", "institutions": ["P1"]}
    claims = [f"made-{card}" for card in CARDS] if members else []
    owner.execute(
        "INSERT INTO rings VALUES (%s, %s, 'card_collectors', %s, %s, %s, 30000, %s, %s)",
        [ring_id, f"night-{night}", score, list(members), days, claims, Jsonb(details)],
    )


@pytest.fixture
def owner(store: Store) -> Iterator[psycopg.Connection]:
    connection = store.as_owner()
    for card in CARDS:
        add_claim(connection, f"made-{card}", patient=card)
        add_claim(connection, f"later-{card}", patient=card)
    add_ring(connection, "2026-01-02", CARDS)
    connection.commit()
    yield connection
    connection.close()


@pytest.fixture
def connection(owner: psycopg.Connection, store: Store) -> Iterator[psycopg.Connection]:
    service = store.as_service()
    yield service
    service.close()


def ring_alert(
    card: str, claim: str = "later", probability: float = 0.5, more: tuple[dict[str, Any], ...] = ()
) -> Alert:
    said = {"kind": "ring", "zh": "团伙评分为 0.60", "en": "scores 0.60", "feature": "patient_ring_score"}
    return Alert(f"{claim}-{card}", 0, "patient", card, "ring", probability, 10_000, [said, *more], NOON)


def cases(connection: psycopg.Connection) -> list[tuple[Any, ...]]:
    return connection.execute("SELECT subject_kind, subject_id, money_at_stake_fen FROM cases ORDER BY 1, 2").fetchall()


def test_members_of_a_ring_make_one_case_with_the_claims_that_made_it(connection: psycopg.Connection) -> None:
    feature = {"kind": "feature", "zh": "特征", "en": "feature", "feature": "patient_claims_count_30d"}
    alerts = [ring_alert("card-a"), ring_alert("card-b", probability=0.7, more=(feature,))]
    counts = open_cases(connection, alerts, NOON)
    assert (counts.opened, counts.evidence, counts.case_of_claim["later-card-a"]) == (
        1,
        5,
        counts.case_of_claim["later-card-b"],
    )
    assert cases(connection) == [("ring", RING, 50_000)]
    file = read_case_file(connection, counts.case_of_claim["later-card-a"])
    assert [reason["zh"] for reason in file.case.reasons] == ["4天同刷", "特征"]
    assert {row.reason["reasons"][0]["en"] for row in file.evidence if row.claim_id.startswith("made")} == {
        "3 persons of the ring settled here that day"
    }
    assert file.ring is not None
    assert (file.ring.is_standing, file.ring.members) == (True, list(CARDS))
    assert [swipe.claim_id for swipe in file.ring_swipes] == [f"made-{card}" for card in CARDS]


def test_a_meeting_at_the_till_stands_beside_its_own_claim(connection: psycopg.Connection) -> None:
    meeting = {"kind": "meeting", "zh": "第 3 张", "en": "card 3", "feature": "till_ring_mates_distinct_15m"}
    counts = open_cases(connection, [ring_alert("card-a", more=(meeting,)), ring_alert("card-b")], NOON)
    file = read_case_file(connection, counts.case_of_claim["later-card-a"])
    assert [reason["zh"] for reason in file.case.reasons] == ["4天同刷"]
    said = {row.claim_id: [reason["en"] for reason in row.reason["reasons"]] for row in file.evidence}
    assert said["later-card-a"] == ["4 joint days", "card 3"]
    assert said["later-card-b"] == ["4 joint days"]


def test_a_ring_that_grows_keeps_its_case_and_speaks_its_newest_words(
    connection: psycopg.Connection, owner: psycopg.Connection
) -> None:
    first = open_cases(connection, [ring_alert("card-a")], NOON).case_of_claim["later-card-a"]
    add_ring(owner, "2026-01-03", CARDS, days=9)
    owner.commit()
    counts = open_cases(connection, [ring_alert("card-c")], NOON)
    assert (counts.opened, counts.case_of_claim["later-card-c"]) == (0, first)
    assert [reason["zh"] for reason in read_case_file(connection, first).case.reasons] == ["9天同刷"]


def test_a_patient_in_no_ring_any_more_stays_the_subject(
    connection: psycopg.Connection, owner: psycopg.Connection
) -> None:
    add_ring(owner, "2026-01-03", ())
    owner.commit()
    counts = open_cases(connection, [ring_alert("card-a")], NOON)
    assert cases(connection) == [("patient", "card-a", 10_000)]
    ring = read_case_file(connection, counts.case_of_claim["later-card-a"]).ring
    assert ring is not None
    assert not ring.is_standing


def test_what_other_sources_say_about_a_member_stays_with_the_patient(connection: psycopg.Connection) -> None:
    alert = Alert(
        "later-card-a", 1, "patient", "card-a", "rule", 0.5, 5_000, [{"kind": "rule", "zh": "z", "en": "e"}], NOON
    )
    open_cases(connection, [alert], NOON)
    assert cases(connection) == [("patient", "card-a", 5_000)]


def test_claims_judged_or_taken_back_do_not_come_along(
    connection: psycopg.Connection, owner: psycopg.Connection
) -> None:
    case_id = open_cases(connection, [ring_alert("card-b", "made")], NOON).case_of_claim["made-card-b"]
    file_verdicts(connection, case_id, [Finding(f"made-{card}", 0, "in_order") for card in CARDS], "R1")
    connection.commit()
    counts = open_cases(connection, [ring_alert("card-a")], NOON)
    assert (counts.opened, counts.evidence) == (1, 1)


@pytest.mark.parametrize(("at", "known"), [("2026-01-02T03:59+00:00", False), ("2026-01-02T04:01+00:00", True)])
def test_a_ring_counts_from_the_moment_its_snapshot_was_available(
    owner: psycopg.Connection, at: str, known: bool
) -> None:
    row = owner.execute("SELECT extract(epoch FROM %s::timestamptz)::bigint", [at]).fetchone()
    assert row is not None
    assert bool(ring_of_patients(owner, ["card-a", "nobody"], row[0])) is known


def test_of_two_rings_the_one_with_the_higher_score_counts(owner: psycopg.Connection) -> None:
    add_ring(owner, "2026-01-02", ("card-a",), ring_id="ring-2", score=0.9)
    found = ring_of_patients(owner, CARDS, NOON)
    assert {card: ring.ring_id for card, ring in found.items()} == {"card-a": "ring-2", "card-b": RING, "card-c": RING}
