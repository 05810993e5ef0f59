"""`yicha train`: learns from verdicts or labels, judges itself, and registers the model."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from claims.clock import start_of_day, to_moment
from claims.errors import BadSetting, NoVerdicts
from claims.settings import Settings, read_settings
from claims.store.connect import open_store
from cli.fold_table import fold_table
from cli.train_study import show_transactions
from cli.train_subject import train_subject
from training.claim_card import random_words
from training.claim_model import TRIALS, ClaimPlan
from training.judge import Estimate
from training.subjects.plan import TRIALS as OF_SUBJECTS
from training.subjects.plan import SubjectPlan
from training.track import LABELLED
from training.train_claim import Trained, train_claims
from training.train_forest import TrainedForest, train_forest
from training.train_institution import TrainedInstitutions, train_institutions
from training.train_transaction import train_transactions

console = Console()


class Subject(StrEnum):
    """What a model judges."""

    CLAIM = "claim"
    PATIENT = "patient"
    DOCTOR = "doctor"
    INSTITUTION = "institution"
    LABELLED_INSTITUTION = LABELLED
    TRANSACTION = "transaction"


OF_INSTITUTIONS = (Subject.INSTITUTION, Subject.LABELLED_INSTITUTION)


def train(
    subject: Annotated[Subject, typer.Option(help="What the model judges.")] = Subject.CLAIM,
    cutoff: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day of the test; verdicts known from then on teach nothing."),
    ] = None,
    per_day: Annotated[
        int | None, typer.Option(min=1, help="Claims (of subjects: cases) that reviewers can judge in a day.")
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(help="CSV file with labels of institutions, instead of the verdicts in the store.")
    ] = None,
    id_column: Annotated[str, typer.Option(help="Column of the labels file with the institution.")] = "Provider",
    label_column: Annotated[str, typer.Option(help="Column with Yes or No.")] = "PotentialFraud",
    trials: Annotated[
        int | None,
        typer.Option(min=1, help=f"Sets of parameters to try (claims {TRIALS}, subjects {OF_SUBJECTS}); 1: the usual."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same data, same model.")] = 1,
    cluster: Annotated[
        str | None,
        typer.Option(
            help="Claims: fit the trees on Dask: a scheduler such as tcp://host:8786, or local:2 for two processes."
        ),
    ] = None,
) -> None:
    """Train, test and register a model; it serves only after `yicha promote`.

    Claims, patients, doctors and institutions learn from the verdicts in the store; the last three at month ends.
    Before the first verdict on a claim an isolation forest is grown, which serves beside the rules.
    Transactions without lines and doctors have columns of their own; their model is a study that is never served.

    Examples:
        yicha train

        yicha train --cutoff 2025-12-01 --per-day 20

        yicha train --cluster tcp://scheduler:8786

        yicha train --subject patient --cutoff 2025-10-01

        yicha train --subject institution --labels provider_labels.csv

        yicha train --subject transaction
    """
    settings = read_settings()
    if subject is Subject.LABELLED_INSTITUTION and labels is None:
        raise BadSetting(
            "No file of labels was given. Expected a CSV file with the judged institutions. Give it as --labels FILE, "
            "or let institutions learn from the verdicts in the store: --subject institution."
        )
    if subject in OF_INSTITUTIONS and labels is not None:
        _train_institution(settings, labels, id_column, label_column, seed)
        return
    if labels is not None:
        raise BadSetting(
            f"--labels was given for {subject.value}s, which learn from the verdicts in the store. Expected it with "
            "--subject institution only. Leave it out, or add that."
        )
    if cluster is not None and subject is not Subject.CLAIM:
        raise BadSetting(
            f"--cluster was given for {subject.value}s, whose few rows one process fits. Expected it for claims only. "
            "Leave it out."
        )
    if subject is Subject.TRANSACTION:
        _train_transaction(settings, seed)
        return
    if subject is not Subject.CLAIM:
        since = None if cutoff is None else start_of_day(cutoff.date())
        train_subject(settings, subject.value, SubjectPlan(since, per_day, seed=seed, trials=trials or OF_SUBJECTS))
        return
    plan = ClaimPlan(
        None if cutoff is None else start_of_day(cutoff.date()),
        per_day=per_day,
        seed=seed,
        trials=trials or TRIALS,
        cluster=cluster,
    )
    with open_store(settings).as_owner() as connection, _steps() as steps:
        task = steps.add_task("starting")

        def say(step: str) -> None:
            steps.update(task, description=step)

        try:
            trained: Trained | TrainedForest = train_claims(connection, settings, plan, say)
        except NoVerdicts:
            trained = train_forest(connection, settings, plan, say)
    if isinstance(trained, TrainedForest):
        _show_forest(trained)
    else:
        _show_claim(trained)


def _train_institution(settings: Settings, path: Path, id_column: str, label_column: str, seed: int) -> None:
    from training.institution_labels import read_labels

    labels = read_labels(path, id_column, label_column)
    with open_store(settings).as_owner() as connection, _steps() as steps:
        task = steps.add_task("starting")
        trained = train_institutions(
            connection, settings, labels, seed, lambda step: steps.update(task, description=step)
        )
    _show_institution(trained)


def _train_transaction(settings: Settings, seed: int) -> None:
    with open_store(settings).as_owner() as connection, _steps() as steps:
        task = steps.add_task("starting")
        trained = train_transactions(connection, settings, seed, lambda step: steps.update(task, description=step))
    show_transactions(trained)


def _show_claim(trained: Trained) -> None:
    report, parts = trained.report, trained.parts
    period = f"{to_moment(parts.cutoff).date()} until {to_moment(parts.test_until).date()}"
    table = Table(
        title=f"Test {period}: {report.judged:,} judged of {report.settled:,} claims, {report.positives} violating"
    )
    headings = (
        "ranking",
        "AP (95%)",
        "AUC (95%)",
        f"precision at {report.per_day} a day",
        "violating / judged",
        "yuan found\n(in cases)",
    )
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "ranking" else "right")
    for row in report.rankings:
        at = row.at_capacity
        precision = f"{at.precision:.3f}" if at.judged else "-"
        money = f"{at.money_fen / 100:,.2f}\n{row.cases_at_capacity.money_fen / 100:,.2f}"
        found = (precision, f"{at.violating} / {at.judged}", money)
        table.add_row(row.name, _stacked(row.average_precision), _stacked(row.area_under_curve), *found)
    console.print(table)
    draws = report.random
    console.print(f"Random draws: {draws.draws} judged, {draws.positives} violating. {random_words(report)}")
    console.print(
        f"Learned from {len(parts.train):,} + {len(parts.validation):,} judged claims; "
        f"the forest from {len(parts.window):,} claims, judged or not."
    )
    _show_run(trained.run_id, trained.version)


def _show_forest(trained: TrainedForest) -> None:
    console.print(
        f"No settlement has a verdict, so nothing was learned from reviewers: an isolation forest over "
        f"{trained.claims:,} settlements was grown, which serves beside the rules and gives no probability.",
        soft_wrap=True,
    )
    _show_run(trained.run_id, trained.version)


def _stacked(estimate: Estimate) -> str:
    """The value above its interval, so that the table fits a narrow terminal."""
    return f"{estimate.value:.3f}\n{estimate.low:.2f}-{estimate.high:.2f}"


def _show_institution(trained: TrainedInstitutions) -> None:
    from training.folds import FOLDS, REPEATS

    counts = trained.counts
    known = f"{counts['labelled']:,} labelled institutions, {counts['positives']} violating"
    title = f"{known}, {counts['with_claims']:,} with claims"
    title = f"{title}; {FOLDS} folds by institution, dealt {REPEATS} times: mean ± standard deviation"
    console.print(fold_table(title, trained.validation.figures))
    name, share = trained.leading
    console.print(f"The column that moves the scores most is {name}: {share:.0%} of all movement.")
    _show_run(trained.run_id, trained.version, f"--subject {LABELLED} ")


def _show_run(run_id: str, version: str, of: str = "") -> None:
    console.print(
        f"Run {run_id}, version {version}. It serves after: yicha promote {of}--run {run_id} --why TEXT",
        soft_wrap=True,
    )


def _steps() -> Progress:
    return Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console)
