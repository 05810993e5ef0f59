"""Empty swipes: a crooked pharmacy bills without a customer, in bursts, at odd hours, with cards from far away."""

from __future__ import annotations

import numpy as np

from claims.city.dice import dice, distinct
from claims.city.people import EMPLOYEE
from claims.city.places import SHOP
from claims.city.schemes.casting import cast, spell
from claims.city.visits import (
    ACCOUNT,
    CHRONIC,
    Block,
    World,
    drug_lines,
    in_period,
    join,
    main_condition,
    no_visits,
    visits,
)
from claims.city.waves import SHOP_HOURS, at_hours
from claims.clock import DAY, HOUR
from claims.tables import Array

ROUND_FEN = np.array([9_800, 10_000, 15_000, 19_800, 20_000, 29_800, 30_000, 49_800])
ODD_HOURS = 0.65  # of the bursts; the others hide in the day's trade
CYCLED = 0.15  # of the swipes are settled, refunded and settled again
CARDS = (12, 45)


def empty_swipes(world: World) -> Block:
    """Bursts of equal or round amounts at each crooked pharmacy, in two spells of its year."""
    rng = dice(world.plan.seed, "empty swipes")
    shops = world.places.of_level(SHOP)
    # A city below 20,000 has the custom of fewer pharmacies than it has pharmacies.
    share = world.plan.wrongs.crooked_pharmacies * min(world.plan.insured / 20_000, 1.0)
    least = max(int(world.plan.rates == "dense"), min(world.plan.least_rings, len(shops) // 10))
    crooked = distinct(rng, shops, max(round(len(shops) * share), least))
    if not len(crooked):
        return no_visits()
    pool = cast(world, "empty_swipes", 20)
    pool = pool[world.people.columns["insurance"][pool] == EMPLOYEE]
    return in_period(join([_pharmacy(rng, world, int(shop), pool, n) for n, shop in enumerate(crooked)]), world.plan)


def _pharmacy(rng: np.random.Generator, world: World, shop: int, pool: Array, number: int) -> Block:
    columns, places = world.people.columns, world.places.columns
    away = np.hypot(columns["x"][pool] - places["x"][shop], columns["y"][pool] - places["y"][shop])
    far = pool[np.argsort(-away, kind="stable")[: max(len(pool) // 2, 1)]]
    cards = distinct(rng, far, int(rng.integers(*CARDS)))
    till = int(world.places.any_of(rng, np.array([shop]), 0)[0])
    moments = np.concatenate([_burst_moments(rng, world) for _ in range(2)])
    bursts = [_burst(rng, cards, int(moment)) for moment in moments]
    person, served, fen = (np.concatenate(part) for part in zip(*bursts, strict=True))
    item = _item_worth(rng, world, fen)
    is_dual = bool(places["is_dual"][shop])
    care = np.where(world.medicine.items["is_resale_prone"][item] & is_dual, CHRONIC, ACCOUNT)
    head = visits(
        person,
        np.full(len(person), shop),
        served,
        care,
        diagnosis=main_condition(world.people, person),
        till=till,
        scheme=2,
        ring=number,
        is_cycled=rng.random(len(person)) < CYCLED,
    )
    return Block(head, drug_lines(world.medicine, np.arange(len(person)), item, 1, price_fen=fen, is_taken=1))


def _burst_moments(rng: np.random.Generator, world: World) -> Array:
    begin, end = spell(rng, world.plan.days, 50, 120)
    steps = np.cumsum(rng.gamma(2.0, 2.5, end - begin + 2))
    days = world.plan.first + begin + np.unique(steps[steps <= end - begin].astype(np.int64))
    odd = days * DAY + 22 * HOUR + 1800 + rng.integers(0, 7 * HOUR, len(days))
    return np.where(rng.random(len(days)) < ODD_HOURS, odd, at_hours(rng, days, SHOP_HOURS))


def _burst(rng: np.random.Generator, cards: Array, moment: int) -> tuple[Array, Array, Array]:
    """Person, moment and amount of each swipe of one burst."""
    present = distinct(rng, cards, int(rng.integers(4, 19)))
    gaps = 8 + rng.exponential(22.0, len(present))
    favourites = rng.choice(ROUND_FEN, size=2)
    fen = favourites[(rng.random(len(present)) < 0.25).astype(np.int64)]
    return present, moment + np.cumsum(gaps).astype(np.int64), fen


def _item_worth(rng: np.random.Generator, world: World, fen: Array) -> Array:
    """A dear item whose ceiling is not below the amount: the bill itself looks lawful."""
    items, medicine = world.medicine.items, world.medicine
    shelf = np.concatenate([medicine.pools["tonic"], medicine.resale_prone])
    shelf = shelf[np.argsort(items["price_fen"][shelf], kind="stable")]
    enough = np.searchsorted(items["price_fen"][shelf], fen)
    return np.asarray(shelf[np.minimum(enough + rng.integers(0, 2, len(fen)), len(shelf) - 1)])
