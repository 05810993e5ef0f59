"""Blocks of visits with their lines, as columns; every behaviour makes one and they are joined in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from claims.city.medicine import E4, Medicine
from claims.city.people import People
from claims.city.places import Places
from claims.city.plan import CityPlan
from claims.tables import Array, Columns

OUTPATIENT, ACUTE_CARE, CHRONIC, SPECIAL, NEGOTIATED, ACCOUNT, INPATIENT = range(7)
MED_TYPES = np.array(["11", "13", "140104", "140201", "15", "41", "21"], dtype=object)
NOBODY, NOTHING = -1, -1


@dataclass(frozen=True)
class World:
    """Everything that stands still while people move."""

    plan: CityPlan
    medicine: Medicine
    places: Places
    people: People


@dataclass(frozen=True)
class Block:
    """n visits and their m lines.

    Attributes:
        visits: person, institution, served (wall-clock second), care, diagnosis (number in the medicine's codes),
            specialty, till and doctor (staff rows, -1 drawn later), stay_days (-1 no stay), gap (seconds from serving
            to settling, -1 drawn later), scheme and ring (-1 honest), is_cycled (settled, refunded, settled again).
        lines: visit (row above), item, quantity_e4, price_fen (-1 the institution's own), days (-1 none), is_taken
            (part of a scheme's take), mistake (-1 none).
    """

    visits: Columns
    lines: Columns

    def __len__(self) -> int:
        """How many visits."""
        return len(self.visits["person"])


VISIT_DEFAULTS = {"diagnosis": 0, "specialty": 0, "till": NOBODY, "doctor": NOBODY, "stay_days": NOTHING}
VISIT_DEFAULTS |= {"gap": NOTHING, "scheme": NOTHING, "ring": NOTHING, "is_cycled": 0}
LINE_DEFAULTS = {"price_fen": NOTHING, "days": NOTHING, "is_taken": 0, "mistake": NOTHING}


def visits(
    person: Array, institution: Array, served: Array, care: Array | int, **more: Array | int
) -> dict[str, Array]:
    """Columns of visits; what is not named takes its default."""
    n = len(person)
    given = {"person": person, "institution": institution, "served": served, "care": care, **VISIT_DEFAULTS, **more}
    return {name: np.broadcast_to(np.asarray(value, dtype=np.int64), n) for name, value in given.items()}


def lines(visit: Array, item: Array, packs: Array | int, **more: Array | int) -> dict[str, Array]:
    """Columns of lines of `packs` units each (whole numbers)."""
    given = {"visit": visit, "item": item, "quantity_e4": np.asarray(packs) * E4, **LINE_DEFAULTS, **more}
    return {name: np.broadcast_to(np.asarray(value, dtype=np.int64), len(visit)) for name, value in given.items()}


def drug_lines(
    medicine: Medicine, visit: Array, item: Array, packs: Array | int, **more: Array | int
) -> dict[str, Array]:
    """Lines of drugs with the days that they last; none where no pack is taken."""
    days = np.maximum(medicine.items["days_per_pack"][item] * packs, 1)
    made = lines(visit, item, packs, days=days, **more)
    return {name: column[made["quantity_e4"] > 0] for name, column in made.items()}


def packs_for(medicine: Medicine, rng: np.random.Generator, item: Array, days: Array | int) -> Array:
    """Whole packs that last this many days on average: who still has most of a pack at home now and then takes none."""
    need = np.asarray(days) / np.maximum(medicine.items["days_per_pack"][item], 1)
    return np.floor(need + rng.random(len(item))).astype(np.int64)


def stack(parts: Sequence[Columns]) -> dict[str, Array]:
    """Columns one after the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def no_visits() -> Block:
    """A block of no visits."""
    nobody = np.empty(0, dtype=np.int64)
    return Block(visits(nobody, nobody, nobody, nobody), lines(nobody, nobody, nobody))


def join(blocks: Sequence[Block]) -> Block:
    """Blocks one after the other; the lines' `visit` is moved along."""
    starts = np.cumsum([0] + [len(block) for block in blocks[:-1]])
    moved = [
        dict(block.lines) | {"visit": block.lines["visit"] + start} for block, start in zip(blocks, starts, strict=True)
    ]
    return Block(stack([block.visits for block in blocks]), stack(moved))


def keep(block: Block, mask: Array) -> Block:
    """The visits in `mask` with their lines."""
    new_row = np.cumsum(mask) - 1
    kept = mask[block.lines["visit"]]
    rows = {name: column[kept] for name, column in block.lines.items()}
    return Block(
        {name: column[mask] for name, column in block.visits.items()}, rows | {"visit": new_row[rows["visit"]]}
    )


def in_period(block: Block, plan: CityPlan) -> Block:
    """The visits inside the period."""
    day = block.visits["served"] // 86_400
    return keep(block, (day >= plan.first) & (day < plan.first + plan.days))


def without_empty(block: Block) -> Block:
    """Visits that have a line."""
    return keep(block, np.bincount(block.lines["visit"], minlength=len(block)) > 0)


def line_prices(block: Block, places: Places) -> Array:
    """Unit price in fen of each line."""
    own = places.price_fen[block.visits["institution"][block.lines["visit"]], block.lines["item"]]
    return np.where(block.lines["price_fen"] >= 0, block.lines["price_fen"], own)


def amounts_fen(block: Block, places: Places) -> Array:
    """Total of each visit in fen."""
    line = (line_prices(block, places) * block.lines["quantity_e4"] + E4 // 2) // E4
    return np.bincount(block.lines["visit"], weights=line, minlength=len(block)).astype(np.int64)


def regimen_lines(
    world: World, rng: np.random.Generator, person: Array, days: Array | int, only: str | None = None
) -> dict[str, Array]:
    """At most one line for each chronic condition of each visitor, with packs for this many days on average.

    Args:
        world: the city.
        rng: decides on the last pack.
        person: who visits, n rows.
        days: days of supply wanted, one number or n.
        only: one condition's name; None takes all that are not treated elsewhere (dialysis and cancer).
    """
    people, medicine = world.people, world.medicine
    wanted = np.broadcast_to(np.asarray(days), len(person))
    parts = []
    for name in [only] if only else [name for name in medicine.conditions if name not in ("dialysis", "cancer")]:
        number = medicine.condition(name)
        rows = np.flatnonzero(people.has[person, number])
        item = people.regimen[person[rows], number]
        parts.append(drug_lines(medicine, rows, item, packs_for(medicine, rng, item, wanted[rows])))
    return stack(parts)


def main_condition(people: People, person: Array) -> Array:
    """The first chronic condition of each person, as a diagnosis number (0 where none)."""
    return np.asarray(np.argmax(people.has[person], axis=1))


def not_while_in_bed(block: Block) -> Block:
    """The visits without those that a person would have made during an own stay."""
    head = block.visits
    begin, end = head["served"], head["served"] + head["gap"]
    stays = np.flatnonzero(head["stay_days"] >= 0)
    stays = stays[np.lexsort((begin[stays], head["person"][stays]))]
    # One number that sorts by person, then by time.
    widest = np.int64(1) << 40
    last = np.searchsorted(head["person"][stays] * widest + begin[stays], head["person"] * widest + begin, "right") - 1
    stay = stays[np.maximum(last, 0)] if len(stays) else np.zeros(len(begin), dtype=np.int64)
    inside = (last >= 0) & (head["person"][stay] == head["person"]) & (begin <= end[stay])
    return keep(block, ~inside | (head["stay_days"] >= 0))
