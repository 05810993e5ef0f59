"""`yicha rings`: finds, together with other areas, rings that reach over a border."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich.console import Console

from claims.clock import day_number
from claims.errors import BadFile, BadSetting
from claims.pseudonyms import open_pseudonyms, read_key
from claims.settings import read_settings
from claims.store.connect import open_store
from graphs.exchange import CrossRing, join_parts, monthly, parts_of, read_parts, suspicious_groups, write_parts
from graphs.facts import read_facts
from graphs.read import read_source

MONTH = re.compile(r"^(20\d\d)-(0[1-9]|1[0-2])$")


def exchange(
    month: Annotated[str, typer.Option(help="The month whose end is looked at, such as 2025-11.")],
    area: Annotated[str, typer.Option(help="The own area's code.")],
    key: Annotated[Path, typer.Option(help="The key that the areas share, one line of 64 hexadecimal characters.")],
    persons: Annotated[Path, typer.Option(help="A CSV file with the person numbers, such as SETL_D.csv.")],
    out: Annotated[Path, typer.Option(help="Where to write the file for the other areas.")] = Path("rings.csv"),
    others: Annotated[
        list[Path] | None, typer.Option("--with", help="A file of another area; may be repeated.")
    ] = None,
    column: Annotated[str, typer.Option(help="Its column of person numbers.")] = "psn_no",
) -> None:
    """Write what other areas may know of suspicious groups, and join it with what they wrote.

    The file holds pseudonyms of this month and joint-day counts, nothing else. Person numbers are read from --persons,
    turned into pseudonyms here and forgotten: the store never held them.

    Examples:
        yicha rings exchange --month 2025-11 --area 9901 --key exchange.key --persons exports/SETL_D.csv

        yicha rings exchange --month 2025-11 --area 9901 --key exchange.key --persons exports/SETL_D.csv --with 9902.csv
    """
    day = _day_after(month)
    ours = monthly(read_key(key), month)
    settings = read_settings()
    with open_store(settings).as_owner() as connection:
        local = open_pseudonyms(settings, connection)
        facts = read_facts(read_source(connection, day))
    numbers = _numbers(persons, column)
    pairs = zip(local.of(numbers), ours.of(numbers), strict=True)
    pseudonym_of = {own: shared for own, shared in pairs if own is not None and shared is not None}
    parts = parts_of(suspicious_groups(facts, day), facts.swipes.patient_ids.tolist(), area, pseudonym_of)
    write_parts(parts, month, out)
    console = Console()
    console.print(f"{len(parts)} groups of {sum(len(part.members) for part in parts)} persons written to {out}.")
    if others:
        theirs = [part for path in others for part in read_parts(path, month)]
        own_of = {name: patient for patient, name in pseudonym_of.items()}
        _show(console, join_parts([*parts, *theirs]), own_of)


def _show(console: Console, rings: list[CrossRing], own_of: dict[str, str]) -> None:
    console.print(f"{len(rings)} rings reach over a border.")
    for number, ring in enumerate(rings, 1):
        days = ", ".join(f"{count} in {area}" for area, count in ring.days_by_area.items())
        own = sorted(own_of[name] for name in ring.members if name in own_of)
        console.print(
            f"{number:3d}  {len(ring.members)} persons, {ring.joint_days} joint days ({days})", highlight=False
        )
        console.print(f"     own: {' '.join(own)}", highlight=False, soft_wrap=True)


def _day_after(month: str) -> int:
    """The day number of the first day after a month."""
    found = MONTH.match(month)
    if found is None:
        raise BadSetting(f"{month!r} is no month. Expected a year and a month such as 2025-11. Give one.")
    year, number = int(found[1]), int(found[2])
    return day_number(date(year + number // 12, number % 12 + 1, 1))


def _numbers(path: Path, column: str) -> list[str]:
    """The different person numbers of a file."""
    with duckdb.connect() as connection:
        try:
            table = connection.read_csv(str(path), all_varchar=True)
            if column not in table.columns:
                raise BadFile(
                    f"{path.name} has no column {column!r}. Expected one with person numbers. Name it with --column."
                )
            return [str(number) for (number,) in table.select(f'"{column}"').distinct().fetchall() if number]
        except duckdb.Error as error:
            raise BadFile(
                f"{path.name} cannot be read as CSV ({type(error).__name__}). Expected a file with a header line and a "
                f"column {column!r}. Name another file."
            ) from error
