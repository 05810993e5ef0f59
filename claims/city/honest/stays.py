"""Days in hospital: about one stay a year for every five persons."""

from __future__ import annotations

import numpy as np

from claims.city.dice import around, dice, pick
from claims.city.people import EMPLOYEE
from claims.city.places import PRIMARY, SECONDARY, any_place
from claims.city.visits import INPATIENT, Block, World, keep, lines, visits
from claims.city.waves import CLINIC_HOURS, at_hours, day_weights, days_of, off_weekends
from claims.clock import DAY
from claims.tables import Array

STAYS_A_YEAR = (0.214, 0.208)  # employees, residents
MEAN_FEN = (1_152_200, 733_900)
LEVEL_FACTOR = np.array([1.45, 1.0, 0.45])
LINES_PER_STAY = (14, 27)  # the daily items of a stay are summed by item
AGE_WEIGHTS = np.array([0.35, 0.45, 1.0, 2.6, 3.6])


def stays(world: World) -> Block:
    """Stays with admission and discharge; the fee is settled at discharge."""
    rng = dice(world.plan.seed, "stays")
    columns = world.people.columns
    person = np.concatenate([_patients(rng, world, group) for group in (0, 1)])
    n = len(person)
    admitted = off_weekends(rng, days_of(rng, world.plan, n, day_weights(world.plan, winter=0.25, weekend=0.6)), 0.5)
    length = np.clip(np.round(rng.gamma(2.2, 4.0, n)), 1, 60).astype(np.int64)
    level = pick(rng, n, np.array([0.42, 0.38, 0.20]))
    hospital = np.choose(level, [any_place(rng, world.places, world.places.of_level(at), n) for at in range(3)])
    own = world.people.hospital[person]
    hospital = np.where((rng.random(n) < 0.5) & (level < PRIMARY), own, hospital)
    level = world.places.columns["level"][hospital]
    group = np.where(columns["insurance"][person] == EMPLOYEE, 0, 1)
    factor = LEVEL_FACTOR[level]
    mean = np.array(MEAN_FEN)[group] * factor / factor.mean()
    worth = around(rng, mean * (length / length.mean()) ** 0.6, 0.45)
    worth *= np.array(MEAN_FEN)[group].sum() / worth.sum() if n else 1.0
    served = at_hours(rng, admitted, CLINIC_HOURS)
    head = visits(
        person,
        hospital,
        served,
        INPATIENT,
        diagnosis=_reasons(rng, world, person),
        specialty=np.where(level <= SECONDARY, rng.integers(0, 2, n), 0),
        stay_days=length,
        gap=np.maximum(length * DAY + rng.integers(-2, 3, n) * 3_600, 6 * 3_600),
    )
    fits = admitted + length < world.plan.first + world.plan.days
    return _without(Block(head, stay_lines(world, rng, worth, length)), fits)


def _without(block: Block, fits: Array) -> Block:
    rank = np.lexsort((block.visits["served"], block.visits["person"]))
    person, begin = block.visits["person"][rank], block.visits["served"][rank]
    end = begin + block.visits["gap"][rank]
    # Nobody is in two beds: a stay that begins before the person's last one ended is left out.
    again = np.concatenate([[False], (person[1:] == person[:-1]) & (begin[1:] < end[:-1])])
    mask = fits.copy()
    mask[rank[again]] = False
    return keep(block, mask)


def _patients(rng: np.random.Generator, world: World, insurance: int) -> Array:
    columns = world.people.columns
    rows = np.flatnonzero(columns["insurance"] == insurance)
    by_age = AGE_WEIGHTS[np.searchsorted([6, 45, 60, 75], columns["age"][rows], side="right")]
    size = rng.poisson(STAYS_A_YEAR[insurance] * world.plan.years * len(rows))
    return np.asarray(rows[pick(rng, size, by_age * columns["frailty"][rows])])


def _reasons(rng: np.random.Generator, world: World, person: Array) -> Array:
    people, chronic = world.people, len(world.medicine.conditions)
    own = np.argmax(people.has[person] * rng.random((len(person), chronic)), axis=1)
    fits = np.array(
        [
            number
            for number, entry in enumerate(world.medicine.complaints)
            if not entry.keys() & {"sex", "most", "least"}
        ]
    )
    acute = chronic + fits[rng.integers(0, len(fits), len(person))]
    return np.where(people.has[person].any(axis=1) & (rng.random(len(person)) < 0.6), own, acute)


def stay_lines(world: World, rng: np.random.Generator, worth: Array, length: Array) -> dict[str, Array]:
    """The items of stays of this worth (fen) and length (days), summed by item."""
    medicine = world.medicine
    names = ("bed", "stay", "infusion", "tests", "treatment", "consumable", "respiratory", "heart", "stomach")
    shelf = np.concatenate([medicine.pools[name] for name in names])
    shelf = shelf[medicine.items["price_fen"][shelf] >= 300]
    number = rng.integers(*LINES_PER_STAY, len(worth))
    visit = np.repeat(np.arange(len(worth)), number)
    step = np.arange(len(visit)) - np.repeat(np.cumsum(number) - number, number)
    start = rng.integers(0, len(shelf), len(worth))
    item = shelf[(start[visit] + step * 3) % len(shelf)]
    share = rng.gamma(0.8, 1.0, len(visit)) * np.sqrt(medicine.items["price_fen"][item])
    share /= np.bincount(visit, weights=share, minlength=len(worth))[visit]
    packs = np.maximum(np.round(worth[visit] * share / (medicine.items["price_fen"][item] * 0.93)), 1)
    bed = item == medicine.pools["bed"][0]
    return lines(visit, item, np.where(bed, length[visit], packs).astype(np.int64))
