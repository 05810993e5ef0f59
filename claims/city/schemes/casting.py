"""Who can be drawn into a scheme: each scheme has its own part of the city, so that one knob moves one scheme."""

from __future__ import annotations

import numpy as np

from claims.city.dice import dice
from claims.city.visits import World
from claims.tables import Array

PARTS = ("ant_moving", "card_collectors", "empty_swipes", "resale_tours", "steered_prescriptions", "stay_groups")


def cast(world: World, scheme: str, least_age: float) -> Array:
    """Rows of the persons of this age and above in a scheme's part; nobody of a care home or on dialysis."""
    luck = dice(world.plan.seed, "casting").random(len(world.people))
    mine = (luck * len(PARTS)).astype(np.int64) == PARTS.index(scheme)
    busy = world.people.has[:, world.medicine.condition("dialysis")] | (world.people.columns["care_home"] >= 0)
    return np.flatnonzero(mine & ~busy & (world.people.columns["age"] >= least_age))


def spell(rng: np.random.Generator, days: int, shortest: int, longest: int) -> tuple[int, int]:
    """First and last day (from 0) of an active spell inside a period of `days`."""
    # In a short period a spell takes at most 60% of it: schemes sleep in between.
    length = min(int(rng.integers(shortest, longest + 1)), max(days * 6 // 10, 1))
    start = int(rng.integers(0, days - length + 1))
    return start, start + length


def gangs(
    rng: np.random.Generator, pool: Array, wanted: float, sizes: tuple[int, float, float, int], least: int
) -> list[Array]:
    """Cuts the pool, in its order, into gangs, until `wanted` persons and at least `least` gangs are cast.

    Args:
        rng: decides on sizes.
        pool: persons, the likeliest first.
        wanted: persons in all.
        sizes: smallest, median, spread of the logarithm, and largest gang.
        least: gangs, if the pool is large enough.
    """
    smallest, median, spread, largest = sizes
    cast_so_far, made = 0, list[Array]()
    while (cast_so_far < wanted or len(made) < least) and len(pool) - cast_so_far >= smallest:
        size = int(np.clip(round(rng.lognormal(np.log(median), spread)), smallest, largest))
        made.append(pool[cast_so_far : cast_so_far + size])
        cast_so_far += len(made[-1])
    return made
