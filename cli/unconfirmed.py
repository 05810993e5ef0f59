"""`yicha unconfirmed`: decided settlements of which nobody has said what became of them."""

import time
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from audit.answers import yuan
from audit.confirmations import DAYS, HOURS, MOST_COUNTED, count_unconfirmed, unconfirmed
from claims.clock import to_moment
from claims.settings import read_settings
from claims.store.connect import open_store

console = Console()


def list_unconfirmed(
    top: Annotated[int, typer.Option(help="How many to show, from the earliest on.", min=1, max=10_000)] = 20,
    hours: Annotated[int, typer.Option(help="How long one may wait.", min=1, max=24 * DAYS - 1)] = HOURS,
) -> None:
    """List settlements that were decided and neither confirmed nor cancelled since.

    The settlement system confirms by POST /v1/confirmations, or by naming setl_id in the national shape; it cancels by
    a reversal. The last 31 days are looked at.

    Examples:
      yicha unconfirmed
      yicha unconfirmed --hours 48 --top 100
    """
    now = int(time.time())
    with open_store(read_settings()).as_service() as connection:
        rows = unconfirmed(connection, now, limit=top, hours=hours)
        count = count_unconfirmed(connection, now, hours)
    if not rows:
        console.print(f"Every settlement decided more than {hours} hours ago was confirmed or cancelled.")
        return
    table = Table("settlement", "institution", "decided", "action")
    table.add_column("total ¥", justify="right")
    for row in rows:
        decided = f"{to_moment(int(row.decided_at.timestamp())):%Y-%m-%d %H:%M}"
        table.add_row(row.claim_id, row.institution_id, decided, row.action, yuan(row.total_fen))
    console.print(table)
    many = f"{count:,}" if count < MOST_COUNTED else f"at least {count:,}"
    console.print(f"{many} settlements wait for more than {hours} hours.")
