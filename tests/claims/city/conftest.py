"""One small dense city for all tests of the folder, in memory and as files."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from claims.city.make import City, make_city
from claims.city.plan import CityPlan
from claims.city.write import write_city

PLAN = CityPlan(insured=6_000, months=12, rates="dense", seed=3)


@pytest.fixture(scope="session")
def city() -> City:
    return make_city(PLAN)


@pytest.fixture(scope="session")
def folder(city: City, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    write_city(city, folder)
    return folder


@pytest.fixture(scope="session")
def files(folder: Path) -> duckdb.DuckDBPyConnection:
    """Every file as a view of text columns, called by its name."""
    connection = duckdb.connect()
    for path in sorted(folder.rglob("*.csv")):
        quote = "''''" if path.name.endswith("_D.csv") else "'\"'"
        connection.execute(
            f"CREATE VIEW {path.stem} AS SELECT * FROM read_csv('{path}', header=true, quote={quote}, "
            f"escape={quote}, all_varchar=true, parallel=false)"
        )
    return connection
