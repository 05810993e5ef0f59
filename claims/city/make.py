"""Makes a city: stands people and places up, lets them live, lets some cheat, and lets an agency review."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from claims.city.honest.everyday import outpatients, purchases
from claims.city.honest.heavy_users import dialysis, oncology
from claims.city.honest.outings import care_homes, carers, check_ups, market_days
from claims.city.honest.refills import refills
from claims.city.honest.slips import slips
from claims.city.honest.stays import stays
from claims.city.honest.stays_together import courses, outbreaks
from claims.city.medicine import read_medicine
from claims.city.mistakes import make_mistakes
from claims.city.money import pay
from claims.city.people import make_people
from claims.city.places import make_places
from claims.city.plan import CityPlan
from claims.city.review import review
from claims.city.settle import settle
from claims.city.stock import purchases_of_stock
from claims.city.truth import Truth, find_truth
from claims.city.visits import Block, World, join, not_while_in_bed
from claims.city.wrongs import DUPLICATE, SCHEMES, UNREGISTERED, Scheme
from claims.tables import Columns

BEHAVIOURS: tuple[Callable[[World], Block], ...] = (
    stays,
    outbreaks,
    courses,
    refills,
    carers,
    care_homes,
    check_ups,
    dialysis,
    oncology,
)
FILL_UPS: tuple[Callable[[World, Block], Block], ...] = (outpatients, purchases)
"""Everyday visits, which bring the numbers of the others up to those of the bulletins."""


@dataclass(frozen=True)
class City:
    """A finished city.

    Attributes:
        world: its plan, medicine, places and people.
        claims: settlements and reversals in time order with their lines (columns as in `settle` and `pay`).
        truth: what was wrong.
        verdicts: what the agency found (columns as in `review`).
        stock: what pharmacies bought (columns as in `purchases_of_stock`).
    """

    world: World
    claims: Block
    truth: Truth
    verdicts: Columns
    stock: Columns


def make_city(plan: CityPlan) -> City:
    """The city of this plan; equal plans give equal cities."""
    medicine = read_medicine()
    places = make_places(plan, medicine)
    world = World(plan, medicine, places, make_people(plan, medicine, places))
    block = honest_life(world)
    block = join([block, *[_carried_out(world, scheme) for scheme in SCHEMES]])
    block = make_mistakes(world, block, duplicate=DUPLICATE, unregistered=UNREGISTERED)
    claims = pay(world, settle(world, block))
    truth = find_truth(claims)
    return City(world, claims, truth, review(world, claims, truth), purchases_of_stock(world, claims))


def _carried_out(world: World, scheme: Scheme) -> Block:
    """The visits of a scheme; a late one has the last months alone, from its groups' first meeting on."""
    if scheme.name == world.plan.late_scheme:
        return scheme.make(replace(world, plan=replace(world.plan, months=world.plan.late_months)))
    return scheme.make(world)


def honest_life(world: World) -> Block:
    """Everything that honest people do; nobody goes out while in a hospital bed."""
    block = slips(world, join([behaviour(world) for behaviour in BEHAVIOURS]))
    block = join([block, *[fill_up(world, block) for fill_up in FILL_UPS]])
    return not_while_in_bed(market_days(world, block))
