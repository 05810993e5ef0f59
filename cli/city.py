"""`yicha city`: make a city and write its files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from claims.city.make import City, make_city
from claims.city.plan import DEFAULT_LAST_DAY, CityPlan
from claims.city.write import prepare_folder, write_city

REALISTIC_FROM = 200_000


def city(
    out: Annotated[Path, typer.Option("--out", help="Folder for the files; made if missing, must be empty.")],
    insured: Annotated[int, typer.Option(help="Number of insured persons.")] = 20_000,
    months: Annotated[int, typer.Option(help="Length of the period.")] = 18,
    rates: Annotated[str, typer.Option(help="realistic (as rare as in the country) or dense (for a demo).")] = "dense",
    seed: Annotated[int, typer.Option(help="Equal seeds make equal bytes.")] = 1,
    last_day: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Last day of the period.")
    ] = datetime.combine(DEFAULT_LAST_DAY, datetime.min.time()),  # noqa: B008 (typer reads it once)
    live_days: Annotated[int, typer.Option(help="Put the last days aside in OUT/live, to be sent one by one.")] = 0,
) -> None:
    """Make a seeded, made-up city and write the files that a settlement platform would export.

    Examples:
        yicha city --out data/city

        yicha city --insured 200000 --months 24 --rates realistic --seed 7 --out /data/large

        yicha city --live-days 7 --out data/city
    """
    plan = CityPlan(insured, months, rates, seed, last_day.date(), live_days)
    prepare_folder(out)
    console = Console()
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console) as progress:
        task = progress.add_task(f"Letting {insured:,} people live for {months} months", total=None)
        made = make_city(plan)
        progress.update(task, description="Writing files")
        counts = write_city(made, out, said=lambda name, _: progress.update(task, description=f"Wrote {name}"))
        progress.update(task, description="Wrote all files", total=1, completed=1)
    console.print(_counts(out, counts))
    console.print(_said(made))


def _counts(out: Path, counts: dict[str, int]) -> Table:
    table = Table(title=str(out))
    table.add_column("file")
    table.add_column("rows", justify="right")
    for name, rows in counts.items():
        table.add_row(name, f"{rows:,}")
    return table


def _said(made: City) -> str:
    plan = made.world.plan
    wrong = len(set(made.truth.claim.tolist()))
    text = f"{wrong:,} of {len(made.claims):,} claims are wrong; truth/truth.csv says which and is for judges only."
    if plan.rates == "realistic" and plan.insured < REALISTIC_FROM:
        text += f"\nAt realistic rates fewer than {REALISTIC_FROM:,} insured hold too little fraud to judge by."
    if plan.rates == "dense":
        text += "\nThe rates are dense, for the demo: about ten times as much organised fraud as in a real city."
    return text
