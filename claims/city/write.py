"""Writes a city as the files that a stranger would hand over, with the truth in a folder of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb

from claims.city.companions import COMPANIONS
from claims.city.make import City
from claims.city.national import national_tables
from claims.city.national_sql import NATIONAL_FILES
from claims.city.truth_file import truth_table
from claims.errors import BadSetting

NATIONAL_STYLE = "HEADER, DELIMITER ',', QUOTE '''', ESCAPE '''', FORCE_QUOTE *, NEW_LINE '\\r\\n'"
PLAIN_STYLE = "HEADER, DELIMITER ','"

Said = Callable[[str, int], None]


def write_city(city: City, folder: Path, said: Said | None = None) -> dict[str, int]:
    """Write all files of a city; equal cities give equal bytes.

    Args:
        city: what to write.
        folder: made if it is not there; must be empty.
        said: called with a file's name and its number of rows when it is written.

    Returns:
        Rows by file name, relative to `folder`.

    Raises:
        BadSetting: the folder holds files already, or cannot be made.
    """
    prepare_folder(folder)
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    counts: dict[str, int] = {}

    def put(name: str, table: Any, select: str, style: str) -> None:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        connection.register("rows", table)
        target = str(path).replace("'", "''")
        counts[name] = connection.execute(f"COPY ({select}) TO '{target}' ({style})").fetchall()[0][0]
        connection.unregister("rows")
        if said:
            said(name, counts[name])

    for name, make in COMPANIONS:
        put(name, make(city), "SELECT * FROM rows", PLAIN_STYLE)
    put("truth/truth.csv", truth_table(city), "SELECT * FROM rows", PLAIN_STYLE)
    for name, table in national_tables(city):
        select = NATIONAL_FILES[name]
        put(name, table, f"{select} WHERE NOT is_live", NATIONAL_STYLE)
        if city.world.plan.live_days:
            put(f"live/{name}", table, f"{select} WHERE is_live", NATIONAL_STYLE)
    connection.close()
    _write_manifest(city, folder, counts)
    return counts


def prepare_folder(folder: Path) -> None:
    """Make the folder of a city.

    Raises:
        BadSetting: the folder holds files already, or cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_empty = not any(folder.iterdir())
    except OSError as error:
        raise BadSetting(
            f"The folder {folder} cannot be used ({error.strerror}). Expected one that can be made. Name another."
        ) from error
    if not is_empty:
        raise BadSetting(f"The folder {folder} already holds files. Expected an empty one. Name another folder.")


def _write_manifest(city: City, folder: Path, counts: dict[str, int]) -> None:
    plan = asdict(city.world.plan) | {"first_day": city.world.plan.first_day}
    text = json.dumps({"plan": plan, "rows": counts}, indent=2, ensure_ascii=False, default=str) + "\n"
    (folder / "MANIFEST.json").write_text(text, encoding="utf-8")
