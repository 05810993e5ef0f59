"""The chronically ill fetch their drugs about every 28 days (84 with a long prescription)."""

from __future__ import annotations

import numpy as np

from claims.city.dice import dice
from claims.city.fill import consultation, examinations_worth, usual_clinic, usual_pharmacy
from claims.city.people import EMPLOYEE, RESIDENT
from claims.city.visits import (
    ACCOUNT,
    CHRONIC,
    OUTPATIENT,
    Block,
    World,
    in_period,
    keep,
    main_condition,
    regimen_lines,
    stack,
    visits,
)
from claims.city.waves import CLINIC_HOURS, SHOP_HOURS, at_hours, festival_days, off_weekends
from claims.tables import Array

RESIDENTS_WHO_REFILL = 0.5
DAYS_BETWEEN, DAYS_BETWEEN_LONG = 28, 84
TRAVEL_STOCK_UP = 0.15  # of refills in the fortnight before the Spring Festival: two months at once


def refills(world: World) -> Block:
    """Refills at the clinic, the hospital or the pharmacy, some doubled before the holidays."""
    rng = dice(world.plan.seed, "refills")
    person, day, wanted = _schedule(world, rng)
    festivals = festival_days(world.plan)
    soon = ((festivals[None, :] - day[:, None] > 0) & (festivals[None, :] - day[:, None] < 15)).any(axis=1)
    wanted = np.where(soon & (rng.random(len(day)) < TRAVEL_STOCK_UP), wanted * 2, wanted)
    at_shop = (rng.random(len(day)) < 0.32) & (world.people.columns["insurance"][person] == EMPLOYEE)
    institution = np.where(
        at_shop, usual_pharmacy(world, rng, person), usual_clinic(world, rng, person, to_hospital=0.35)
    )
    day = np.where(at_shop, day, off_weekends(rng, day))
    served = np.where(at_shop, at_hours(rng, day, SHOP_HOURS), at_hours(rng, day, CLINIC_HOURS))
    care = care_of_refill(world, person, institution, at_shop)
    head = visits(person, institution, served, care, diagnosis=main_condition(world.people, person))
    drugs = regimen_lines(world, rng, person, wanted)
    extras = [consultation(world, rng, institution, False), _follow_up_tests(world, rng, at_shop)]
    fetches = np.bincount(drugs["visit"], minlength=len(person)) > 0  # nobody goes while nothing runs low
    return in_period(keep(Block(head, stack([drugs, *extras])), fetches), world.plan)


def _schedule(world: World, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Person, day and wanted days of supply of every refill."""
    columns = world.people.columns
    others = np.delete(world.people.has, [world.medicine.condition(name) for name in ("dialysis", "cancer")], axis=1)
    alone = others.any(axis=1) & (columns["care_home"] < 0) & ~columns["has_carer"]
    lazy = (columns["insurance"] == RESIDENT) & (rng.random(len(alone)) > RESIDENTS_WHO_REFILL)
    person = np.flatnonzero(alone & ~lazy)
    most = world.plan.days // 20 + 3
    # Residents stretch their drugs; nobody is punctual to the day.
    stretch = np.where(columns["insurance"][person] == RESIDENT, 1.35, 1.03)
    paces = stretch[:, None] * rng.gamma(25.0, 1 / 25.0, (len(person), most))
    paces[:, 0] *= rng.random(len(person))
    days, wanted = (np.empty((len(person), most), dtype=np.int64) for _ in range(2))
    due = np.full(len(person), float(world.plan.first))
    supply = days_between(world, person, due)
    for refill in range(most):  # what was handed out decides when the next one is due
        due += supply * paces[:, refill]
        days[:, refill] = due
        supply = wanted[:, refill] = days_between(world, person, days[:, refill])
    row, column = np.nonzero(days < world.plan.first + world.plan.days)
    return person[row], days[row, column], wanted[row, column]


def days_between(world: World, person: Array, day: Array) -> Array:
    """Days of supply that each person is given on a day number."""
    return np.where(world.people.has_long_prescription(person, day), DAYS_BETWEEN_LONG, DAYS_BETWEEN)


def care_of_refill(world: World, person: Array, institution: Array, at_shop: Array) -> Array:
    """Chronic benefit where the condition has one and the place may bill it, else account or general outpatient."""
    medicine = world.medicine
    registered = np.array([entry["care"] == "chronic" for entry in medicine.conditions.values()])
    may_bill = ~at_shop | world.places.columns["is_dual"][institution]
    is_chronic = (world.people.has[person] & registered).any(axis=1) & may_bill
    return np.where(is_chronic, CHRONIC, np.where(at_shop, ACCOUNT, OUTPATIENT))


def _follow_up_tests(world: World, rng: np.random.Generator, at_shop: Array) -> dict[str, Array]:
    worth = np.where((rng.random(len(at_shop)) < 0.25) & ~at_shop, rng.gamma(2.0, 6_500, len(at_shop)), 0)
    return examinations_worth(world, rng, worth, most=2)
