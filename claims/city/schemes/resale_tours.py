"""Resale tours: a buyer sends out a group; each draws the wished drugs alone, at many places, in the same days."""

from __future__ import annotations

import numpy as np

from claims.city.dice import dice, distinct
from claims.city.honest.refills import care_of_refill
from claims.city.people import EMPLOYEE
from claims.city.places import PHARMACY, PRIMARY, SECONDARY, SHOP
from claims.city.schemes.casting import cast, gangs, spell
from claims.city.visits import Block, World, drug_lines, in_period, join, main_condition, no_visits, stack, visits
from claims.city.waves import CLINIC_HOURS, SHOP_HOURS, at_hours
from claims.tables import Array

SCHEME = 3
SIZES = (3, 6.0, 0.5, 20)  # smallest, median, spread of the logarithm, largest
DAYS_BETWEEN_CALLS = 12.0
GOING = (0.45, 0.9)  # of the members at a call
DAYS_TO_FETCH = 3  # who is called goes on one of so many days
STOPS = np.array([0.45, 0.35, 0.20])  # one, two or three places at a call
STRAYS = 0.2  # of the purchases are of something nobody wished for
COVER = 0.25  # of the purchases hold something small beside


def resale_tours(world: World) -> Block:
    """Groups whose members never stand at one till together: what they share is the list, the days and the circuit."""
    rng = dice(world.plan.seed, "resale tours")
    pool = cast(world, "resale_tours", 42)
    pool = pool[world.people.is_chronic[pool]]
    likely = world.people.columns["insurance"][pool] == EMPLOYEE
    pool = np.concatenate([rng.permutation(pool[likely]), rng.permutation(pool[~likely])])
    groups = gangs(rng, pool, world.plan.insured * world.plan.wrongs.tour_drawers, SIZES, world.plan.least_rings)
    made = [_group(rng, world, members, number) for number, members in enumerate(groups)]
    return in_period(join(made), world.plan) if made else no_visits()


def _group(rng: np.random.Generator, world: World, members: Array, number: int) -> Block:
    places = world.places
    clinics = distinct(rng, places.of_level(PRIMARY, SECONDARY), int(rng.integers(3, 6)))
    circuit = np.concatenate([clinics, distinct(rng, places.of_level(SHOP), int(rng.integers(3, 6)))])
    wishes = _wish_list(rng, world)
    begin, end = spell(rng, world.plan.days, 120, 330)
    steps = np.cumsum(rng.gamma(6.0, DAYS_BETWEEN_CALLS / 6, int((end - begin) / DAYS_BETWEEN_CALLS * 2) + 4))
    calls = begin + steps[steps < end - begin].astype(np.int64)
    person, day, place = _errands(rng, members, calls, circuit)
    shop = places.columns["kind"][place] == PHARMACY
    served = np.where(shop, at_hours(rng, world.plan.first + day, SHOP_HOURS),
                      at_hours(rng, world.plan.first + day, CLINIC_HOURS))  # fmt: skip
    care = care_of_refill(world, person, place, shop)
    main = main_condition(world.people, person)
    head = visits(person, place, served, care, diagnosis=main, scheme=SCHEME, ring=number)
    return Block(head, _loot(rng, world, len(person), wishes))


def _wish_list(rng: np.random.Generator, world: World) -> Array:
    """Three to five items that the buyer pays for, mostly of one class."""
    medicine = world.medicine
    first = int(rng.choice(medicine.resale_prone))
    classes = np.array([code[1:6] for code in medicine.items["code"][medicine.resale_prone]])
    alike = medicine.resale_prone[classes == medicine.items["code"][first][1:6]]
    others = distinct(rng, np.setdiff1d(medicine.resale_prone, alike), int(rng.integers(1, 4)))
    return np.concatenate([alike[:2], others])


def _errands(rng: np.random.Generator, members: Array, calls: Array, circuit: Array) -> tuple[Array, Array, Array]:
    """Person, day (from 0) and place of each purchase."""
    persons, days, places = [], [], []
    for call in calls.tolist():
        going = distinct(rng, members, max(round(len(members) * rng.uniform(*GOING)), 2))
        stops = 1 + np.searchsorted(np.cumsum(STOPS), rng.random(len(going)))
        visit = np.repeat(np.arange(len(going)), stops)
        start = rng.integers(0, len(circuit), len(going))
        step = np.arange(len(visit)) - np.repeat(np.cumsum(stops) - stops, stops)
        persons.append(going[visit])
        days.append(call + rng.integers(0, DAYS_TO_FETCH, len(going))[visit])
        places.append(circuit[(start[visit] + step) % len(circuit)])
    empty = [np.empty(0, dtype=np.int64)]
    return np.concatenate(persons or empty), np.concatenate(days or empty), np.concatenate(places or empty)


def _loot(rng: np.random.Generator, world: World, n: int, wishes: Array) -> dict[str, Array]:
    medicine = world.medicine
    rows, stray = np.arange(n), rng.random(n) < STRAYS
    prone = medicine.resale_prone
    item = np.where(stray, prone[rng.integers(0, len(prone), n)], wishes[rng.integers(0, len(wishes), n)])
    first = drug_lines(medicine, rows, item, 1 + (rng.random(n) < 0.4), is_taken=1)
    more = np.flatnonzero(rng.random(n) < 0.35)
    second = drug_lines(medicine, more, wishes[rng.integers(0, len(wishes), len(more))], 1, is_taken=1)
    cover = np.flatnonzero(rng.random(n) < COVER)
    shelf = np.concatenate([medicine.pools["respiratory"], medicine.pools["pain"]])
    return stack([first, second, drug_lines(medicine, cover, shelf[rng.integers(0, len(shelf), len(cover))], 1)])
