"""The simulated agency: late, bounded by its capacity, sometimes wrong, and honest about its random draws."""

from __future__ import annotations

import numpy as np
import pytest

from claims.city.drawing import RANDOM, ROUND_DAYS, RULE, TIP, capacity_of
from claims.city.make import City
from claims.city.money import _running_balance
from claims.city.review import IN_ORDER, VIOLATING
from claims.clock import DAY
from claims.tables import Array


def of_claims(city: City) -> Array:
    return np.asarray((city.verdicts["claim"] >= 0) & (city.verdicts["replaces"] < 0))


def test_every_reason_to_look_finds_both_kinds(city: City) -> None:
    found, mine = city.verdicts, of_claims(city)
    for drawn_by in (RANDOM, RULE, TIP):
        rows = mine & (found["drawn_by"] == drawn_by)
        assert (found["finding"][rows] == IN_ORDER).sum() > 20
        assert (found["finding"][rows] == VIOLATING).sum() > 0


def test_only_random_draws_have_a_chance_and_it_is_the_share_drawn(city: City) -> None:
    found, visits = city.verdicts, city.claims.visits
    is_random = found["drawn_by"] == RANDOM
    assert (found["chance_e4"][is_random] > 0).all()
    assert (found["chance_e4"][~is_random] == -1).all()
    early = is_random & (found["claim"] >= 0) & (found["replaces"] < 0)
    round_of = (visits["settled"] // DAY - city.world.plan.first) // ROUND_DAYS
    first_rounds = early & (round_of[found["claim"]] < 6)
    settled = (round_of < 6) & (visits["is_reversal"] == 0)
    chance = found["chance_e4"][first_rounds].mean() / 10_000
    # A claim that was looked at for another reason before does not count as a random draw.
    assert first_rounds.sum() / settled.sum() == pytest.approx(chance, rel=0.15)


def test_verdicts_come_after_the_claim_and_a_month_after_the_draw(city: City) -> None:
    found, visits = city.verdicts, city.claims.visits
    mine = of_claims(city)
    wait = (found["decided"][mine] - visits["settled"][found["claim"][mine]]) / DAY
    assert wait.min() > 0
    assert 25 < np.median(wait) < 75
    assert (found["known"] > found["decided"]).all()
    end = (city.world.plan.first + city.world.plan.days) * DAY
    assert (found["known"] < end).all()


def test_no_day_has_more_verdicts_than_the_reviewers_can_write(city: City) -> None:
    days = city.verdicts["decided"][of_claims(city)] // DAY
    assert np.bincount(days - days.min()).max() <= np.ceil(capacity_of(city.world, city.claims).a_day) + 1


def test_some_verdicts_miss_some_are_wrong_and_appeals_reverse(city: City) -> None:
    found, mine = city.verdicts, of_claims(city)
    guilty = np.isin(found["claim"], city.truth.claim)
    missed = mine & guilty & (found["finding"] == IN_ORDER)
    unjust = mine & ~guilty & (found["finding"] == VIOLATING)
    assert 0.04 < missed.sum() / (mine & guilty).sum() < 0.25
    assert 0.005 < unjust.sum() / (mine & ~guilty).sum() < 0.04
    appeals = np.flatnonzero(found["replaces"] >= 0)
    assert len(appeals) > 0
    replaced = found["replaces"][appeals]
    assert (found["finding"][replaced] == VIOLATING).all()
    assert (found["finding"][appeals] == IN_ORDER).all()
    assert (found["claim"][replaced] == found["claim"][appeals]).all()
    assert (found["decided"][replaced] < found["decided"][appeals]).all()


def test_no_claim_is_judged_twice_but_by_an_appeal(city: City) -> None:
    claims = city.verdicts["claim"][of_claims(city)]
    assert len(np.unique(claims)) == len(claims)
    assert (city.claims.visits["is_reversal"][claims] == 0).all()


def test_a_dense_city_has_enough_to_learn_from(city: City) -> None:
    found, mine = city.verdicts, of_claims(city)
    share = city.world.plan.insured / 20_000 * city.world.plan.months / 18
    assert (found["finding"][mine] == VIOLATING).sum() > 300 * share
    assert (found["finding"][mine] == IN_ORDER).sum() > 2_000 * share


def test_the_account_never_goes_below_zero_and_pays_what_it_has() -> None:
    income = np.array([100, 0, 50, 10, 0])
    want = np.array([30, 90, 20, 30, 5])
    first = np.array([True, False, False, True, False])
    assert _running_balance(income, want, first).tolist() == [70, 0, 30, 0, 0]
