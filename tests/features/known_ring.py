"""A store in which a ring is known since last night's snapshot, for tests of what its cards do by day."""

from __future__ import annotations

from pathlib import Path

from claims.clock import AREA_OFFSET_SECONDS, DAY, HOUR
from claims.store.columns import append, append_batch
from claims.store.connect import Store
from claims.tables import CATALOGUE, INSTITUTIONS, PATIENTS
from graphs.build import build
from tests.features.served import built
from tests.graphs.town import FIRST_DAY, Town, collectors

CARDS = [f"card-{number:02d}" for number in range(5)]
SHOPS = ("shop-1", "shop-2", "shop-3")
NIGHT = 75
"""The town's day whose snapshot is the newest, and the only one."""


def know_a_ring(store: Store, folder: Path) -> None:
    """Fill a store with a town that has a ring of five cards, its snapshot and its columns."""
    town = Town()
    for number, shop in enumerate(SHOPS):
        town.traffic(shop, days=NIGHT, a_day=8, seed=number, customers=120)
    collectors(town, CARDS, SHOPS, [45, 50, 55, 60, 66])
    source = town.source()
    tables = ((PATIENTS, source.patients), (INSTITUTIONS, source.institutions), (CATALOGUE, source.catalogue))
    with store.as_owner() as connection:
        for table, columns in tables:
            append(connection, table, columns)
        append_batch(connection, town.batch())
        connection.execute("SELECT setval('recorded_order', max(recorded_order)) FROM claims")
        build(connection, first_day=FIRST_DAY + NIGHT)
        connection.commit()
    built(store, folder)


def moment(day: int, hour: float) -> int:
    """Seconds, from the town's day and the hour of the area's clock."""
    return (FIRST_DAY + day) * DAY - AREA_OFFSET_SECONDS + round(hour * HOUR)
