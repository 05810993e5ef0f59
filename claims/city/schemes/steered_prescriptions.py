"""Steered prescriptions: a doctor writes one dear drug for the recruits of one pharmacy, who all end there."""

from __future__ import annotations

import numpy as np

from claims.city.dice import dice, distinct
from claims.city.fill import consultation
from claims.city.people import EMPLOYEE
from claims.city.places import PRIMARY, SECONDARY, TERTIARY
from claims.city.schemes.casting import cast, gangs, spell
from claims.city.visits import (
    ACCOUNT,
    CHRONIC,
    NEGOTIATED,
    OUTPATIENT,
    Block,
    World,
    drug_lines,
    in_period,
    join,
    main_condition,
    no_visits,
    stack,
    visits,
)
from claims.city.waves import CLINIC_HOURS, SHOP_HOURS, at_hours, off_weekends
from claims.clock import DAY
from claims.tables import Array

SCHEME = 4
SIZES = (5, 16.0, 0.45, 40)
DAYS_BETWEEN = 24.0
FORGED = 0.25  # of the purchases have no visit behind them: the slip was written by hand
SOON_DAYS = 3  # the others are fetched within so many days
COVER = 0.3  # of the doctor's visits by recruits are ordinary ones


def steered_prescriptions(world: World) -> Block:
    """Pairs of a doctor and a pharmacy with their recruits; the doctor sees honest patients as well."""
    rng = dice(world.plan.seed, "steered prescriptions")
    pool = cast(world, "steered_prescriptions", 35)
    pool = rng.permutation(pool[world.people.columns["insurance"][pool] == EMPLOYEE])
    wanted = world.plan.insured * world.plan.wrongs.steered_patients
    groups = gangs(rng, pool, wanted, SIZES, world.plan.least_rings)
    dual = rng.permutation(np.flatnonzero(world.places.columns["is_dual"]))
    if not len(dual):
        return no_visits()
    made = [_pair(rng, world, group, int(dual[n % len(dual)]), n) for n, group in enumerate(groups)]
    return in_period(join(made), world.plan) if made else no_visits()


def _pair(rng: np.random.Generator, world: World, recruits: Array, shop: int, number: int) -> Block:
    places = world.places
    clinic = int(rng.choice(places.of_level(TERTIARY, SECONDARY, PRIMARY)))
    department = places.department_of[clinic, 0]
    doctor = int(places.doctor_first[department] + rng.integers(0, places.doctor_count[department]))
    person, day = _rounds(rng, world, recruits)
    is_forged = rng.random(len(person)) < FORGED
    at_doctor = at_hours(rng, off_weekends(rng, world.plan.first + day, 1.0), CLINIC_HOURS)
    fetched = _fetched(rng, at_doctor, is_forged)
    seen = np.flatnonzero(~is_forged)
    head = visits(
        person[seen],
        np.full(len(seen), clinic),
        at_doctor[seen],
        OUTPATIENT,
        diagnosis=main_condition(world.people, person[seen]),
        doctor=doctor,
        scheme=SCHEME,
        ring=number,
    )
    fee = consultation(world, rng, head["institution"], False)
    small = np.flatnonzero(rng.random(len(seen)) < COVER)
    shelf = world.medicine.pools["pain"]
    own = drug_lines(world.medicine, small, shelf[rng.integers(0, len(shelf), len(small))], 1)
    return join([Block(head, stack([fee, own])), _purchases(rng, world, person, fetched, shop, number)])


def _rounds(rng: np.random.Generator, world: World, recruits: Array) -> tuple[Array, Array]:
    """Person and day (from 0) of each prescription: every recruit has a pace and a spell of his own."""
    begin, end = spell(rng, world.plan.days, 150, 330)
    persons, days = [], []
    for recruit in recruits.tolist():
        start = begin + int(rng.integers(0, max((end - begin) // 2, 1)))
        steps = np.cumsum(rng.gamma(5.0, DAYS_BETWEEN / 5, int((end - start) / DAYS_BETWEEN * 2) + 3))
        mine = start + steps[steps < end - start].astype(np.int64)
        persons.append(np.full(len(mine), recruit))
        days.append(mine)
    return np.concatenate(persons), np.concatenate(days)


def _fetched(rng: np.random.Generator, at_doctor: Array, is_forged: Array) -> Array:
    """Moments of the purchases: soon after the visit, on its day or on one of the next."""
    later = rng.integers(0, SOON_DAYS, len(at_doctor))
    same_day = at_doctor + rng.integers(20, 150, len(at_doctor)) * 60
    another = at_hours(rng, at_doctor // DAY + later, SHOP_HOURS)
    return np.where((later > 0) | is_forged, another, same_day)


def _purchases(rng: np.random.Generator, world: World, person: Array, served: Array, shop: int, number: int) -> Block:
    medicine, n = world.medicine, len(person)
    dear = medicine.resale_prone[np.argsort(-medicine.items["price_fen"][medicine.resale_prone], kind="stable")[:10]]
    favourite, second = distinct(rng, dear, 2)
    care = np.where(rng.random(n) < 0.7, NEGOTIATED, np.where(rng.random(n) < 0.5, CHRONIC, ACCOUNT))
    main = main_condition(world.people, person)
    head = visits(person, np.full(n, shop), served, care, diagnosis=main, scheme=SCHEME, ring=number)
    item = np.where(rng.random(n) < 0.8, favourite, second)
    packs = 2 + (rng.random(n) < 0.4)
    return Block(head, drug_lines(medicine, np.arange(n), item, packs, is_taken=1))
