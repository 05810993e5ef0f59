"""Ant-moving: a patient draws the same dear chronic drug at many places inside the days already supplied."""

from __future__ import annotations

import numpy as np

from claims.city.dice import dice, distinct
from claims.city.honest.refills import care_of_refill
from claims.city.people import EMPLOYEE
from claims.city.places import PHARMACY, PRIMARY, SHOP
from claims.city.schemes.casting import cast, spell
from claims.city.visits import Block, World, drug_lines, in_period, main_condition, stack, visits
from claims.city.waves import CLINIC_HOURS, SHOP_HOURS, at_hours
from claims.tables import Array

TOUR_SHARE = 0.25  # of the days on which a mover goes out: three or four places the same day
LEAST_AGE = 42


def ant_moving(world: World) -> Block:
    """Bouts of buying by single patients; between them and beside them they live like everybody else."""
    rng = dice(world.plan.seed, "ant moving")
    pool = cast(world, "ant_moving", LEAST_AGE)
    pool = pool[world.people.is_chronic[pool]]
    likely = world.people.columns["insurance"][pool] == EMPLOYEE
    pool = np.concatenate([rng.permutation(pool[likely]), rng.permutation(pool[~likely])])
    wanted = max(round(world.plan.insured * world.plan.wrongs.ant_movers), 1)
    movers = pool[:wanted]
    outings = [_outings(rng, world, int(mover)) for mover in movers]
    number = np.repeat(np.arange(len(movers)), [len(days) for days, _ in outings])
    day = np.concatenate([days for days, _ in outings])
    place = np.concatenate([places for _, places in outings])
    person = movers[number]
    shop = world.places.columns["kind"][place] == PHARMACY
    served = np.where(shop, at_hours(rng, day, SHOP_HOURS), at_hours(rng, day, CLINIC_HOURS))
    care = care_of_refill(world, person, place, shop)
    main = main_condition(world.people, person)
    head = visits(person, place, served, care, diagnosis=main, scheme=0)
    return in_period(Block(head, _loot(rng, world, number, len(movers))), world.plan)


def _outings(rng: np.random.Generator, world: World, mover: int) -> tuple[Array, Array]:
    """Days and places of one mover's purchases."""
    near = np.concatenate([world.people.pharmacies[mover], world.people.clinics[mover][:2]])
    far = distinct(rng, world.places.of_level(PRIMARY, SHOP), int(rng.integers(2, 7)))
    circuit = np.unique(np.concatenate([near, far]))
    days = []
    for _ in range(int(rng.integers(1, 4))):
        begin, end = spell(rng, world.plan.days, 35, 140)
        gap = float(np.clip(rng.lognormal(np.log(9), 0.4), 4, 22))
        steps = np.cumsum(np.maximum(rng.gamma(3.0, gap / 3, int((end - begin) / gap) + 2), 1)).astype(np.int64)
        days.append(begin + steps[steps < end - begin])
    going = np.unique(np.concatenate(days))
    stops = np.where(rng.random(len(going)) < TOUR_SHARE, rng.integers(2, 5, len(going)), 1)
    day = world.plan.first + np.repeat(going, stops)
    return day, circuit[(np.arange(len(day)) + rng.integers(0, 2, len(day))) % len(circuit)]


def _loot(rng: np.random.Generator, world: World, number: Array, movers: int) -> dict[str, Array]:
    medicine = world.medicine
    wishes = np.stack([distinct(rng, medicine.resale_prone, 3) for _ in range(max(movers, 1))])
    rows = np.arange(len(number))
    first = wishes[number, rng.integers(0, 2, len(number))]
    taken = drug_lines(medicine, rows, first, 1 + (rng.random(len(rows)) < 0.3), is_taken=1)
    more = np.flatnonzero(rng.random(len(rows)) < 0.3)
    second = drug_lines(medicine, more, wishes[number[more], 2], 1, is_taken=1)
    cover = np.flatnonzero(rng.random(len(rows)) < 0.2)
    shelf = medicine.pools["respiratory"]
    small = drug_lines(medicine, cover, shelf[rng.integers(0, len(shelf), len(cover))], 1)
    return stack([taken, second, small])
