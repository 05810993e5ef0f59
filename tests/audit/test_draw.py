"""The random share: only unflagged claims, with a recorded chance, once a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from audit.capacity import capacity_on
from audit.cases import open_cases
from audit.draw import Stratum, allocate, draw_random
from audit.verdicts import Finding, file_verdicts
from claims.store.connect import Store
from tests.audit.made_claims import NOON, add_claim, add_decision, an_alert

CAPACITY = replace(capacity_on(date(2026, 1, 5)), minutes_per_day=600)  # 60 random minutes: five draws


@pytest.fixture
def decided(store: Store) -> Store:
    with store.as_owner() as connection:
        for number in range(40):
            add_claim(connection, f"c{number}", patient=f"p{number}", fund_fen=5_000 if number % 2 else 50_000)
            add_decision(connection, f"c{number}", "review" if number < 4 else "pass", 0.001 if number < 30 else 0.1)
        open_cases(connection, [an_alert("c5", subject=("patient", "p5"))], NOON)
    return store


def test_drawn_claims_were_not_flagged_and_carry_their_chance(decided: Store) -> None:
    with decided.as_service() as connection:
        draw = draw_random(connection, NOON - 10, NOON + 10, CAPACITY, seed="s")
        assert draw is not None
        rows = connection.execute(
            "SELECT e.claim_id, reason#>>'{reasons,0,stratum}', (reason#>>'{reasons,0,drawn}')::int,"
            " (reason#>>'{reasons,0,frame}')::int, k.is_drawn, k.draw_probability_e4"
            " FROM evidence e JOIN cases k USING (case_id) WHERE reason->>'source' = 'random'"
        ).fetchall()
    assert len(rows) == sum(draw.drawn.values()) == 5
    assert sum(draw.frame.values()) == 40 - 4 - 1
    for claim_id, stratum, drawn, frame, is_drawn, chance in rows:
        assert claim_id not in {"c0", "c1", "c2", "c3", "c5"}
        assert (drawn, frame, is_drawn) == (draw.drawn[stratum], draw.frame[stratum], True)
        assert chance == round(10_000 * drawn / frame)


def test_a_day_is_drawn_once_and_the_seed_repeats_the_draw(decided: Store) -> None:
    drawn = []
    for _ in range(2):
        with decided.as_service() as connection:
            assert draw_random(connection, NOON - 10, NOON + 10, CAPACITY, seed="s") is not None
            assert draw_random(connection, NOON - 10, NOON + 10, CAPACITY) is None
            rows = connection.execute("SELECT claim_id FROM evidence WHERE reason->>'source' = 'random' ORDER BY 1")
            drawn.append(rows.fetchall())
            connection.rollback()
    assert drawn[0] == drawn[1]


def test_a_verdict_on_a_drawn_claim_says_so(decided: Store) -> None:
    with decided.as_service() as connection:
        draw_random(connection, NOON - 10, NOON + 10, CAPACITY)
        row = connection.execute(
            "SELECT case_id, claim_id FROM evidence WHERE reason->>'source' = 'random' LIMIT 1"
        ).fetchone()
        assert row is not None
        file_verdicts(connection, row[0], [Finding(row[1], 0, "in_order")], "R1")
        found = connection.execute("SELECT drawn_by, draw_probability_e4 FROM verdicts").fetchone()
    assert found is not None
    assert found[0] == "random"
    assert 0 < found[1] <= 10_000


@given(
    some.dictionaries(
        some.sampled_from("abcdefgh"), some.builds(Stratum, some.integers(1, 50), some.integers(0, 10**9)), max_size=8
    ),
    some.integers(0, 60),
)
def test_the_draw_spends_what_it_may_and_no_stratum_gives_more_than_it_has(
    strata: Mapping[str, Stratum], most: int
) -> None:
    sizes = allocate(strata, most)
    assert sum(sizes.values()) == min(most, sum(stratum.claims for stratum in strata.values()))
    assert all(0 <= sizes[name] <= strata[name].claims for name in strata)
    if most >= len(strata):
        assert all(sizes.values())
