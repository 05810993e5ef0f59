"""Card collectors: one hand swipes many people's cards within minutes, on several days, at several pharmacies."""

from __future__ import annotations

import numpy as np

from claims.city.dice import dice, distinct
from claims.city.honest.refills import care_of_refill
from claims.city.people import EMPLOYEE
from claims.city.places import PHARMACY, PRIMARY, SHOP
from claims.city.schemes.casting import cast, spell
from claims.city.visits import Block, World, drug_lines, in_period, join, main_condition, stack, visits
from claims.city.waves import SHOP_HOURS, at_hours
from claims.tables import Array

SMALLEST, LARGEST = 3, 40
COMING_BACK_DAYS = 11.0
SECOND_STOP = 0.2  # of the sessions go on at another till half an hour later
COVER = 0.3  # of the swipes also buy something small that nobody resells


def card_collectors(world: World) -> Block:
    """Rings of 3 to 40 cards whose owners live apart; each session takes a changing part of them."""
    rng = dice(world.plan.seed, "card collectors")
    pool = cast(world, "card_collectors", 40)
    likely = world.people.columns["insurance"][pool] == EMPLOYEE
    pool = np.concatenate([rng.permutation(pool[likely]), rng.permutation(pool[~likely])])
    wanted = max(round(world.plan.insured * world.plan.wrongs.collected_cards), SMALLEST)
    pool = rng.permutation(pool[:wanted])
    rings: list[Block] = []
    used = 0
    while len(pool) - used >= SMALLEST:
        size = int(np.clip(round(rng.lognormal(np.log(11), 0.55)), SMALLEST, LARGEST))
        rings.append(_ring(rng, world, pool[used : used + size], len(rings)))
        used += size
    return in_period(join(rings), world.plan)


def _ring(rng: np.random.Generator, world: World, cards: Array, ring: int) -> Block:
    shops = distinct(rng, world.places.of_level(SHOP), int(rng.integers(2, 6)))
    clinics = distinct(rng, world.places.of_level(PRIMARY), int(rng.random() < 0.4))
    haunts = np.concatenate([shops, clinics])
    begin, end = spell(rng, world.plan.days, 100, 330)
    steps = np.cumsum(rng.gamma(4.0, COMING_BACK_DAYS / 4, int((end - begin) / COMING_BACK_DAYS * 2) + 4))
    days = world.plan.first + begin + steps[steps < end - begin].astype(np.int64)
    moments = at_hours(rng, days, SHOP_HOURS)
    wishes = distinct(rng, world.medicine.resale_prone, int(rng.integers(4, 9)))
    sessions = [_session(rng, world, cards, int(moment), haunts) for moment in moments]
    person, place, served, till = (
        (np.concatenate(part) for part in zip(*sessions, strict=True)) if sessions else _nothing()
    )
    shop = world.places.columns["kind"][place] == PHARMACY
    care = care_of_refill(world, person, place, shop)
    main = main_condition(world.people, person)
    head = visits(person, place, served, care, diagnosis=main, till=till, scheme=1, ring=ring)
    return Block(head, _loot(rng, world, len(person), wishes))


def _nothing() -> tuple[Array, Array, Array, Array]:
    empty = np.empty(0, dtype=np.int64)
    return empty, empty, empty, empty


def _session(
    rng: np.random.Generator, world: World, cards: Array, moment: int, haunts: Array
) -> tuple[Array, Array, Array, Array]:
    """One session at one till, sometimes two: person, place, moment and till of each swipe."""
    share = rng.uniform(0.4, 0.9)
    present = distinct(rng, cards, max(round(len(cards) * share), 2))
    gaps = 12 + rng.exponential(45.0, len(present))
    first = moment + np.cumsum(gaps).astype(np.int64)
    stops = distinct(rng, haunts, 1 + int(rng.random() < SECOND_STOP))
    served = np.concatenate([first + number * int(rng.integers(1500, 4200)) for number in range(len(stops))])
    place = np.repeat(stops, len(present))
    till = np.repeat(world.places.any_of(rng, stops, 0), len(present))
    return np.tile(present, len(stops)), place, served, till


def _loot(rng: np.random.Generator, world: World, n: int, wishes: Array) -> dict[str, Array]:
    medicine, parts = world.medicine, []
    number, start = rng.integers(1, 4, n), rng.integers(0, len(wishes), n)
    for step in range(3):
        rows = np.flatnonzero(number > step)
        item = wishes[(start[rows] + step) % len(wishes)]
        parts.append(drug_lines(medicine, rows, item, 1 + (rng.random(len(rows)) < 0.4), is_taken=1))
    cover = np.flatnonzero(rng.random(n) < COVER)
    shelf = np.concatenate([medicine.pools["respiratory"], medicine.pools["stomach"]])
    parts.append(drug_lines(medicine, cover, shelf[rng.integers(0, len(shelf), len(cover))], 1))
    return stack(parts)
