"""`yicha score`: screens what was settled, and opens cases."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from claims.clock import start_of_day
from claims.errors import BadSetting
from claims.settings import Settings, read_settings
from claims.store.connect import open_store
from cli.fold_table import fold_table
from cli.score_subject import check_words, score_subject
from cli.train import OF_INSTITUTIONS, Subject
from training.screen_claims import Screened, screen_claims
from training.screen_institutions import ScreenedInstitutions, screen_institutions

console = Console()
MOST_SHOWN = 20


def score(
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of the period.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, itself included.")
    ] = None,
    subject: Annotated[Subject, typer.Option(help="What is scored.")] = Subject.CLAIM,
    at: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Patients, doctors, institutions: as they were known on this day."),
    ] = None,
    most: Annotated[
        int | None, typer.Option(min=1, help="Subjects: cases at most; what reviewers can take up if left out.")
    ] = None,
) -> None:
    """Score with the champion, keep the decisions, and put what needs a person into the audit queue.

    Claims that have a decision already are left as they are, so the same period can be scored again. With --at all
    patients, doctors or institutions of a day are ranked; institutions without it by the model of a labels file.

    Examples:
        yicha score --from 2025-12-01 --to 2025-12-31

        yicha score --subject patient --at 2025-12-31

        yicha score --subject institution --most 30
    """
    settings = read_settings()
    check_words(subject, at, first, last)
    if at is not None:
        score_subject(settings, subject.value, at.date(), most)
        return
    if subject in OF_INSTITUTIONS:
        _score_institutions(settings, most)
        return
    if first is None or last is None or last < first:
        raise BadSetting(
            "The period is missing or ends before it begins. Expected --from DATE --to DATE, the second not earlier. "
            "Give both as YYYY-MM-DD."
        )
    begin, end = start_of_day(first.date()), start_of_day(last.date() + timedelta(days=1))
    with open_store(settings).as_owner() as connection, _bar() as bar:
        task = bar.add_task("scoring claims", total=None)
        screened = screen_claims(
            connection, settings, begin, end, lambda done, of: bar.update(task, completed=done, total=of)
        )
    _show_claims(screened)


def _show_claims(screened: Screened) -> None:
    actions = ", ".join(f"{count:,} {action}" for action, count in sorted(screened.actions.items()))
    console.print(
        f"{screened.decided:,} claims decided ({actions or 'none'}); {screened.skipped:,} had a decision already."
    )
    console.print(
        f"{screened.alerts:,} alerts: {screened.opened:,} cases opened, {screened.extended:,} open cases extended."
    )


def _score_institutions(settings: Settings, most: int | None) -> None:
    with open_store(settings).as_owner() as connection, console.status("ranking institutions"):
        screened = screen_institutions(connection, settings, int(time.time()), most)
    _show_institutions(screened)


def _show_institutions(screened: ScreenedInstitutions) -> None:
    console.print(
        fold_table("Cross-validation of the champion: mean ± standard deviation over its folds", screened.folds)
    )
    table = Table(title=f"Highest of {screened.ranked:,} institutions")
    for heading in ("institution", "probability", "why"):
        table.add_column(heading, justify="right" if heading == "probability" else "left")
    for ranked in screened.chosen[:MOST_SHOWN]:
        table.add_row(
            ranked.institution_id, f"{ranked.probability:.3f}", "; ".join(reason.en for reason in ranked.reasons)
        )
    console.print(table)
    counts = screened.counts
    console.print(
        f"{len(screened.chosen)} institutions in the queue: {counts.opened} cases opened, {counts.extended} extended, "
        f"{counts.evidence} claims as evidence."
    )


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )
