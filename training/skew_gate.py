"""Stops a training run when what was served is not what the batch computes."""

from __future__ import annotations

from datetime import timedelta

import psycopg

from claims.errors import NotBuilt
from features.skew import check_skew

DAYS = 31
"""Decisions of the last month are compared; older ones were, when an earlier month was trained."""


def refuse_on_skew(connection: psycopg.Connection) -> None:
    """Compare the columns served in the last month with the batch's.

    Raises:
        NotBuilt: a value differs.
    """
    row = connection.execute("SELECT now()").fetchone()
    assert row is not None
    skew = check_skew(connection, row[0] - timedelta(days=DAYS), row[0] + timedelta(minutes=1))
    if skew.mismatched:
        raise NotBuilt(
            f"The columns of {skew.mismatched} of {skew.mismatched + skew.matched} decisions served in {DAYS} days "
            "differ from the batch's. Expected equal values, or the model learns other columns than it is asked with. "
            "Run yicha features check-skew to see which, and build the features again."
        )
