"""Every kind of ring is found in a made-up city, by what was known, whatever the order of rows and the look-alikes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.antcity.found import our_finders, walk
from benchmarks.antcity.judge import LEAST_JOINT_DAYS, Match, honest_flagged, match
from benchmarks.antcity.planted import Planted, planted_rings
from benchmarks.antcity.source import source_of
from claims.batch import select
from claims.city.make import City, make_city
from claims.city.plan import CityPlan
from claims.city.wrongs import SCHEMES
from claims.tables import Array
from graphs.facts import Facts, read_facts
from graphs.group import RING_SCORE_LEAST, Group
from graphs.kinds import RING_KINDS
from graphs.read import Source
from graphs.snapshot import data_until, monday

PLAN = CityPlan(insured=20_000, months=15, rates="realistic", seed=8, least_rings=6)
KINDS = [kind.name for kind in RING_KINDS]


@pytest.fixture(scope="module")
def city() -> City:
    return make_city(PLAN)


@pytest.fixture(scope="module")
def source(city: City) -> Source:
    return source_of(city)


@pytest.fixture(scope="module")
def facts(source: Source) -> Facts:
    return read_facts(source)


@pytest.fixture(scope="module")
def found(city: City, facts: Facts) -> tuple[list[Planted], list[Match]]:
    row_of = {number: row for row, number in enumerate(city.world.people.numbers.tolist())}
    person_of = [row_of[number] for number in facts.swipes.patient_ids.tolist()]
    nights = range(monday(PLAN.first + 60), PLAN.first + PLAN.days + 1, 7)
    wrong = city.truth.wrong < len(SCHEMES)
    persons = frozenset(city.claims.visits["person"][city.truth.claim[wrong]].tolist())
    planted = planted_rings(city)
    return planted, match(walk(facts, our_finders(facts), nights, person_of), planted, persons)


def test_the_kinds_are_the_schemes_in_which_groups_move() -> None:
    assert sorted(KINDS) == sorted(scheme.name for scheme in SCHEMES if scheme.name != "ant_moving")


@pytest.mark.parametrize("kind", KINDS)
def test_most_rings_of_each_kind_are_found(kind: str, found: tuple[list[Planted], list[Match]]) -> None:
    planted, matches = found
    wanted = {
        number
        for number, ring in enumerate(planted)
        if ring.kind == kind and len(ring.members) >= 5 and len(ring.joint_day) >= LEAST_JOINT_DAYS
    }
    seen = {one.planted for one in matches if one.found.best >= RING_SCORE_LEAST}
    assert wanted
    assert len(wanted & seen) >= 0.6 * len(wanted)


def test_honest_groups_stay_dark(found: tuple[list[Planted], list[Match]]) -> None:
    _, matches = found
    assert honest_flagged(matches, RING_SCORE_LEAST) <= 2  # among 20,000 insured with all their look-alikes


@pytest.mark.parametrize("kind", RING_KINDS, ids=KINDS)
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_what_becomes_known_later_changes_no_group(kind: object, share: float, source: Source, facts: Facts) -> None:
    day = monday(PLAN.first + int(PLAN.days * share))
    known = source.batch.claims["known_at"] < data_until(day)
    # Settled before it became known: the fund's clock is behind on some claims.
    known &= source.batch.claims["settled_at"] < data_until(day)
    short = read_facts(replace(source, batch=select(source.batch, np.flatnonzero(known))))
    ours, theirs = (
        [told(group, each) for group in kind.finder(each).find(day)]  # type: ignore[attr-defined]
        for each in (facts, short)
    )
    assert ours == theirs
    assert ours or share < 0.9


@pytest.mark.parametrize("kind", RING_KINDS, ids=KINDS)
def test_the_order_of_the_rows_changes_no_group(kind: object, source: Source, facts: Facts) -> None:
    day = monday(PLAN.first + int(PLAN.days * 0.8))
    order = np.random.default_rng(5).permutation(len(source.batch))
    mixed = read_facts(replace(source, batch=select(source.batch, order)))
    ours, theirs = (
        [told(group, each) for group in kind.finder(each).find(day)]  # type: ignore[attr-defined]
        for each in (facts, mixed)
    )
    assert ours == theirs


def told(group: Group, facts: Facts) -> tuple[object, ...]:
    """A group without row numbers and codes."""
    names: Array = facts.swipes.patient_ids[group.members]
    claims = sorted(facts.claims["claim_id"][group.claim_rows].tolist())
    facts_of = (group.score, group.joint_days, group.money_fen, group.evidence_day, group.grounds, group.facts)
    return (names.tolist(), claims, *facts_of)


def test_every_group_says_why_in_both_languages(facts: Facts) -> None:
    day = monday(PLAN.first + int(PLAN.days * 0.9))
    for kind in RING_KINDS:
        groups = [group for group in kind.finder(facts).find(day) if group.score >= RING_SCORE_LEAST]
        for group in groups:
            zh, en = kind.says(group)
            assert zh.endswith("。")
            assert en.endswith(".")
            assert str(len(group.members)) in zh
            assert str(len(group.members)) in en
