"""Card collectors: one hand swipes many people's cards within minutes, on several days, at several pharmacies."""

from __future__ import annotations

import numpy as np

from claims.city.dice import dice, distinct
from claims.city.honest.refills import care_of_refill
from claims.city.people import EMPLOYEE
from claims.city.places import PHARMACY, PRIMARY, SHOP
from claims.city.schemes.casting import cast, gangs, spell
from claims.city.schemes.evasion import EVASIONS, Evasion
from claims.city.visits import Block, World, drug_lines, in_period, join, main_condition, no_visits, stack, visits
from claims.city.waves import SHOP_HOURS, at_hours
from claims.tables import Array

SIZES = (3, 11.0, 0.55, 40)  # smallest, median, spread of the logarithm, largest
COMING_BACK_DAYS = 11.0
SECOND_STOP = 0.2  # of the sessions go on at another till half an hour later
COVER = 0.3  # of the swipes also buy something small that nobody resells


def card_collectors(world: World) -> Block:
    """Rings of 3 to 40 cards whose owners live apart; each session takes a changing part of them."""
    rng = dice(world.plan.seed, "card collectors")
    pool = cast(world, "card_collectors", 40)
    likely = world.people.columns["insurance"][pool] == EMPLOYEE
    pool = np.concatenate([rng.permutation(pool[likely]), rng.permutation(pool[~likely])])
    wanted = world.plan.insured * world.plan.wrongs.collected_cards
    rings = gangs(rng, pool, wanted, SIZES, world.plan.least_rings)
    made = [_ring(rng, world, cards, number) for number, cards in enumerate(rings)]
    return in_period(join(made), world.plan) if made else no_visits()


def _ring(rng: np.random.Generator, world: World, cards: Array, ring: int) -> Block:
    shops = distinct(rng, world.places.of_level(SHOP), int(rng.integers(2, 6)))
    clinics = distinct(rng, world.places.of_level(PRIMARY), int(rng.random() < 0.4))
    haunts = np.concatenate([shops, clinics])
    begin, end = spell(rng, world.plan.days, 100, 330)
    steps = np.cumsum(rng.gamma(4.0, COMING_BACK_DAYS / 4, int((end - begin) / COMING_BACK_DAYS * 2) + 4))
    days = world.plan.first + begin + steps[steps < end - begin].astype(np.int64)
    moments = at_hours(rng, days, SHOP_HOURS)
    wishes = distinct(rng, world.medicine.resale_prone, int(rng.integers(4, 9)))
    sessions = _sessions(rng, world, cards, moments, haunts)
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


def _sessions(
    rng: np.random.Generator, world: World, cards: Array, moments: Array, haunts: Array
) -> list[tuple[Array, Array, Array, Array]]:
    """Person, place, moment and till of each swipe of each session."""
    evasion, together = EVASIONS[world.plan.evasion], np.zeros((len(cards), len(cards)), dtype=np.int64)
    made = []
    for moment in moments.tolist():
        present = distinct(rng, np.arange(len(cards)), max(round(len(cards) * rng.uniform(*evasion.share)), 2))
        if evasion.most_joint_days:
            present = _not_again(present, together, evasion.most_joint_days)
        together[np.ix_(present, present)] += 1
        made.append(_session(rng, world, cards[present], moment, haunts, evasion))
    return made


def _not_again(present: Array, together: Array, most: int) -> Array:
    """Those present without the later of any two that met `most` times already."""
    kept: list[int] = []
    for card in present.tolist():
        if (together[card, kept] < most).all():
            kept.append(card)
    return np.array(kept, dtype=np.int64)


def _session(
    rng: np.random.Generator, world: World, cards: Array, moment: int, haunts: Array, evasion: Evasion
) -> tuple[Array, Array, Array, Array]:
    """One session at one till or spread over several; some go on at another place half an hour later."""
    till_of = np.arange(len(cards)) % evasion.tills
    counters = distinct(rng, haunts, evasion.tills)
    places, served = counters[till_of % len(counters)], np.empty(len(cards), dtype=np.int64)
    for counter in range(evasion.tills):
        mine = np.flatnonzero(till_of == counter)
        gaps = 12 + rng.exponential(evasion.gap_seconds, len(mine))
        served[mine] = moment + counter * int(rng.integers(1_500, 4_200)) + np.cumsum(gaps).astype(np.int64)
    tills = world.places.any_of(rng, counters, 0)[till_of % len(counters)]
    if rng.random() >= SECOND_STOP:
        return cards, places, served, tills
    second = distinct(rng, haunts, 1)
    again = served + int(rng.integers(1_500, 4_200)) * evasion.tills
    till = np.repeat(world.places.any_of(rng, second, 0), len(cards))
    return (
        np.tile(cards, 2),
        np.concatenate([places, np.repeat(second, len(cards))]),
        np.concatenate([served, again]),
        np.concatenate([tills, till]),
    )


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
