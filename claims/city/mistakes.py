"""Policy violations by honest institutions: price, sex and age limits, double settlement, unregistered doctor."""

from __future__ import annotations

import numpy as np

from claims.city.dice import dice
from claims.city.places import DEPARTED, PHARMACY
from claims.city.visits import INPATIENT, Block, World, join, keep, line_prices
from claims.tables import MISSING, Array

PRICE, SEX, AGE = range(3)
LINE_MISTAKES = ("price_above_ceiling", "sex_limit", "age_limit")


def make_mistakes(world: World, block: Block, duplicate: int, unregistered: int) -> Block:
    """The block with mistakes in it.

    Args:
        world: the city.
        block: all visits; the ones of a scheme are left alone.
        duplicate: the number under which a double settlement stands in the visits' `scheme`.
        unregistered: the same for an unregistered doctor.
    """
    rng = dice(world.plan.seed, "mistakes")
    wrongs = world.plan.wrongs
    block = Block(dict(block.visits), dict(block.lines))
    draw = rng.random(len(block))
    draw[block.visits["scheme"] >= 0] = 1.0
    edges = np.cumsum([wrongs.price, wrongs.sex_or_age, wrongs.unregistered, wrongs.duplicate])
    kind = np.searchsorted(edges, draw, side="right")
    kind[draw >= edges[-1]] = -1
    block = _too_dear(world, rng, block, kind == 0)
    block = _limits(world, rng, block, kind == 1)
    block = _departed_doctor(world, rng, block, kind == 2, unregistered)
    return _again(world, rng, block, kind == 3, duplicate)


def _one_line_each(rng: np.random.Generator, block: Block, chosen: Array, fits: Array) -> Array:
    """One fitting line of each chosen visit."""
    rows = np.flatnonzero(chosen[block.lines["visit"]] & fits)
    rows = rng.permutation(rows)
    return np.asarray(rows[np.unique(block.lines["visit"][rows], return_index=True)[1]])


def _too_dear(world: World, rng: np.random.Generator, block: Block, chosen: Array) -> Block:
    rows = _one_line_each(rng, block, chosen, np.ones(len(block.lines["visit"]), dtype=bool))
    lines = {name: np.array(column) for name, column in block.lines.items()}
    ceiling = world.medicine.items["price_fen"][lines["item"][rows]]
    lines["price_fen"][rows] = np.ceil(ceiling * rng.uniform(1.06, 1.6, len(rows))).astype(np.int64) + 1
    lines["mistake"][rows] = PRICE
    return Block(block.visits, lines)


def _limits(world: World, rng: np.random.Generator, block: Block, chosen: Array) -> Block:
    """Swaps one line's item for one that the person's sex or age rules out."""
    items, people = world.medicine.items, world.people.columns
    rows = _one_line_each(rng, block, chosen, world.medicine.drugs[block.lines["item"]])
    person = block.visits["person"][block.lines["visit"][rows]]
    shops = world.places.columns["kind"][block.visits["institution"][block.lines["visit"][rows]]] == PHARMACY
    for_women = np.flatnonzero((items["only_sex"] == "2") & (items["price_fen"] < 20_000))
    for_men = np.flatnonzero((items["only_sex"] == "1") & (items["least_age"] == MISSING))
    for_children = np.flatnonzero(items["most_age"] != MISSING)
    by_age = (rng.random(len(rows)) < 0.5) & (people["age"][person] > 18)

    def one_of(shelf: Array) -> Array:
        drugs = shelf[world.medicine.drugs[shelf]]
        return np.where(
            shops, drugs[rng.integers(0, len(drugs), len(rows))], shelf[rng.integers(0, len(shelf), len(rows))]
        )

    other_sex = np.where(people["sex"][person] == 1, one_of(for_women), one_of(for_men))
    item = np.where(by_age, one_of(for_children), other_sex)
    lines = {name: np.array(column) for name, column in block.lines.items()}
    lines["item"][rows] = item
    lines["price_fen"][rows] = -1
    lines["quantity_e4"][rows] = 10_000
    lines["days"][rows] = np.where(world.medicine.drugs[item], items["days_per_pack"][item], -1)
    lines["mistake"][rows] = np.where(by_age, AGE, SEX)
    return Block(block.visits, lines)


def _departed_doctor(world: World, rng: np.random.Generator, block: Block, chosen: Array, number: int) -> Block:
    visits = {name: np.array(column) for name, column in block.visits.items()}
    place = visits["institution"]
    rows = np.flatnonzero(chosen & (world.places.columns["kind"][place] != PHARMACY))
    visits["doctor"][rows] = world.places.any_of(rng, place[rows], DEPARTED)
    visits["scheme"][rows] = number
    lines = {name: np.array(column) for name, column in block.lines.items()}
    lines["is_taken"] = np.where(visits["scheme"][lines["visit"]] == number, 1, lines["is_taken"])
    return Block(visits, lines)


def _again(world: World, rng: np.random.Generator, block: Block, chosen: Array, number: int) -> Block:
    """The same care settled a second time some minutes later, by mistake."""
    rows = np.flatnonzero(chosen & (block.visits["care"] != INPATIENT) & (block.visits["till"] < 0))
    shop = world.places.columns["kind"][block.visits["institution"][rows]] == PHARMACY
    visits = {name: np.array(column) for name, column in block.visits.items()}
    usual = np.where(shop, rng.integers(10, 120, len(rows)), rng.integers(300, 3_600, len(rows)))
    visits["gap"][rows] = np.where(visits["gap"][rows] >= 0, visits["gap"][rows], usual)
    once = Block(visits, block.lines)
    twice = keep(once, np.isin(np.arange(len(block)), rows))
    later = twice.visits["gap"] + rng.integers(120, 5_400, len(twice))
    again = dict(twice.visits) | {"gap": later, "scheme": np.full(len(twice), number)}
    lines = dict(twice.lines) | {"is_taken": np.ones(len(twice.lines["visit"]), dtype=np.int64)}
    return join([once, Block(again, lines)])


def excess_fen(world: World, block: Block) -> Array:
    """What each line's mistake cost, in fen: what is above the ceiling, or the whole line."""
    quantity, mistake = block.lines["quantity_e4"], block.lines["mistake"]
    price = line_prices(block, world.places)
    over = np.where(mistake == PRICE, price - world.medicine.items["price_fen"][block.lines["item"]], price)
    return np.where(mistake >= 0, (over * quantity + 5_000) // 10_000, 0)
