"""The last closed months, on which a new model is compared with the one that serves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import psycopg

from claims.clock import start_of_day, to_moment
from claims.errors import BadSetting, NotEnoughData
from claims.tables import Array
from training.split import default_cutoff, start_of_last_month


@dataclass(frozen=True)
class Period:
    """Settlements in [begin, end), seconds; the new model learns from what was known before `begin`."""

    begin: int
    end: int

    def __str__(self) -> str:
        """First and last day."""
        return f"{to_moment(self.begin).date()} to {to_moment(self.end - 1).date()}"


def last_closed_month(connection: psycopg.Connection, today: date, asked: date | None = None) -> date:
    """The first day of the newest month that is over and has claims.

    Args:
        connection: an open connection.
        today: by the wall clock; a store that ends earlier is taken as it is.
        asked: any day of the month that is wanted instead.

    Raises:
        NotEnoughData: the store holds no settlement.
        BadSetting: the month that is asked for is not over, or later than all claims.
    """
    row = connection.execute("SELECT max(settled_at) FROM claims WHERE kind = 'settlement'").fetchone()
    if row is None or row[0] is None:
        raise NotEnoughData("The store holds no settlement. Expected imported claims. Run yicha import first.")
    newest = to_moment(int(row[0].timestamp())).date().replace(day=1)
    closed = min(newest, start_of_last_month(today))
    if asked is None:
        return closed
    month = asked.replace(day=1)
    if month > closed:
        raise BadSetting(
            f"The month {month:%Y-%m} is not over, or has no claims. Expected {closed:%Y-%m} or an earlier one. "
            "Name another --month, or leave it out."
        )
    return month


def comparison_period(settled_at: Array, label: Array, month: date, seen_until: int) -> Period:
    """The months up to `month` with enough verdicts, none of which the champion may have learned from.

    Args:
        settled_at: (n,) seconds.
        label: (n,) 1 violating, 0 in order, -1 unlabelled.
        month: first day of the last month.
        seen_until: seconds; the champion may know what was settled before.

    Raises:
        NotEnoughData: nothing was judged before the end of the month.
    """
    end = start_of_day((month + timedelta(days=32)).replace(day=1))
    judged = np.flatnonzero((label >= 0) & (settled_at < end))
    if not len(judged):
        raise NotEnoughData(
            f"No settlement before the end of {month:%Y-%m} has a standing verdict. Expected verdicts of reviewers. "
            "Import them, or let reviewers judge cases of the queue first; until then rules and the isolation forest "
            "serve."
        )
    begin = default_cutoff(settled_at[judged], label[judged])
    return Period(max(begin, seen_until), end)
