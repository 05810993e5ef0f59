"""`yicha retrain`: the month's retraining, for cron or any scheduler."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from claims.settings import read_settings
from claims.store.connect import open_store
from training.retrain.run import Asked, retrain_claims
from training.retrain.state import STOPPED, Retraining

console = Console()
NEEDS_SOMEBODY = 3
"""Exit code when the data could not support an answer: the scheduler should call somebody."""


def retrain(
    month: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m"], help="The closed month that the comparison ends with; the newest if left out."),
    ] = None,
    four_eyes: Annotated[
        bool | None,
        typer.Option(help="Only propose: another person must promote. What the bounds say if left out."),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Begin anew although this month has an answer.")] = False,
    per_day: Annotated[
        int | None, typer.Option(min=1, help="Claims that reviewers can judge in a day; their recent pace if left out.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same data, same model.")] = 1,
    by: Annotated[str | None, typer.Option(help="Who asks; the login name if left out.")] = None,
    cluster: Annotated[
        str | None, typer.Option(help="Fit the trees on Dask: a scheduler such as tcp://host:8786, or local:2.")
    ] = None,
) -> None:
    """Check the data, train a challenger, compare it with the champion, and promote or refuse it with the reason.

    Safe to run twice: a second call goes on where a killed one stopped, or gives the answer that the month has. Two
    cannot run at once. Exit code 0 with an answer, 3 when the data could not support one.

    Examples:
        yicha retrain

        yicha retrain --four-eyes --by S001

        yicha retrain --month 2025-11 --again
    """
    settings = read_settings()
    asked = Asked(
        by or getpass.getuser(),
        None if month is None else month.date(),
        four_eyes,
        again,
        per_day,
        seed,
        cluster=cluster,
    )
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with open_store(settings).as_owner() as connection, Progress(*columns, console=console) as steps:
        task = steps.add_task("looking up the month")
        done = retrain_claims(connection, settings, asked, lambda step: steps.update(task, description=step))
    show_retraining(done)
    if done.outcome == STOPPED:
        raise typer.Exit(NEEDS_SOMEBODY)


def show_retraining(it: Retraining) -> None:
    """Print the checks, both sides, and the answer."""
    for check in it.details.get("checks", []):
        console.print(f"{'passed' if check['passed'] else 'FAILED'}  {check['en']}", highlight=False, soft_wrap=True)
    if "comparison" in it.details:
        console.print(_sides(it.details["comparison"]))
        console.print(_stops(it.details["wrongful_stops"]))
    console.print(f"{it.month:%Y-%m}, attempt {it.attempt}: {it.outcome}. {it.reason}", soft_wrap=True, highlight=False)
    if it.run_id:
        console.print(f"Run {it.run_id}, version {it.version}.", soft_wrap=True)


def _sides(it: Mapping[str, Any]) -> Table:
    table = Table(
        title=f"{it['judged']:,} judged of {it['settled']:,} claims, {it['positives']} violating; best {it['per_day']} "
        "a day"
    )
    for heading in ("", "yuan found", "violating / judged", "AP"):
        table.add_column(heading, justify="right" if heading else "left")
    for side in (it["champion"], it["challenger"]):
        found = f"{side['violating']} / {side['judged']}"
        table.add_row(side["name"], f"{side['money_fen'] / 100:,.2f}", found, f"{side['average_precision']:.3f}")
    money, average = it["money_fen"], it["average_precision"]
    table.add_row(
        "difference",
        f"{money['value'] / 100:+,.2f} ({_bounds(money, 100, '+,.2f')})",
        _bounds(it["precision"], 1, "+.3f"),
        f"{average['value']:+.3f} ({_bounds(average, 1, '+.3f')})",
    )
    return table


def _bounds(it: Mapping[str, Any], unit: float, form: str) -> str:
    if it["low"] is None or it["high"] is None:
        return "-"
    return f"{it['low'] / unit:{form}} to {it['high'] / unit:{form}}"


def _stops(rows: list[Mapping[str, Any]]) -> Table:
    table = Table(
        "group",
        "judged",
        "in order",
        "share (95%)",
        title="Wrongful stops of the challenger",
        caption="bootstrap over rings and patients; *: Wilson's interval over as many units",
    )
    for row in rows:
        beyond = " beyond the bound" if row["is_beyond"] else ""
        name = f"{row['dimension']} {row['group']}".strip()
        table.add_row(name, str(row["judged"]), str(row["in_order"]), row["says"] + beyond)
    return table
