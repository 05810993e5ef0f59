"""What a real area sends: crowded tills, cards that meet themselves, ids in no register, silence, no time of day."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.antcity.source import source_of
from claims.city.make import make_city
from claims.city.plan import CityPlan
from claims.clock import AREA_OFFSET_SECONDS, DAY
from claims.tables import CATALOGUE, INSTITUTIONS, PATIENTS, Array, empty_columns
from graphs.columns import columns_of
from graphs.facts import Facts, read_facts
from graphs.group import RING_SCORE_LEAST
from graphs.judge import WINDOW_DAYS
from graphs.kinds import RING_KINDS
from graphs.kinds.card_collectors import CardCollectors
from graphs.kinds.stay_groups import StayGroups
from graphs.links import find_joint_days
from graphs.meetings import MOST_NEIGHBOURS
from graphs.read import Source, confirmed_of
from graphs.rings import dense_groups
from graphs.snapshot import Memory, Roller, monday
from graphs.swipes import Swipes
from tests.graphs.town import FIRST_DAY, RESALE, Town, collectors

SHOPS = ("shop-1", "shop-2", "shop-3")
CARDS = [f"card-{number:02d}" for number in range(6)]
DAYS = [92, 99, 107, 115, 124]
UNTIL = FIRST_DAY + 130


def quiet_town() -> Town:
    town = Town()
    for number, shop in enumerate(SHOPS):
        town.traffic(shop, days=130, a_day=8, seed=number, customers=120)
    collectors(town, CARDS, SHOPS, DAYS)
    return town


def swipes_at_one_till(patient: Array, at: Array, patients: int) -> Swipes:
    order = np.lexsort((patient, at))
    day = (at[order] + AREA_OFFSET_SECONDS) // DAY
    return Swipes(
        row=np.arange(len(at)),
        patient=patient[order],
        place=np.zeros(len(at), dtype=np.int64),
        at=at[order],
        day=day,
        known_day=day,
        patient_ids=np.array([f"p{number:06d}" for number in range(patients)], dtype=object),
        place_ids=np.array(["till"], dtype=object),
        has_time=True,
    )


def names_of(facts: Facts, members: Array) -> list[str]:
    names: list[str] = facts.swipes.patient_ids[members].tolist()
    return names


def test_a_till_with_a_million_swipes_in_a_year_has_few_pairs() -> None:
    size, patients = 1_000_000, 200_000
    draw = np.random.default_rng(1)
    patient, at = draw.integers(0, patients, size), FIRST_DAY * DAY + draw.integers(0, 365 * DAY, size)
    find_joint_days(swipes_at_one_till(patient[:9], at[:9], patients))  # compile first
    start = time.process_time()
    joint = find_joint_days(swipes_at_one_till(patient, at, patients))
    seconds = time.process_time() - start
    # Thirty others within a quarter of an hour on either side, so some 30 million meetings of as many pairs.
    meetings, all_pairs = size * 31.7 * 0.99, patients**2 / 2
    assert len(joint.left) == pytest.approx(all_pairs * (meetings / all_pairs) ** 2 / 2, rel=0.2)  # met twice by chance
    assert len(joint.left) * 1_000 < meetings
    groups = dense_groups(joint.left, joint.right)
    # Of a crowd that met in another one a few make a triangle by chance: a thousandth of the patients.
    assert sum(map(len, groups)) < patients / 500
    assert max(map(len, groups), default=0) <= 6
    assert seconds < 20


def test_an_area_that_names_one_till_for_all_has_bounded_links_and_its_rings_still_show() -> None:
    town = quiet_town()
    draw = np.random.default_rng(2)
    for day in range(80, 130):
        for minute in draw.uniform(480, 1200, 600).tolist():
            town.visit(f"anyone-{draw.integers(2_000)}", "virtual-shop", day, minute, RESALE)
    facts = read_facts(town.source())
    assert len(facts.joint.pair) <= MOST_NEIGHBOURS * 50 * 600
    rings = [group for group in CardCollectors(facts).find(UNTIL) if group.score >= RING_SCORE_LEAST]
    assert [names_of(facts, ring.members) for ring in rings] == [CARDS]


def test_a_patient_who_meets_only_himself_is_no_link_of_any_kind() -> None:
    town = quiet_town()
    claim = {"benefit_kind": "inpatient", "channel": "networked"}
    for start in range(10, 120, 30):  # billed twice, each time by another department
        for number in range(2):
            admitted = {"admitted_on": FIRST_DAY + start, "discharged_on": FIRST_DAY + start + 7}
            town.visit("twice", "hospital-1", start + 7, 600 + number, **claim, **admitted)
    for day in range(60, 120, 2):
        for number in range(6):  # settled, refunded, settled again
            town.reverse(town.visit("again", "shop-1", day, 700 + number, RESALE), day)
    facts = read_facts(town.source())
    assert (facts.joint.left < facts.joint.right).all()
    stays = StayGroups(facts)
    assert not len(stays._first)
    alone = {"twice", "again"}
    for kind in RING_KINDS:
        for group in kind.finder(facts).find(UNTIL):
            assert not alone & set(names_of(facts, group.members))


def test_ids_in_no_register_are_linked_by_what_is_known_of_their_claims() -> None:
    source = quiet_town().source()
    bare = replace(
        source,
        patients=empty_columns(PATIENTS),
        institutions=empty_columns(INSTITUTIONS),
        catalogue=empty_columns(CATALOGUE),
        confirmed=confirmed_of([("nobody", 0, None), (CARDS[0], 0, None)]),
    )
    roller = Roller(bare, Memory())
    night = roller.night(monday(UNTIL))
    (group,) = (
        group for group in CardCollectors(roller.facts).find(UNTIL) if CARDS[0] in names_of(roller.facts, group.members)
    )
    assert names_of(roller.facts, group.members) == CARDS
    # Nothing is held against them that only a register could tell.
    assert set(group.grounds) == {"places", "many"}
    assert {kind.name for kind in RING_KINDS if kind.finder(roller.facts).find(UNTIL)} == {"card_collectors"}
    ids, values = night.changed["patient"]
    names = ids.tolist()
    columns = [column.name for column in columns_of("patient")]
    closeness = values[:, columns.index("patient_confirmed_closeness")]
    assert closeness[names.index(CARDS[1])] == 1.0  # the finding on a card counts, the one on nobody is passed over
    assert "nobody" not in names


def test_rings_end_in_a_long_silence_and_what_comes_after_it_begins_anew() -> None:
    town, silence = quiet_town(), 560
    draw = np.random.default_rng(3)
    for shop in SHOPS * 8:
        for day in range(silence, silence + 130):
            town.visit(f"new-{draw.integers(120)}", shop, day, draw.uniform(480, 1200))
    collectors(town, CARDS[:5], SHOPS, [silence + day for day in (92, 99, 107, 115, 124)])
    roller = Roller(town.source(), Memory())
    standing, ended, began = {}, {}, {}
    for day in range(90, silence + 135, 5):
        night = roller.night(FIRST_DAY + day)
        standing[day] = night.standing
        ended |= {ring_id: day for _, ring_id in night.ended}
        began |= {ring_id: day for ring_id, _ in night.rings if ring_id not in began}
        if DAYS[-1] + WINDOW_DAYS + 10 < day < silence:
            assert not night.changed["patient"][0].size, day  # in silence nothing changes
    assert standing[130] == 1
    assert not any(count for day, count in standing.items() if DAYS[-1] + WINDOW_DAYS < day < silence)
    (first, second) = sorted(began, key=began.__getitem__)
    assert first != second  # after half a year without a sign it is not the old ring that goes on
    assert ended[first] <= DAYS[2] + WINDOW_DAYS + 5
    assert began[second] > silence + 92


PLAN = CityPlan(insured=4_000, months=20, rates="realistic", seed=3, least_rings=8)


@pytest.fixture(scope="module")
def timed() -> Source:
    return source_of(make_city(PLAN))


def without_time(source: Source) -> Source:
    """As from a source that knows days only."""
    claims = dict(source.batch.claims)
    for name in ("settled_at", "known_at"):
        claims[name] = (claims[name] + AREA_OFFSET_SECONDS) // DAY * DAY - AREA_OFFSET_SECONDS
    return replace(source, batch=replace(source.batch, claims=claims))


def found(facts: Facts, day: int) -> dict[str, set[str]]:
    """The members of all rings by kind."""
    return {
        kind.name: {
            name
            for group in kind.finder(facts).find(day)
            if group.score >= RING_SCORE_LEAST
            for name in names_of(facts, group.members)
        }
        for kind in RING_KINDS
    }


def test_all_kinds_but_bursts_are_found_from_days_alone(timed: Source) -> None:
    day = monday(PLAN.first + PLAN.days - 60)
    by_time, by_day = found(read_facts(timed), day), found(read_facts(without_time(timed)), day)
    assert all(by_time[name] for name in by_time)
    assert not by_day["empty_swipes"]  # a burst is a matter of minutes
    for name in ("resale_tours", "steered_prescriptions", "stay_groups"):  # a matter of days anyway
        assert len(by_day[name] & by_time[name]) >= 0.8 * len(by_time[name]), name
    assert by_day["card_collectors"] & by_time["card_collectors"]
