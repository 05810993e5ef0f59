"""Honest groups that move together: carers with a family's cards, care homes, employers' and clinics' check-up days."""

from __future__ import annotations

import numpy as np

from claims.city.dice import dice
from claims.city.fill import consultation, examinations_worth
from claims.city.honest.refills import DAYS_BETWEEN, DAYS_BETWEEN_LONG, care_of_refill, days_between
from claims.city.places import PHARMACY, PRIMARY, SHOP
from claims.city.visits import (
    ACCOUNT,
    CHRONIC,
    OUTPATIENT,
    Block,
    World,
    in_period,
    main_condition,
    regimen_lines,
    stack,
    visits,
    without_empty,
)
from claims.city.waves import CLINIC_HOURS, MORNING_HOURS, SHOP_HOURS, at_hours
from claims.clock import DAY, HOUR
from claims.tables import Array


def carers(world: World) -> Block:
    """One relative fetches everybody's drugs: several cards at one till within minutes, month after month."""
    rng = dice(world.plan.seed, "carers")
    columns = world.people.columns
    members = np.flatnonzero(columns["has_carer"])
    families, family_of = np.unique(columns["family"][members], return_inverse=True)
    leader = members[np.unique(family_of, return_index=True)[1]]
    trip_family, trip_day = monthly(rng, world, len(families))
    shop = world.people.pharmacies[leader[trip_family], (rng.random(len(trip_family)) < 0.15).astype(np.int64)]
    clinic = world.people.clinics[leader[trip_family], 0]
    place = np.where((rng.random(len(families)) < 0.6)[trip_family], shop, clinic)
    hours = np.where(world.places.columns["kind"][place] == PHARMACY, 1, 0)
    served = np.where(hours == 1, at_hours(rng, trip_day, SHOP_HOURS), at_hours(rng, trip_day, CLINIC_HOURS))
    return together(world, rng, members, family_of, trip_family, place, served, gap_seconds=120)


def care_homes(world: World) -> Block:
    """Everyone of a care home is taken to one clinic (or its pharmacy) on one morning a month."""
    rng = dice(world.plan.seed, "care homes")
    columns = world.people.columns
    members = np.flatnonzero(columns["care_home"] >= 0)
    home_of = columns["care_home"][members]
    homes = int(home_of.max(initial=-1)) + 1
    first_member = members[np.unique(home_of, return_index=True)[1]]
    trip_home, trip_day = monthly(rng, world, homes)
    shop = (rng.random(homes) < 0.4)[trip_home]
    usual = world.people.clinics[first_member, 0]
    place = np.where(shop, world.people.pharmacies[first_member[trip_home], 0], usual[trip_home])
    served = at_hours(rng, trip_day, MORNING_HOURS)
    return together(world, rng, members, home_of, trip_home, place, served, gap_seconds=70)


def monthly(rng: np.random.Generator, world: World, groups: int) -> tuple[Array, Array]:
    """Group and day of trips about every 28 days."""
    trips = world.plan.days // DAYS_BETWEEN + 2
    start = rng.integers(0, DAYS_BETWEEN, groups)
    days = start[:, None] + np.arange(trips) * DAYS_BETWEEN + rng.integers(-2, 3, (groups, trips))
    group, trip = np.nonzero((days >= 0) & (days < world.plan.days))
    return group, world.plan.first + days[group, trip]


def together(
    world: World,
    rng: np.random.Generator,
    members: Array,
    group_of: Array,
    trip_group: Array,
    place: Array,
    served: Array,
    gap_seconds: int,
) -> Block:
    """All members of a group swiped one after the other at one till, on each of the group's trips."""
    order = np.argsort(group_of, kind="stable")
    sizes = np.bincount(group_of, minlength=int(trip_group.max(initial=0)) + 1)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    trip = np.repeat(np.arange(len(trip_group)), sizes[trip_group])
    position = np.arange(len(trip)) - np.repeat(np.cumsum(sizes[trip_group]) - sizes[trip_group], sizes[trip_group])
    person = members[order[starts[trip_group[trip]] + position]]
    till = world.places.any_of(rng, place, 0)[trip]
    kept = (rng.random(len(trip)) < 0.93) & _due(world, rng, person, served[trip] // DAY)
    trip, position, person, till = trip[kept], position[kept], person[kept], till[kept]
    moment = served[trip] + (position * gap_seconds * rng.uniform(0.6, 1.4, len(trip))).astype(np.int64)
    institution = place[trip]
    shop = world.places.columns["kind"][institution] == PHARMACY
    care = care_of_refill(world, person, institution, shop)
    wanted = days_between(world, person, moment // DAY)
    head = visits(person, institution, moment, care, till=till, diagnosis=main_condition(world.people, person))
    body = [regimen_lines(world, rng, person, wanted), consultation(world, rng, institution, False)]
    return in_period(without_empty(Block(head, stack(body))), world.plan)


def _due(world: World, rng: np.random.Generator, person: Array, day: Array) -> Array:
    long = world.people.has_long_prescription(person, day)
    return ~long | (rng.random(len(person)) < DAYS_BETWEEN / DAYS_BETWEEN_LONG)


def check_ups(world: World) -> Block:
    """Each clinic's quarterly morning for its chronic patients, and each larger employer's yearly one at a hospital."""
    rng = dice(world.plan.seed, "check-ups")
    people, columns = world.people, world.people.columns
    chronic = np.flatnonzero(people.is_chronic & (columns["care_home"] < 0))
    quarters = max(world.plan.days // 91, 1)
    came = rng.random((len(chronic), quarters)) < 0.12
    row, quarter = np.nonzero(came)
    clinic = people.clinics[chronic[row], 0]
    day_of = rng.integers(0, min(91, world.plan.days), (len(world.places), quarters)) + np.arange(quarters) * 91
    at_clinic = (chronic[row], clinic, world.plan.first + day_of[clinic, quarter])
    workers = np.flatnonzero(columns["employer"] >= 0)
    employer = columns["employer"][workers]
    sent = (np.bincount(employer)[employer] >= 20) & (rng.random(len(workers)) < 0.15)
    yearly = rng.integers(0, world.plan.days, int(columns["employer"].max()) + 1)
    hospital = people.hospital[rng.integers(0, len(people), len(yearly))]
    at_work = (workers[sent], hospital[employer[sent]], world.plan.first + yearly[employer[sent]])
    person, institution, day = (np.concatenate(pair) for pair in zip(at_clinic, at_work, strict=True))
    served = day * 86_400 + 8 * HOUR + (rng.beta(1.2, 2.5, len(day)) * 3 * HOUR).astype(np.int64)
    head = visits(person, institution, served, OUTPATIENT, diagnosis=main_condition(people, person))
    worth = rng.gamma(6.0, 3_500, len(day))
    return in_period(without_empty(Block(head, examinations_worth(world, rng, worth))), world.plan)


def market_days(world: World, block: Block) -> Block:
    """Moves a third of the visits to places near a periodic market onto the mornings of days with a 5 or a 0."""
    rng = dice(world.plan.seed, "market days")
    head = dict(block.visits)
    country = np.isin(world.places.columns["level"], (PRIMARY, SHOP)) & world.places.columns["is_market"]
    moves = country[head["institution"]] & (rng.random(len(block)) < 0.35) & (head["till"] < 0)
    moves &= np.isin(head["care"], (OUTPATIENT, CHRONIC, ACCOUNT))
    day = head["served"] // 86_400
    market = day - (day % 5)
    morning = at_hours(rng, market, MORNING_HOURS)
    head["served"] = np.where(moves & (market >= world.plan.first), morning, head["served"])
    return Block(head, block.lines)
