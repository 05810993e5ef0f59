"""Night by night, while claims arrive, gives the rows of one build of everything, for each kind of ring."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import psycopg
import pytest

from benchmarks.antcity.source import source_of
from claims.batch import ClaimBatch, select, take
from claims.city.make import make_city
from claims.city.plan import CityPlan
from claims.store.columns import append, append_batch
from claims.store.connect import Store
from claims.tables import CATALOGUE, CLAIMS, DIAGNOSES, INSTITUTIONS, LINES, MISSING, PATIENTS, Columns, Kind, Table
from graphs.build import build
from graphs.kinds import RING_KINDS
from graphs.read import STAYS_LOOK_BACK_DAYS, Source
from graphs.snapshot import data_until
from tests.graphs.town import FIRST_DAY, PLAIN, RESALE, Town, collectors

SHOPS = ("shop-1", "shop-2", "shop-3")
CARDS = [f"card-{number:02d}" for number in range(5)]

PLAN = CityPlan(insured=4_000, months=30, rates="realistic", seed=3, least_rings=8)
FIRST = PLAN.first + STAYS_LOOK_BACK_DAYS + 30
"""So late that a later build no longer reads the first stays."""
CUTS = FIRST + 8, FIRST + 20
LAST = FIRST + 30


@pytest.fixture(scope="module")
def source() -> Source:
    """A city as a store takes it; of the lines only those that the links read."""
    made = source_of(make_city(PLAN))
    claims, diagnoses = (filled(CLAIMS, made.batch.claims), filled(DIAGNOSES, made.batch.diagnoses))
    prone = set(made.catalogue["item_code"][made.catalogue["is_resale_prone"]].tolist())
    is_prone = np.array([code in prone for code in made.batch.lines["item_code"].tolist()])
    lines = filled(LINES, take(made.batch.lines, is_prone))
    return replace(made, batch=ClaimBatch(claims, lines, diagnoses))


def filled(table: Table, columns: Columns) -> Columns:
    """Something in each column that the store asks for and the links do not."""
    made = dict(columns)
    for column in table.columns:
        if column.required and column.kind is Kind.TEXT:
            made[column.name] = np.where(made[column.name] == np.array(None), "made up", made[column.name])
        elif column.required and made[column.name].dtype == np.int64:
            made[column.name] = np.where(made[column.name] == MISSING, 1, made[column.name])
    return made


def known_in(batch: ClaimBatch, since: int, until: int) -> ClaimBatch:
    """The claims that became known in [since, until)."""
    known = batch.claims["known_at"]
    return select(batch, np.flatnonzero((known >= since) & (known < until)))


def rows(connection: psycopg.Connection) -> dict[str, list[Any]]:
    tables = ("snapshots", "rings", "node_columns")
    return {name: connection.execute(f"SELECT * FROM {name} t ORDER BY t::text").fetchall() for name in tables}


@pytest.mark.slow
def test_nights_while_claims_arrive_give_the_rows_of_one_build(store: Store, source: Source) -> None:
    with store.as_owner() as connection:
        append(connection, PATIENTS, source.patients)
        append(connection, INSTITUTIONS, source.institutions)
        append(connection, CATALOGUE, source.catalogue)
        since = 0
        for last in (*CUTS, LAST):
            append_batch(connection, known_in(source.batch, since, data_until(last)))
            since = data_until(last)
            build(connection, None if newest_is_there(connection) else FIRST, last)
        night_by_night = rows(connection)
        append_batch(connection, known_in(source.batch, since, data_until(LAST + 30)))  # nobody knows of them yet
        build(connection, FIRST, LAST, rebuild=True)
        at_once = rows(connection)
    for name, whole in at_once.items():
        assert night_by_night[name] == whole, name
    # It says something of each kind: rings stand, and some change after the first night on which they do.
    kinds = {kind: [row for row in at_once["rings"] if row[2] == kind.name and row[4]] for kind in RING_KINDS}
    assert all(kinds.values()), {kind.name: len(found) for kind, found in kinds.items()}
    assert len(at_once["node_columns"]) > 1_000


@pytest.mark.parametrize("late", ["resale-prone drug", "diagnosis"])
def test_the_first_upload_of_a_kind_changes_no_night_before_it(late: str, store: Store) -> None:
    town = Town()
    for number, shop in enumerate(SHOPS):
        town.traffic(shop, days=75, a_day=8, seed=number, customers=120)
    town.diagnoses.clear()
    collectors(town, CARDS, SHOPS, [45, 50, 55, 60])
    if late == "resale-prone drug":
        for line in town.lines:
            line["item_code"] = PLAIN
    town.visit("late", SHOPS[0], 68, 600, RESALE, diagnosis=late == "diagnosis")
    source, cut = town.source(), FIRST_DAY + 65
    with store.as_owner() as connection:
        append(connection, PATIENTS, source.patients)
        append(connection, INSTITUTIONS, source.institutions)
        append(connection, CATALOGUE, source.catalogue)
        append_batch(connection, known_in(source.batch, 0, data_until(cut)))
        build(connection, FIRST_DAY + 40, cut)
        append_batch(connection, known_in(source.batch, data_until(cut), data_until(cut + 30)))
        build(connection, None, FIRST_DAY + 72)
        night_by_night = rows(connection)
        build(connection, FIRST_DAY + 40, FIRST_DAY + 72, rebuild=True)
        assert rows(connection) == night_by_night
    assert any(row[4] == CARDS for row in night_by_night["rings"])


def newest_is_there(connection: psycopg.Connection) -> bool:
    return connection.execute("SELECT 1 FROM snapshots LIMIT 1").fetchone() is not None
