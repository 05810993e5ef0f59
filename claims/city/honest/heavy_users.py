"""Honest heavy users: dialysis three times a week with the same neighbours, and cancer treatment in cycles."""

from __future__ import annotations

import numpy as np

from claims.city.dice import dice
from claims.city.fill import consultation, examinations_worth
from claims.city.places import DIALYSIS, ONCOLOGY
from claims.city.visits import (
    NEGOTIATED,
    SPECIAL,
    Block,
    World,
    drug_lines,
    in_period,
    join,
    lines,
    packs_for,
    stack,
    visits,
    without_empty,
)
from claims.city.waves import CLINIC_HOURS, at_hours, off_weekends, weekdays
from claims.clock import DAY, HOUR
from claims.tables import Array

WARD_PHARMACY = 0.8
SHIFTS = (7 * HOUR + 30 * 60, 12 * HOUR + 30 * 60)


def dialysis(world: World) -> Block:
    """Monday-Wednesday-Friday or Tuesday-Thursday-Saturday, always the same shift, settled within minutes."""
    rng = dice(world.plan.seed, "dialysis")
    people, medicine = world.people, world.medicine
    ill = np.flatnonzero(people.has[:, medicine.condition("dialysis")])
    days = world.plan.first + np.arange(world.plan.days)
    odd, late = rng.random(len(ill)) < 0.5, rng.integers(0, 2, len(ill))
    weekday = weekdays(days)
    goes = np.where(odd[:, None], np.isin(weekday, (1, 3, 5)), np.isin(weekday, (0, 2, 4)))
    row, day = np.nonzero(goes & (rng.random(goes.shape) < 0.97))
    person = ill[row]
    # All machines of a shift start together, and their patients pay one after the other.
    served = days[day] * DAY + np.array(SHIFTS)[late[row]] + rng.integers(0, 900, len(row))
    number = medicine.condition("dialysis")
    head = visits(
        person,
        people.hospital[person],
        served,
        SPECIAL,
        diagnosis=number,
        specialty=DIALYSIS,
        gap=4 * HOUR + rng.integers(120, 1_500, len(row)),
    )
    treatment, tube = medicine.pools["dialysis"][0], medicine.pools["consumable"][3]
    all_rows = np.arange(len(row))
    body = [lines(all_rows, np.full(len(row), treatment), 1), lines(all_rows, np.full(len(row), tube), 1)]
    rows = np.flatnonzero(rng.random(len(row)) < 0.15)
    item = people.regimen[person[rows], number]
    return Block(head, stack([*body, drug_lines(medicine, rows, item, packs_for(medicine, rng, item, 15))]))


def oncology(world: World) -> Block:
    """Cycles of three weeks at the hospital and a negotiated drug every month, for some months."""
    rng = dice(world.plan.seed, "oncology")
    people, medicine = world.people, world.medicine
    number = medicine.condition("cancer")
    ill = np.flatnonzero(people.has[:, number])
    person, day = _cycles(rng, world, ill, 21)
    head = visits(
        person,
        people.hospital[person],
        at_hours(rng, off_weekends(rng, day), CLINIC_HOURS),
        SPECIAL,
        diagnosis=number,
        specialty=ONCOLOGY,
    )
    rows = np.arange(len(person))
    infusion = lines(rows, np.full(len(rows), medicine.pools["chemotherapy"][0]), rng.integers(1, 4, len(rows)))
    worth = rng.gamma(3.0, 25_000, len(rows))
    fee = consultation(world, rng, head["institution"], False)
    visits_for_infusion = Block(head, stack([infusion, fee, examinations_worth(world, rng, worth)]))
    return in_period(join([visits_for_infusion, _negotiated(world, rng, ill)]), world.plan)


def _negotiated(world: World, rng: np.random.Generator, ill: Array) -> Block:
    people, medicine = world.people, world.medicine
    number = medicine.condition("cancer")
    person, day = _cycles(rng, world, ill, 29)
    item = people.regimen[person, number]
    fits = ~((medicine.items["only_sex"][item] == "2") & (people.columns["sex"][person] == 1))
    person, day, item = person[fits], day[fits], item[fits]
    dual = np.flatnonzero(world.places.columns["is_dual"])
    # Most go to the one pharmacy that their hospital's ward sends everybody to.
    chooser = np.where(rng.random(len(person)) < WARD_PHARMACY, people.hospital[person], person)
    shop = dual[chooser % len(dual)] if len(dual) else people.hospital[person]
    head = visits(person, shop, at_hours(rng, day, CLINIC_HOURS), NEGOTIATED, diagnosis=number, specialty=ONCOLOGY)
    body = drug_lines(medicine, np.arange(len(person)), item, packs_for(medicine, rng, item, 28))
    return without_empty(Block(head, body))


def _cycles(rng: np.random.Generator, world: World, ill: Array, between: int) -> tuple[Array, Array]:
    most = world.plan.days // between + 1
    gaps = np.maximum(rng.normal(between, 1.5, (len(ill), most)), between - 5)
    start = rng.integers(-90, max(world.plan.days - 60, 1), len(ill))
    days = world.plan.first + start[:, None] + np.cumsum(gaps, axis=1).astype(np.int64)
    rounds = rng.integers(6, 22, len(ill))
    inside = (days >= world.plan.first) & (days < world.plan.first + world.plan.days)
    row, column = np.nonzero(inside & (np.arange(most) < rounds[:, None]))
    return ill[row], days[row, column]
