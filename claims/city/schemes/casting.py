"""Who can be drawn into a scheme: each scheme has its own third of the city, so that one knob moves one scheme."""

from __future__ import annotations

import numpy as np

from claims.city.dice import dice
from claims.city.visits import World
from claims.tables import Array

THIRDS = ("ant_moving", "card_collectors", "empty_swipes")


def cast(world: World, scheme: str, least_age: float) -> Array:
    """Rows of the persons of this age and above in a scheme's third; nobody of a care home or on dialysis."""
    luck = dice(world.plan.seed, "casting").random(len(world.people))
    mine = (luck * len(THIRDS)).astype(np.int64) == THIRDS.index(scheme)
    busy = world.people.has[:, world.medicine.condition("dialysis")] | (world.people.columns["care_home"] >= 0)
    return np.flatnonzero(mine & ~busy & (world.people.columns["age"] >= least_age))


def spell(rng: np.random.Generator, days: int, shortest: int, longest: int) -> tuple[int, int]:
    """First and last day (from 0) of an active spell inside a period of `days`."""
    # In a short period a spell takes at most 60% of it: schemes sleep in between.
    length = min(int(rng.integers(shortest, longest + 1)), max(days * 6 // 10, 1))
    start = int(rng.integers(0, days - length + 1))
    return start, start + length
