"""The command that asks all rules about a past period."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from audit.life.asked import asked_in
from audit.life.ledger import states_of
from audit.life.words import exemption_words
from claims.clock import start_of_day
from claims.errors import BadSetting
from claims.settings import read_settings
from claims.store.connect import open_store
from rules.catalogue import RULES
from rules.frame import AFTER, Rule
from rules.screen.result import HITS, Screening
from rules.screen.run import screen as run_screening
from rules.screen.workbook import WORKBOOKS

console = Console(highlight=False)

WIDEST = 32
"""Of a rule's name beside many numbers."""


def screen(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of settlement.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, itself included.")],
    out: Annotated[
        Path | None, typer.Option(help="Where the results go; default: screenings/FROM_TO in the data folder.")
    ] = None,
    rule: Annotated[
        list[str] | None, typer.Option("--rule", help="Ask this rule only, in whatever state; may be repeated.")
    ] = None,
) -> None:
    """Ask all active rules about the settlements of a period: findings in the store, as Parquet, a workbook a place.

    Nothing is refused or opened as a case. A run that was stopped goes on when the same command is given again.

    Examples:
        yicha screen --from 2025-01-01 --to 2025-12-31

        yicha screen --from 2025-12-01 --to 2025-12-31 --rule YC-SUPPLY --out supply
    """
    if last < first:
        raise BadSetting(
            "The period ends before it begins. Expected --from DATE --to DATE, the second not earlier. "
            "Give both as YYYY-MM-DD."
        )
    settings, chosen = read_settings(), _chosen(rule or [])
    folder = out or settings.data_folder / "screenings" / f"{first:%Y-%m-%d}_{last:%Y-%m-%d}"
    begin, end = start_of_day(first.date()), start_of_day(last.date() + timedelta(days=1))
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with open_store(settings).as_owner() as connection, Progress(*columns, console=console) as bar:
        task = bar.add_task("starting", total=None)

        def say(step: str, done: int, of: int) -> None:
            bar.update(task, description=step, completed=done, total=of)

        rules = chosen or asked_in(states_of(connection)).at(AFTER).active
        found = run_screening(connection, settings, folder, begin, end, rules, say)
    _show(found, {one.code: one.name_en for one in rules})


def _chosen(codes: list[str]) -> list[Rule]:
    """The rules of these codes, whatever their state is here."""
    known = {rule.code: rule for rule in RULES}
    unknown = [code for code in codes if code not in known]
    if unknown:
        raise BadSetting(
            f"No rule is called {', '.join(unknown)}. Expected codes that `yicha rules list` shows. Correct --rule."
        )
    return [known[code] for code in dict.fromkeys(codes)]


def _show(found: Screening, names: dict[str, str]) -> None:
    console.print(_findings(found, names))
    spared = _spared(found, names)
    if spared.row_count:
        console.print(spared)
    silent = sum(not count.hits for count in found.by_rule.values())
    console.print(f"{silent} of {len(found.by_rule)} rules found nothing.")
    for code, error in found.crashed:
        console.print(f"Rule {code} crashed ({error}): a person has to look at {found.unjudged:,} settlements.")
    console.print(
        f"Screening {found.screening_id}: {found.institutions:,} places with findings, each with a workbook in "
        f"{found.folder / WORKBOOKS}; all findings are in {found.folder / HITS}",
        soft_wrap=True,
    )


def _findings(found: Screening, names: dict[str, str]) -> Table:
    table = _table(f"{found.claims:,} settlements screened", ("claims", "persons", "places", "yuan"))
    for code, count in sorted(found.by_rule.items(), key=lambda item: -item[1].amount_fen):
        if count.hits:
            counts = (count.hits, count.claims, count.persons, count.institutions, round(count.amount_fen / 100))
            table.add_row(names[code], *(f"{one:,}" for one in counts))
    return table


def _spared(found: Screening, names: dict[str, str]) -> Table:
    """What honest heavy use was spared of."""
    table = _table("Would-be findings that an exemption spared", ())
    for code, count in found.by_rule.items():
        for exemption, number in sorted(count.spared.items()):
            table.add_row(f"{names[code]}: {exemption_words(exemption)[1]}", f"{number:,}")
    return table


def _table(title: str, more: tuple[str, ...]) -> Table:
    table = Table(title=title)
    table.add_column("rule", no_wrap=True, max_width=None if not more else WIDEST)
    for heading in ("findings", *more):
        table.add_column(heading, justify="right", no_wrap=True)
    return table
