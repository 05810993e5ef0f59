"""Stay groups: a hospital fetches the same old people by bus, and they lie there together, again and again."""

from __future__ import annotations

import numpy as np

from claims.city.dice import around, dice, distinct, pick
from claims.city.honest.stays import MEAN_FEN, stay_lines
from claims.city.places import PRIMARY, SECONDARY
from claims.city.schemes.casting import cast, gangs
from claims.city.visits import INPATIENT, Block, World, in_period, join, no_visits, visits
from claims.clock import DAY, HOUR
from claims.tables import Array

SCHEME = 5
SIZES = (4, 9.0, 0.4, 25)
ROUNDS = (3, 7)
DAYS_BETWEEN_ROUNDS = (40, 95)
COMING = (0.6, 0.95)  # of the members in a round
LENGTH_DAYS = (6, 11)
STRAGGLERS = 0.15  # of the members come or leave a day or two apart from the others
SPREAD_OF_BILLS = 0.12


def stay_groups(world: World) -> Block:
    """Groups with two or three diagnoses and nearly one bill; between the rounds they live like everybody else."""
    rng = dice(world.plan.seed, "stay groups")
    pool = rng.permutation(cast(world, "stay_groups", 55))
    wanted = world.plan.insured * world.plan.wrongs.stay_members
    groups = gangs(rng, pool, wanted, SIZES, world.plan.least_rings)
    hospitals = world.places.of_level(SECONDARY, PRIMARY)
    made = [_group(rng, world, group, int(rng.choice(hospitals)), number) for number, group in enumerate(groups)]
    return in_period(join(made), world.plan) if made else no_visits()


def _group(rng: np.random.Generator, world: World, members: Array, hospital: int, number: int) -> Block:
    admitted, length, person = _rounds(rng, world, members)
    medicine, n = world.medicine, len(person)
    reasons = distinct(rng, np.arange(len(medicine.conditions)), 2)
    bill = 0.55 * float(np.mean(MEAN_FEN)) * rng.uniform(0.8, 1.2)
    worth = around(rng, np.full(n, bill) * (length / np.mean(LENGTH_DAYS)) ** 0.6, SPREAD_OF_BILLS)
    head = visits(
        person,
        np.full(n, hospital),
        (world.plan.first + admitted) * DAY + 8 * HOUR + rng.integers(0, 2 * HOUR, n),
        INPATIENT,
        diagnosis=reasons[pick(rng, n, np.array([0.8, 0.2]))],
        stay_days=length,
        gap=length * DAY + rng.integers(0, 2 * HOUR, n),
        scheme=SCHEME,
        ring=number,
    )
    lines = stay_lines(world, rng, worth, length)
    return Block(head, {**lines, "is_taken": np.ones(len(lines["visit"]), dtype=np.int64)})


def _rounds(rng: np.random.Generator, world: World, members: Array) -> tuple[Array, Array, Array]:
    """First day (from 0), days and person of each stay that ends inside the period."""
    count = int(rng.integers(*ROUNDS))
    begins = np.cumsum(rng.integers(*DAYS_BETWEEN_ROUNDS, count)) + int(rng.integers(-60, world.plan.days // 3))
    first, lengths, persons = [], [], []
    for begin in begins.tolist():
        coming = distinct(rng, members, max(round(len(members) * rng.uniform(*COMING)), 2))
        length = int(rng.integers(*LENGTH_DAYS))
        apart = rng.random(len(coming)) < STRAGGLERS
        first.append(begin + apart * rng.integers(0, 3, len(coming)))
        lengths.append(length + apart * rng.integers(-1, 2, len(coming)))
        persons.append(coming)
    admitted, days, person = (np.concatenate(parts) for parts in (first, lengths, persons))
    inside = (admitted >= 0) & (admitted + days < world.plan.days)
    return admitted[inside], days[inside], person[inside]
