"""`yicha models ...` and `yicha rollback`: what became of models, and what a person may do about it."""

from __future__ import annotations

import getpass
import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from audit.promotions import Promotion
from audit.promotions import history as promotion_history
from claims.clock import to_moment
from claims.settings import read_settings
from claims.store.connect import open_store
from cli.train import Subject
from training.difference import report_difference
from training.institution_names import meant_by
from training.promotion import LATEST, propose_run, roll_back, withdraw_challenger
from training.retrain.state import Retraining, newest_retrainings

Why = Annotated[str, typer.Option(help="The reason in words; it goes into the ledger.")]
By = Annotated[str | None, typer.Option(help="Who decides; the login name if left out.")]
OfSubject = Annotated[Subject, typer.Option(help="What the model judges.")]


def rollback(why: Why, subject: OfSubject = Subject.CLAIM, by: By = None) -> None:
    """Let the champion before the present one serve again; one person is enough, and MLflow may be away.

    The service follows within a second. A second rollback goes one further back.

    Example:  yicha rollback --why "twice as many claims in review since Monday"
    """
    settings = read_settings()
    with open_store(settings).as_owner() as connection:
        done = roll_back(connection, settings, subject.value, why, by or getpass.getuser())
    it = done.promotion
    _say(f"Version {it.version} for subject {it.subject} serves again: bundle {it.bundle_fingerprint[:12]}.")
    if not done.alias_followed:
        _say("MLflow was away: its alias champion follows with the next yicha retrain.")


def challenge(
    why: Why,
    run: Annotated[str, typer.Option(help="A run id that yicha train printed, or latest.")] = LATEST,
    subject: OfSubject = Subject.CLAIM,
    by: By = None,
    needs_second: Annotated[bool, typer.Option("--four-eyes", help="Another person must promote it.")] = False,
) -> None:
    """Let the model of a run shadow the champion: it scores every settlement and never acts.

    Example:  yicha models challenge --run 0123abcd --by S001 --why "trained with the new columns"
    """
    settings = read_settings()
    with open_store(settings).as_owner() as connection:
        of = meant_by(connection, settings, subject.value, run)
        it = propose_run(connection, settings, run, of, why, by or getpass.getuser(), needs_second)
    _say(f"Version {it.version} for subject {it.subject} shadows the champion: bundle {it.bundle_fingerprint[:12]}.")


def withdraw(why: Why, subject: OfSubject = Subject.CLAIM, by: By = None) -> None:
    """End the shadow of the challenger.

    Example:  yicha models withdraw --by S002 --why "finds nothing that the champion does not"
    """
    settings = read_settings()
    with open_store(settings).as_owner() as connection:
        it = withdraw_challenger(connection, settings, subject.value, why, by or getpass.getuser())
    _say(f"Version {it.version} for subject {it.subject} shadows no more.")


def history(
    subject: OfSubject = Subject.CLAIM,
    most: Annotated[int, typer.Option(min=1, max=1000, help="How many rows, the newest first.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Show what became of models: promotions, rollbacks, proposals, refusals, and retrainings that gave no model.

    Example:  yicha models history --most 5
    """
    settings = read_settings()
    with open_store(settings).as_owner() as connection:
        rows = [_of_model(row) for row in promotion_history(connection, settings, subject.value, most)]
        attempts = newest_retrainings(connection, subject.value, most)
        rows += [_of_attempt(row) for row in attempts if row.outcome in (None, "stopped")]
    rows = sorted(rows, key=lambda row: row["when"], reverse=True)[:most]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    if not rows:
        _say("Nothing became of any model yet: yicha train, then yicha promote, or yicha retrain.")
        return
    table = Table("when", "what", "version", "bundle", "who", "why")
    for row in rows:
        table.add_row(*(row[name] for name in ("when", "what", "version", "bundle", "who", "why")))
    Console().print(table)


def difference(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Compare the challenger with the champion on what was decided since it shadows; the report is kept.

    Example:  yicha models difference
    """
    settings = read_settings()
    with open_store(settings).as_owner() as connection:
        standing, it = report_difference(connection, settings)
    if as_json:
        typer.echo(json.dumps(it.plain(), ensure_ascii=False))
        return
    title = f"Challenger version {standing.version} on {it.decisions:,} decisions of {it.days} days"
    table = Table("", "claims", "a day", "fund's yuan", "violating / judged", title=title)
    for name, part in (("more in review", it.added), ("less in review", it.removed)):
        judged = f"{part.violating} / {part.violating + part.in_order}"
        table.add_row(name, f"{part.claims:,}", f"{part.claims / it.days:,.1f}", f"{part.money_fen / 100:,.2f}", judged)
    Console().print(table)
    alike = "" if it.rank_correlation is None else f", rank correlation {it.rank_correlation:.3f}"
    _say(f"Models alone: champion holds {it.champion_held:,}, challenger {it.challenger_held:,} claims.")
    _say(f"They agree on {it.agreement:.1%} of the claims{alike}.")
    _say(
        f"Where they differ, verdicts speak {it.challenger_right} times for the challenger and {it.champion_right} "
        "times for the champion."
    )


def _of_model(row: Promotion) -> dict[str, str]:
    second = " (needs a second person)" if row.needs_second else ""
    return {
        "when": f"{to_moment(int(row.promoted_at.timestamp())):%Y-%m-%d %H:%M:%S}",
        "what": row.what + second,
        "version": row.version,
        "bundle": row.bundle_fingerprint[:12],
        "run": row.run_id,
        "who": row.promoted_by,
        "why": row.why,
    }


def _of_attempt(row: Retraining) -> dict[str, str]:
    what = "stopped" if row.outcome else f"broken off after: {row.step}"
    return {
        "when": f"{to_moment(int(row.changed_at.timestamp())):%Y-%m-%d %H:%M:%S}",
        "what": f"retraining {row.month:%Y-%m} {what}",
        "version": row.version or "",
        "bundle": (row.bundle_fingerprint or "")[:12],
        "run": row.run_id or "",
        "who": row.asked_by,
        "why": row.reason or "",
    }


def _say(text: str) -> None:
    Console(soft_wrap=True, highlight=False, markup=False).print(text)
