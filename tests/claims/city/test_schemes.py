"""Each scheme is in the truth and can be found by a direct look at the claims themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from claims.city.make import City, make_city
from claims.city.people import EMPLOYEE
from claims.city.plan import CityPlan
from claims.city.wrongs import DUPLICATE, SCHEMES, WRONGS
from claims.clock import DAY, day_number
from claims.tables import Array

ANT, CARDS, EMPTY, TOURS, STEERED, STAYS = range(6)


def claims_of(city: City, wrong: int) -> Array:
    return np.unique(city.truth.claim[city.truth.wrong == wrong])


@pytest.mark.parametrize("number", range(len(WRONGS)), ids=[wrong.name for wrong in WRONGS])
def test_every_wrong_happens_and_costs_money(city: City, number: int) -> None:
    mine = city.truth.wrong == number
    assert mine.sum() >= 5
    assert (city.truth.amount_fen[mine] >= 0).all()
    assert city.truth.amount_fen[mine].sum() > 0


@pytest.mark.parametrize("number", range(len(SCHEMES)), ids=[scheme.name for scheme in SCHEMES])
def test_schemes_sleep_at_times_and_their_people_also_live_honestly(city: City, number: int) -> None:
    visits = city.claims.visits
    rows = claims_of(city, number)
    persons = np.unique(visits["person"][rows])
    honest = np.isin(visits["person"], persons) & (visits["scheme"] < 0) & (visits["is_reversal"] == 0)
    assert honest.sum() > len(persons)


def test_ant_movers_draw_resale_drugs_inside_the_days_already_supplied(city: City) -> None:
    """Days supplied of one drug, over the days between its first and last purchase, stand out."""

    def most_oversupplied(persons: Array) -> Array:
        lines, visits = city.claims.lines, city.claims.visits
        item = city.world.medicine.items
        resale = item["is_resale_prone"][lines["item"]] & (lines["quantity_e4"] > 0)
        resale &= np.isin(visits["person"][lines["visit"]], persons)
        person = visits["person"][lines["visit"][resale]]
        days = item["days_per_pack"][lines["item"][resale]] * lines["quantity_e4"][resale] // 10_000
        in_90 = visits["settled"][lines["visit"][resale]] // DAY // 90
        key = person * 100 + in_90 % 100
        return np.bincount(np.unique(key, return_inverse=True)[1], weights=days)

    movers = np.unique(city.claims.visits["person"][claims_of(city, ANT)])
    others = np.setdiff1d(np.flatnonzero(city.world.people.is_chronic), movers)
    assert np.median(most_oversupplied(movers)) > 2 * np.median(most_oversupplied(others))
    places = [len(np.unique(city.claims.visits["institution"][city.claims.visits["person"] == m])) for m in movers]
    assert np.median(places) >= 5


def test_rings_meet_at_one_till_on_several_days_at_several_places_though_they_live_apart(city: City) -> None:
    visits, people = city.claims.visits, city.world.people.columns
    rows = claims_of(city, CARDS)
    rings = np.unique(visits["ring"][rows])
    assert len(rings) >= 2
    for ring in rings:
        mine = rows[(visits["ring"][rows] == ring) & (visits["is_reversal"][rows] == 0)]
        mine = mine[np.lexsort((visits["settled"][mine], visits["till"][mine]))]
        together = (np.diff(visits["till"][mine]) == 0) & (np.diff(visits["settled"][mine]) < 300)
        joint = mine[1:][together]
        assert len(np.unique(visits["settled"][joint] // DAY)) >= 4
        assert len(np.unique(visits["institution"][joint])) >= 2
        cards = np.unique(visits["person"][mine])
        assert 3 <= len(cards) <= 40
        assert len(np.unique(people["family"][cards])) >= max(len(cards) - 2, 2)


def test_a_ring_session_takes_a_changing_part_of_the_cards(city: City) -> None:
    visits = city.claims.visits
    rows = claims_of(city, CARDS)
    ring = visits["ring"][rows]
    largest = rows[ring == np.bincount(ring).argmax()]
    days = visits["settled"][largest] // DAY
    sessions = {frozenset(visits["person"][largest[days == day]].tolist()) for day in np.unique(days)}
    assert len(sessions) > 3


def test_empty_swipes_come_in_bursts_of_equal_amounts_at_odd_hours_from_afar(city: City) -> None:
    visits, people, places = city.claims.visits, city.world.people.columns, city.world.places.columns
    rows = claims_of(city, EMPTY)
    hour = visits["settled"][rows] % DAY // 3600
    shop_hours = (hour >= 7) & (hour < 22)
    assert (~shop_hours).mean() > 0.4
    amounts = visits["total_fen"][rows]
    assert len(np.unique(amounts)) <= 8
    order = rows[np.lexsort((visits["settled"][rows], visits["till"][rows]))]
    gaps = np.diff(visits["settled"][order])
    assert np.median(gaps) < 90
    away = np.hypot(
        people["x"][visits["person"]] - places["x"][visits["institution"]],
        people["y"][visits["person"]] - places["y"][visits["institution"]],
    )
    shop = np.unique(visits["institution"][rows])
    honest = np.isin(visits["institution"], shop) & (visits["scheme"] < 0)
    assert np.median(away[rows]) > 2 * np.median(away[honest])


def test_empty_swipes_are_settled_refunded_and_settled_again_more_often(city: City) -> None:
    visits = city.claims.visits
    rows = claims_of(city, EMPTY)
    assert visits["is_refunded"][rows].mean() > 0.08
    honest = (visits["scheme"] < 0) & (visits["is_reversal"] == 0)
    assert visits["is_refunded"][honest].mean() < 0.02


def test_a_crooked_pharmacy_sells_more_than_it_bought(city: City) -> None:
    visits, lines = city.claims.visits, city.claims.lines
    rows = claims_of(city, EMPTY)
    shop = int(visits["institution"][rows[0]])
    items = np.unique(lines["item"][np.isin(lines["visit"], rows[visits["institution"][rows] == shop])])
    sold = (visits["institution"][lines["visit"]] == shop) & np.isin(lines["item"], items)
    bought = (city.stock["institution"] == shop) & np.isin(city.stock["item"], items)
    assert lines["quantity_e4"][sold].sum() > 1.2 * city.stock["quantity_e4"][bought].sum()


def groups_of(city: City, wrong: int) -> list[Array]:
    """The settled claims of each group of a scheme."""
    visits, rows = city.claims.visits, claims_of(city, wrong)
    return [rows[visits["ring"][rows] == ring] for ring in np.unique(visits["ring"][rows])]


def test_who_goes_on_a_resale_tour_shares_list_and_days_but_no_till(city: City) -> None:
    visits, lines, items = city.claims.visits, city.claims.lines, city.world.medicine.items
    groups = groups_of(city, TOURS)
    assert len(groups) >= 2
    for rows in groups:
        taken = np.isin(lines["visit"], rows) & (lines["is_taken"] == 1)
        assert items["is_resale_prone"][lines["item"][taken]].all()
        few = np.sort(np.bincount(lines["item"][taken]))[::-1][:5].sum()
        assert few > 0.6 * taken.sum()
        assert len(np.unique(visits["institution"][rows])) >= 4
        order = rows[np.lexsort((visits["settled"][rows], visits["till"][rows]))]
        near = (np.diff(visits["till"][order]) == 0) & (np.diff(visits["settled"][order]) < 300)
        assert near.mean() < 0.05


def test_a_steering_doctors_recruits_end_at_one_pharmacy_and_the_colleagues_patients_do_not(city: City) -> None:
    visits = city.claims.visits
    for rows in groups_of(city, STEERED):
        shop = np.bincount(visits["institution"][rows]).argmax()
        doctor = np.bincount(visits["doctor"][rows[visits["institution"][rows] != shop]]).argmax()
        recruits = np.unique(visits["person"][rows])
        assert len(recruits) >= 5
        clinic = city.world.places.staff["institution"][doctor]
        colleagues = (visits["institution"] == clinic) & (visits["doctor"] != doctor)
        others = np.setdiff1d(np.unique(visits["person"][colleagues]), recruits)
        there = np.unique(visits["person"][visits["institution"] == shop])
        assert np.isin(recruits, there).mean() > 0.9 > 0.5 > np.isin(others, there).mean()


def test_stay_groups_come_and_leave_together_again_and_again(city: City) -> None:
    visits = city.claims.visits
    together_often = 0
    for rows in groups_of(city, STAYS):
        admitted, left = visits["served"][rows] // DAY, visits["settled"][rows] // DAY
        rounds = np.unique(admitted // 14)
        together_often += len(rounds) >= 3
        assert len(np.unique(visits["institution"][rows])) == 1
        assert (left - admitted).min() >= 4
    assert together_often >= 1


def test_honest_people_also_stay_together_and_fetch_at_the_pharmacy_next_door(city: City) -> None:
    """The look-alikes are there: without them a detector would look better than it is."""
    visits, homes = city.claims.visits, city.world.people.columns["care_home"]
    honest = (visits["scheme"] < 0) & (visits["is_reversal"] == 0)
    stays = np.flatnonzero(honest & (visits["stay_days"] >= 0) & (homes[visits["person"]] >= 0))
    by_fortnight = homes[visits["person"][stays]] * 1_000 + visits["served"][stays] // DAY // 14 % 1_000
    assert np.unique(by_fortnight, return_counts=True)[1].max() >= 4
    shop = city.world.places.columns["kind"][visits["institution"]] == 2
    order = np.flatnonzero(honest)
    order = order[np.lexsort((visits["served"][order], visits["person"][order]))]
    soon = (np.diff(visits["person"][order]) == 0) & (np.diff(visits["served"][order]) < 7_200)
    assert (soon & ~shop[order[:-1]] & shop[order[1:]]).sum() > 200


def test_the_harder_collectors_try_the_less_they_take() -> None:
    def taken(evasion: int) -> int:
        plan = CityPlan(insured=2_000, months=9, rates="dense", seed=4, least_rings=4, evasion=evasion)
        city = make_city(plan)
        return int(city.truth.amount_fen[city.truth.wrong == CARDS].sum())

    assert taken(0) > taken(2) > taken(4) > 0


def test_mistakes_break_the_rule_that_they_are_named_after(city: City) -> None:
    truth, lines, visits = city.truth, city.claims.lines, city.claims.visits
    items, people, places = city.world.medicine.items, city.world.people.columns, city.world.places
    named = {wrong.name: number for number, wrong in enumerate(WRONGS)}
    dear = truth.line[truth.wrong == named["price_above_ceiling"]]
    assert (lines["price_fen"][dear] > items["price_fen"][lines["item"][dear]]).all()
    sex = truth.line[truth.wrong == named["sex_limit"]]
    only = items["only_sex"][lines["item"][sex]].astype(int)
    assert (only != people["sex"][visits["person"][lines["visit"][sex]]]).all()
    age = truth.line[truth.wrong == named["age_limit"]]
    most = items["most_age"][lines["item"][age]]
    assert (people["age"][visits["person"][lines["visit"][age]]] > most).all()
    gone = truth.claim[truth.wrong == named["unregistered_doctor"]]
    until = places.staff["valid_until"][visits["doctor"][gone]]
    assert ((until > 0) & (until < visits["served"][gone] // DAY)).all()


def test_honest_claims_break_no_limit(city: City) -> None:
    lines, visits, people = city.claims.lines, city.claims.visits, city.world.people.columns
    items = city.world.medicine.items
    honest = lines["mistake"] < 0
    honest &= lines["reverses_line"] < 0
    item, person = lines["item"][honest], visits["person"][lines["visit"][honest]]
    assert (lines["price_fen"][honest] <= items["price_fen"][item]).all()
    for sex, number in (("1", 1), ("2", 2)):
        limited = items["only_sex"][item] == sex
        assert (people["sex"][person[limited]] == number).all()


def test_one_knob_moves_one_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    """More ant-movers leave the honest claims' people and the rings as they were."""
    from dataclasses import replace

    from claims.city import plan as plans

    before = make_city(CityPlan(insured=1_500, months=3, seed=2))
    monkeypatch.setitem(plans.RATES, "dense", replace(plans.RATES["dense"], ant_movers=0.02))
    after = make_city(CityPlan(insured=1_500, months=3, seed=2))
    for scheme in (CARDS, EMPTY):
        one, two = (c.claims.visits["person"][c.claims.visits["scheme"] == scheme] for c in (before, after))
        assert set(one.tolist()) == set(two.tolist())
    assert (after.claims.visits["scheme"] == ANT).sum() > (before.claims.visits["scheme"] == ANT).sum()


def test_realistic_rates_are_about_a_tenth_of_dense_ones() -> None:
    cities = [make_city(CityPlan(insured=12_000, months=2, rates=rates)) for rates in ("realistic", "dense")]
    persons = [
        len(
            np.unique(c.claims.visits["person"][(c.claims.visits["scheme"] >= 0) & (c.claims.visits["scheme"] < EMPTY)])
        )
        for c in cities
    ]
    assert 0.001 <= persons[0] / 12_000 <= 0.003
    assert persons[1] > 5 * persons[0]
    assert (cities[0].world.people.columns["insurance"] == EMPLOYEE).mean() == pytest.approx(0.4, abs=0.03)


def test_a_double_settlement_repeats_an_earlier_one_line_by_line(city: City) -> None:
    visits, lines = city.claims.visits, city.claims.lines
    again = claims_of(city, DUPLICATE)
    bills: dict[tuple[int, int, int], list[int]] = {}
    for row in np.flatnonzero(visits["is_reversal"] == 0).tolist():
        bills.setdefault((visits["person"][row], visits["served"][row], visits["institution"][row]), []).append(row)

    def billed(row: int) -> list[tuple[int, int]]:
        mine = slice(*np.searchsorted(lines["visit"], [row, row + 1]))
        return sorted(zip(lines["item"][mine].tolist(), lines["amount_fen"][mine].tolist(), strict=True))

    repeats = 0
    for row in again.tolist():
        same = bills[(visits["person"][row], visits["served"][row], visits["institution"][row])]
        repeats += any(other < row and billed(other) == billed(row) for other in same)
    assert repeats >= 0.97 * len(again)


def test_a_late_scheme_has_the_last_months_alone_and_changes_no_other() -> None:
    plan = CityPlan(insured=2_000, months=8, rates="dense", seed=4)
    begin = replace(plan, months=4).first_day
    first, late = make_city(plan), make_city(replace(plan, late_scheme="card_collectors", late_months=4))
    served = late.claims.visits["served"][claims_of(late, CARDS)]
    assert (served >= day_number(begin) * DAY).all()
    before = first.claims.visits["served"][claims_of(first, CARDS)]
    assert (before < day_number(begin) * DAY).any()
    ring_of = late.claims.visits["ring"][claims_of(late, CARDS)]
    joint_days = [len(np.unique(served[ring_of == ring] // DAY)) for ring in np.unique(ring_of).tolist()]
    assert np.median(joint_days) >= 3
    for number in (ANT, EMPTY, TOURS, STEERED, STAYS):
        assert len(claims_of(late, number)) == pytest.approx(len(claims_of(first, number)), rel=0.05)
