"""`yicha watch`: looks at the model that serves, writes a page, and calls somebody beyond the bounds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from claims.errors import BadSetting
from claims.settings import read_settings
from claims.store.connect import open_store
from training.watch.page import write_page
from training.watch.run import Watched, watch_claims

NEEDS_SOMEBODY = 3
console = Console()


def watch(
    out: Annotated[
        Path | None, typer.Option(help="The page to write; watch.html in the data folder if left out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON instead of a table.")] = False,
) -> None:
    """Watch drift, calibration, expected performance, the queue's precision and the random draws; write one page.

    The same figures go to /metrics of the service. Exit code 0 within all bounds, 3 beyond one: a scheduler should
    call somebody. The bounds stand in training/policy/bounds.yaml; YICHA_LEARNING_BOUNDS names a file with your own.

    Examples:
        yicha watch

        yicha watch --out reports/week.html --json
    """
    settings = read_settings()
    page = out or settings.data_folder / "watch.html"
    with open_store(settings).as_owner() as connection, console.status("watching") as status:
        watched = watch_claims(connection, settings, status.update)
        try:
            write_page(watched, page)
        except OSError as error:
            raise BadSetting(
                f"The page {page.name} cannot be written ({error.strerror}). Expected a path in a writable folder. "
                "Choose another with --out."
            ) from error
    if as_json:
        says = [{"zh": each.zh, "en": each.en} for each in watched.breaches]
        typer.echo(json.dumps({"figures": watched.figures, "breaches": says}, ensure_ascii=False))
    else:
        _show(watched, page)
    if watched.breaches:
        raise typer.Exit(NEEDS_SOMEBODY)


def _show(watched: Watched, page: Path) -> None:
    table = Table("figure", "value", title=f"Watch of champion version {watched.champion.version}")
    for name, value in watched.figures.items():
        table.add_row(name, "-" if value is None else f"{value:,.4f}" if isinstance(value, float) else f"{value:,}")
    console.print(table)
    for breach in watched.breaches:
        console.print(f"BEYOND A BOUND  {breach.en} {breach.zh}", highlight=False, soft_wrap=True)
    console.print(f"The page is in {page}.", soft_wrap=True, highlight=False)
