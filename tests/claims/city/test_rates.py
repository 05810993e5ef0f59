"""The city is as busy and as dear as the bulletins of 2025 say (within a quarter)."""

from __future__ import annotations

import numpy as np
import pytest

from claims.city.honest.heavy_users import SHIFTS
from claims.city.make import City
from claims.city.people import EMPLOYEE, RESIDENT
from claims.city.places import PHARMACY
from claims.city.visits import INPATIENT, SPECIAL
from claims.clock import DAY, HOUR
from claims.tables import Array

FIGURES = [
    (EMPLOYEE, "pharmacy", 5.8, 96),
    (EMPLOYEE, "outpatient", 8.1, 282),
    (EMPLOYEE, "inpatient", 0.214, 11_522),
    (RESIDENT, "outpatient", 3.2, 179),
    (RESIDENT, "inpatient", 0.208, 7_339),
]


def setting(city: City) -> dict[str, Array]:
    visits = city.claims.visits
    settled = (visits["is_reversal"] == 0) & (visits["scheme"] < 0)
    shop = city.world.places.columns["kind"][visits["institution"]] == PHARMACY
    stay = visits["care"] == INPATIENT
    return {"pharmacy": settled & shop, "inpatient": settled & stay, "outpatient": settled & ~shop & ~stay}


@pytest.mark.parametrize(("insurance", "where", "a_year", "yuan"), FIGURES)
def test_visits_a_head_and_mean_amounts_are_the_bulletins(
    city: City, insurance: int, where: str, a_year: float, yuan: float
) -> None:
    visits, insured = city.claims.visits, city.world.people.columns["insurance"]
    mine = setting(city)[where] & (insured[visits["person"]] == insurance)
    heads = (insured == insurance).sum() * city.world.plan.years
    assert mine.sum() / heads == pytest.approx(a_year, rel=0.25)
    assert visits["total_fen"][mine].mean() / 100 == pytest.approx(yuan, rel=0.25)


def test_six_in_ten_of_the_old_have_high_pressure_or_diabetes(city: City) -> None:
    people, medicine = city.world.people, city.world.medicine
    old = people.columns["age"] >= 60
    assert people.has[old, medicine.condition("hypertension")].mean() == pytest.approx(0.53, abs=0.08)
    assert people.has[old, medicine.condition("diabetes")].mean() == pytest.approx(0.20, abs=0.05)


def test_mistakes_are_one_to_three_percent_of_claims(city: City) -> None:
    wrong = len(np.unique(city.truth.claim[city.truth.wrong >= 3]))
    assert 0.01 < wrong / (city.claims.visits["is_reversal"] == 0).sum() < 0.03


def test_nobody_honest_goes_out_while_in_a_hospital_bed(city: City) -> None:
    visits = city.claims.visits
    for stay in np.flatnonzero((visits["stay_days"] > 2) & (visits["is_reversal"] == 0))[:200]:
        mine = (visits["person"] == visits["person"][stay]) & (visits["scheme"] < 0) & (visits["stay_days"] < 0)
        inside = (visits["served"] > visits["served"][stay] + DAY) & (
            visits["served"] < visits["served"][stay] + visits["gap"][stay] - DAY
        )
        assert not (mine & inside).any()


def test_dialysis_comes_three_times_a_week_in_shifts(city: City) -> None:
    visits, medicine = city.claims.visits, city.world.medicine
    mine = (visits["diagnosis"] == medicine.condition("dialysis")) & (visits["specialty"] == 4)
    mine &= (visits["care"] == SPECIAL) & (visits["is_reversal"] == 0) & (visits["scheme"] < 0)
    persons = np.unique(visits["person"][mine])
    weeks = city.world.plan.days / 7
    assert len(persons) >= 2
    assert mine.sum() / len(persons) / weeks == pytest.approx(3.0, abs=0.4)
    begin = visits["served"][mine] % DAY
    assert np.min(np.abs(begin[:, None] - np.array(SHIFTS)), axis=1).max() <= HOUR


@pytest.mark.parametrize("group", ["has_carer", "care_home"])
def test_honest_groups_are_swiped_together_within_minutes(city: City, group: str) -> None:
    """Carers and care homes bring several cards to one till on many days, as a collector does."""
    visits, columns = city.claims.visits, city.world.people.columns
    member = columns[group] if group == "has_carer" else columns[group] >= 0
    rows = np.flatnonzero(member[visits["person"]] & (visits["is_reversal"] == 0) & (visits["scheme"] < 0))
    order = rows[np.lexsort((visits["settled"][rows], visits["till"][rows]))]
    soon = np.diff(visits["settled"][order]) <= 300
    same = (np.diff(visits["till"][order]) == 0) & (np.diff(visits["person"][order]) != 0)
    days = np.unique(visits["settled"][order][1:][soon & same] // DAY)
    assert len(days) >= 10


def test_some_days_of_supply_are_missing_and_some_uploads_late(city: City) -> None:
    drugs = city.world.medicine.drugs[city.claims.lines["item"]]
    outside = city.claims.visits["stay_days"][city.claims.lines["visit"]] < 0
    assert 0.02 < (city.claims.lines["days"][drugs & outside] < 0).mean() < 0.30
    late = city.claims.visits["known"] - city.claims.visits["settled"] > HOUR
    assert 0.002 < late.mean() < 0.02


def test_markets_and_paydays_show(city: City) -> None:
    visits, places = city.claims.visits, city.world.places
    day = visits["served"] // DAY
    market = places.columns["is_market"][visits["institution"]] & (visits["scheme"] < 0)
    on_market_day = day % 5 == 0
    assert on_market_day[market].mean() > 0.35
    assert on_market_day[~market & (visits["stay_days"] < 0)].mean() < 0.25
