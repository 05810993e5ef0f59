"""Slips: some drugs that a doctor prescribes are fetched at the pharmacy next door, whoever the doctor is."""

from __future__ import annotations

import numpy as np

from claims.city.dice import dice
from claims.city.places import PHARMACY
from claims.city.visits import CHRONIC, NOBODY, NOTHING, OUTPATIENT, Block, World, join
from claims.tables import Array

SLIP_SHARE = 0.12  # of the visits at which drugs are prescribed
MINUTES_LATER = (15, 90)


def slips(world: World, block: Block) -> Block:
    """The visits, some of them split in two: the doctor's, and a purchase of the drugs at the nearest pharmacy."""
    rng = dice(world.plan.seed, "slips")
    head, lines = block.visits, block.lines
    at_doctor = world.places.columns["kind"][head["institution"]] != PHARMACY
    chosen = at_doctor & np.isin(head["care"], (CHRONIC, OUTPATIENT)) & (head["till"] < 0)
    chosen &= rng.random(len(block)) < SLIP_SHARE
    moved = chosen[lines["visit"]] & world.medicine.drugs[lines["item"]]
    row = np.flatnonzero(np.bincount(lines["visit"][moved], minlength=len(block)) > 0)
    if not len(row):
        return block
    new_row = np.full(len(block), -1, dtype=np.int64)
    new_row[row] = np.arange(len(row))
    bought = {name: column[moved] for name, column in lines.items()}
    bought["visit"] = new_row[bought["visit"]]
    errand = {name: column[row] for name, column in head.items()}
    errand["institution"] = _next_door(world)[errand["institution"]]
    errand["served"] = errand["served"] + rng.integers(*MINUTES_LATER, len(row)) * 60
    errand |= {"gap": np.full(len(row), NOTHING), "doctor": np.full(len(row), NOBODY)}
    kept = Block(head, {name: column[~moved] for name, column in lines.items()})
    return join([kept, Block(errand, bought)])


def _next_door(world: World) -> Array:
    """The nearest pharmacy of each institution that may bill chronic care (p,), the nearest of all if none may."""
    columns = world.places.columns
    shops = np.flatnonzero(columns["is_dual"])
    shops = shops if len(shops) else np.flatnonzero(columns["kind"] == PHARMACY)
    away = np.hypot(columns["x"][:, None] - columns["x"][shops], columns["y"][:, None] - columns["y"][shops])
    return np.asarray(shops[np.argmin(away, axis=1)])
