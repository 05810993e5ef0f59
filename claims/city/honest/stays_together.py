"""Honest people who lie in hospital together: care homes in a bad winter, and cancer courses of the same rhythm."""

from __future__ import annotations

import numpy as np

from claims.city.dice import around, dice
from claims.city.honest.stays import MEAN_FEN, stay_lines
from claims.city.places import GENERAL, ONCOLOGY
from claims.city.visits import INPATIENT, Block, World, visits
from claims.clock import DAY, HOUR
from claims.tables import Array

OUTBREAK_CHANCE = 0.5  # that a winter brings an outbreak to a home
TAKEN_IN = (0.15, 0.5)  # of the residents
COURSE_SHARE = 0.15  # of the cancer patients stay for their courses
COURSE_DAYS = 21


def outbreaks(world: World) -> Block:
    """Residents of one home who fall ill within days and are taken to one hospital, with one illness."""
    rng = dice(world.plan.seed, "outbreaks")
    people = world.people
    homes = people.columns["care_home"]
    winters = _winters(world)
    person, first = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for home in range(int(homes.max(initial=-1)) + 1):
        residents = np.flatnonzero(homes == home)
        for winter in winters[rng.random(len(winters)) < OUTBREAK_CHANCE].tolist():
            ill = residents[rng.random(len(residents)) < rng.uniform(*TAKEN_IN)]
            person.append(ill)
            first.append(winter + rng.integers(0, 60) + rng.integers(0, 5, len(ill)))
    who, begin = np.concatenate(person), np.concatenate(first)
    length = np.clip(np.round(rng.gamma(4.0, 2.2, len(who))), 3, 30).astype(np.int64)
    hospital = people.hospital[_first_of_home(homes)][homes[who]]
    chest = len(world.medicine.conditions) + next(
        number for number, entry in enumerate(world.medicine.complaints) if entry.get("winter", 0) > 0
    )
    return _block(world, rng, who, hospital, begin, length, chest, GENERAL, 0.4)


def courses(world: World) -> Block:
    """Two to four days in the cancer ward every three weeks; many come on the same weekday, for months."""
    rng = dice(world.plan.seed, "courses")
    people, number = world.people, world.medicine.condition("cancer")
    ill = np.flatnonzero(people.has[:, number])
    ill = ill[rng.random(len(ill)) < COURSE_SHARE]
    start = rng.integers(0, max(world.plan.days - 40, 1), len(ill)) // 7 * 7  # the ward takes in on one weekday
    rounds = rng.integers(4, 9, len(ill))
    row = np.repeat(np.arange(len(ill)), rounds)
    step = np.arange(len(row)) - np.repeat(np.cumsum(rounds) - rounds, rounds)
    late = (rng.random(len(row)) < 0.15) * rng.integers(1, 4, len(row))
    begin = start[row] + step * COURSE_DAYS + late
    length = rng.integers(2, 5, len(row))
    who = ill[row]
    return _block(world, rng, who, people.hospital[who], begin, length, number, ONCOLOGY, 0.2)


def _winters(world: World) -> Array:
    """Days (from 0) on which the winters of the period begin: each first of December."""
    days = world.plan.first + np.arange(world.plan.days)
    dates = days.astype("datetime64[D]")
    month = dates.astype("datetime64[M]").astype(np.int64) % 12
    is_first = dates == dates.astype("datetime64[M]").astype("datetime64[D]")
    return np.flatnonzero(is_first & (month == 11))


def _first_of_home(homes: Array) -> Array:
    """A resident of each home."""
    members = np.flatnonzero(homes >= 0)
    return np.asarray(members[np.unique(homes[members], return_index=True)[1]])


def _block(
    world: World, rng: np.random.Generator, person: Array, hospital: Array, begin: Array, length: Array, diagnosis: int,
    specialty: int, spread: float,
) -> Block:  # fmt: skip
    inside = (begin >= 0) & (begin + length < world.plan.days)
    person, hospital, begin, length = (column[inside] for column in (person, hospital, begin, length))
    n = len(person)
    worth = around(rng, np.full(n, 0.7 * float(np.mean(MEAN_FEN))) * (length / 8) ** 0.6, spread)
    head = visits(
        person,
        hospital,
        (world.plan.first + begin) * DAY + 9 * HOUR + rng.integers(0, 6 * HOUR, n),
        INPATIENT,
        diagnosis=diagnosis,
        specialty=specialty,
        stay_days=length,
        gap=length * DAY + rng.integers(0, 5 * HOUR, n),
    )
    return Block(head, stay_lines(world, rng, worth, length))
