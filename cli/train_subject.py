"""`yicha train` for patients, doctors and institutions: what it shows."""

from __future__ import annotations

from typing import cast

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from claims.settings import Settings
from claims.store.connect import open_store
from training.judge import Estimate
from training.subjects.card import NOTHING_ASKED, precision_words, random_words
from training.subjects.kinds import PLURAL, Kind
from training.subjects.periods import last_day
from training.subjects.plan import SubjectPlan
from training.subjects.report import RULES
from training.subjects.train import TrainedSubjects, train_subjects

console = Console()


def train_subject(settings: Settings, kind: str, plan: SubjectPlan) -> None:
    """Train, test and register a model of one kind of subject, and show its figures."""
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with open_store(settings).as_owner() as connection, Progress(*columns, console=console) as steps:
        task = steps.add_task("starting")
        trained = train_subjects(
            connection, settings, cast("Kind", kind), plan, lambda step: steps.update(task, description=step)
        )
    _show(trained)


def _show(trained: TrainedSubjects) -> None:
    report, learning = trained.report, trained.learning
    kind, plural = learning.table.kind, PLURAL[learning.table.kind]
    table = Table(
        title=f"{report.periods} month ends from {last_day(learning.parts.cutoff)} on: {report.judged:,} judged of "
        f"{report.rows:,} rows, {report.positives} violating"
    )
    headings = (
        "ranking",
        "AP (95%)",
        "AUC (95%)",
        f"precision at {report.per_period} a month",
        "violating / judged",
        "yuan found",
    )
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "ranking" else "right")
    for row in report.rankings:
        at = row.at_capacity
        found = (precision_words(row), f"{at.violating} / {at.judged}", f"{at.money_fen / 100:,.2f}")
        table.add_row(row.name, _stacked(row.average_precision), _stacked(row.area_under_curve), *found)
    if all(row.name != RULES for row in report.rankings):
        table.add_row(RULES, NOTHING_ASKED)
    console.print(table)
    console.print(report.about_rules)
    console.print(
        f"Chance alone would reach AP {report.positives / report.judged:.3f}. Random draws only: {report.random_draws} "
        f"judged, {report.random_positives} violating. {random_words(report)}"
    )
    console.print(
        f"Learned from {len(learning.parts.learning):,} judged rows; every row was scored by a model that had not seen "
        f"its {kind}. The forest saw {len(learning.parts.window):,} rows of {plural}, judged or not."
    )
    console.print(
        f"Run {trained.run_id}, version {trained.version}. It serves after: "
        f"yicha promote --subject {kind} --run {trained.run_id} --why TEXT",
        soft_wrap=True,
    )


def _stacked(estimate: Estimate) -> str:
    """The value above its interval, so that the table fits a narrow terminal."""
    return f"{estimate.value:.3f}\n{estimate.low:.2f}-{estimate.high:.2f}"
