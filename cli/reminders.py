"""`yicha reminders`: how far reminders before and during care are followed."""

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from audit.follow_rate import Followed, all_together, follow_rates
from claims.errors import BadSetting
from claims.settings import read_settings
from claims.store.connect import open_store

console = Console()

COUNTS = ("reminders", "changed", "followed_silently", "continued", "billed_anyway", "open")


def report(
    first: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day on which a reminder was given.")
    ],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, itself included.")],
) -> None:
    """Show the follow rate (提醒遵从率) of each institution: the share of reminders after which the order was changed.

    A reminder counts as followed where the doctor says so, and where nobody says anything but the settled visit lacks
    the item. Open ones (the visit is not settled, or the reminder is about no single item) do not count.

    Example:
      yicha reminders report --from 2026-01-01 --to 2026-01-31
    """
    if last < first:
        raise BadSetting(
            "The period ends before it begins. Expected --from DATE --to DATE. Give the earlier day first."
        )
    with open_store(read_settings()).as_service() as connection:
        rows = follow_rates(connection, first.date(), last.date())
    if not rows:
        console.print("Nobody asked for a judgement in this period.")
        return
    table = Table("institution", "asked")
    for name in (*COUNTS, "rate", "ms"):
        table.add_column(name.replace("_", " "), justify="right")
    for row in rows:
        table.add_row(row.institution_id, str(row.questions), *_cells(row))
    console.print(table)
    told, ended, followed = all_together(rows)
    share = f" ({followed / ended:.1%})" if ended else ""
    console.print(f"{told:,} reminders, {ended:,} of them ended, {followed:,} were followed{share}.")


def _cells(row: Followed) -> list[str]:
    rate = "" if row.rate is None else f"{row.rate:.1%}"
    return [*(str(getattr(row, name)) for name in COUNTS), rate, f"{row.median_milliseconds:.1f}"]
