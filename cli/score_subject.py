"""`yicha score --at`: all patients, doctors or institutions of a day, ranked."""

from __future__ import annotations

import time
from datetime import date, datetime
from typing import cast

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from claims.errors import BadSetting
from claims.settings import Settings
from claims.store.connect import open_store
from cli.train import Subject
from training.subjects.kinds import PLURAL, Kind
from training.subjects.score import ScoredSubjects, score_subjects

console = Console()
MOST_SHOWN = 20
WITHOUT_DAY = (Subject.CLAIM, Subject.TRANSACTION, Subject.LABELLED_INSTITUTION)


def check_words(subject: Subject, at: datetime | None, first: datetime | None, last: datetime | None) -> None:
    """Make sure that a subject was asked for with what it needs.

    Raises:
        BadSetting: --at with claims or with a period, or persons without it.
    """
    if subject in WITHOUT_DAY and at is not None:
        raise BadSetting(
            f"--at was given for {subject.value}s. Expected it with --subject patient, doctor or institution only. "
            "Score claims with --from DATE --to DATE."
        )
    if at is not None and (first is not None or last is not None):
        raise BadSetting(
            "--at was given beside a period. Expected one day for patients, doctors and institutions. Leave --from and "
            "--to out."
        )
    if subject in (Subject.PATIENT, Subject.DOCTOR) and at is None:
        raise BadSetting(
            f"No day was given for {PLURAL[cast('Kind', subject.value)]}. Expected the day up to which they are looked "
            "at, such as the last one of a month. Give it as --at YYYY-MM-DD."
        )


def score_subject(settings: Settings, kind: str, day: date, most: int | None) -> None:
    """Rank all subjects of a day, keep the scores and open cases."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with open_store(settings).as_owner() as connection, Progress(*columns, console=console) as bar:
        task = bar.add_task(f"reading {PLURAL[cast('Kind', kind)]}", total=None)
        scored = score_subjects(
            connection,
            settings,
            cast("Kind", kind),
            day,
            int(time.time()),
            most,
            lambda done, of: bar.update(task, completed=done, total=of),
        )
    _show(scored)


def _show(scored: ScoredSubjects) -> None:
    plural, scores = PLURAL[scored.kind], scored.scores
    table = Table(title=f"Highest of {len(scores.ids):,} {plural} on {scored.day}")
    figure = "oddness" if scores.probability is None else "probability"
    for heading in (scored.kind, figure, "why"):
        table.add_column(heading, justify="right" if heading == figure else "left")
    shown = scores.anomaly if scores.probability is None else scores.probability
    for rank in range(min(MOST_SHOWN, len(scores.ids))):
        why = "; ".join(reason.en for reason in scores.reasons.get(rank, [])[:3])
        table.add_row(str(scores.ids[rank]), f"{shown[rank]:.3f}", why)
    console.print(table)
    if not scored.is_new:
        console.print("The same model had scored this day before; the scores kept then stand.")
    if scored.counts is None:
        console.print(
            f"No model of {plural} that verdicts taught was promoted yet, so an isolation forest ranked them alone: it "
            "says who is unlike the others, not who is likely to be violating, and opens no case. With verdicts in the "
            f"store run yicha train --subject {scored.kind} and yicha promote --subject {scored.kind} --why TEXT.",
        )
        return
    counts = scored.counts
    console.print(
        f"{scored.chosen:,} {plural} are worth a look: {counts.opened:,} cases opened, {counts.extended:,} extended, "
        f"{counts.evidence:,} claims as evidence."
    )
