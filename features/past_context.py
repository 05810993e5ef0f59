"""Claims that were settled in the past, with what stood beside them, read in bulk."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import psycopg

from claims.batch import ClaimBatch, select
from claims.context import Context
from claims.store.columns import read_batch, read_bulk
from claims.store.trace_codes import scans_beside
from claims.tables import PATIENTS, SETTLEMENT, Array
from features.closed.store import read_closed
from features.closed.tables import DAYS
from features.context import look_back_of, read_registers, read_whole_context


def read_with_past(connection: psycopg.Connection, claim_ids: Array, settled_at: Array) -> tuple[ClaimBatch, Context]:
    """Settlements of the store and the past of their patients, in one sweep over the claims.

    The history goes on to the end of the store (a reversal may lie beyond the claims that are asked for): who reads it
    compares `recorded_order`.

    Args:
        connection: an open connection.
        claim_ids: (n,) settlements of the store.
        settled_at: (n,) theirs, seconds.

    Returns:
        The n claims in recorded order, and their context.
    """
    batch, history = _read(connection, claim_ids, settled_at, "true")
    return batch, replace(read_whole_context(connection, history), scans=scans_beside(connection, batch))


class PastReader:
    """Reads one part of a period after the other, and what is the same for all parts only once.

    A part has the history that `read_with_past` gives up to its own last claim, since nobody may look further; and of
    the persons those that it names.
    """

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._registers = read_registers(connection)
        self._closed = read_closed(connection, (DAYS,))

    def read(self, claim_ids: Array, settled_at: Array, last_order: int) -> tuple[ClaimBatch, Context]:
        """As `read_with_past`; `last_order` is the highest recorded order of the claims."""
        batch, history = _read(self._connection, claim_ids, settled_at, f"t.recorded_order <= {int(last_order)}")
        patients = read_bulk(self._connection, PATIENTS, f"WHERE t.patient_id IN ({_PATIENTS})")
        scans = scans_beside(self._connection, batch)
        return batch, Context(history, patients, **self._registers, closed=self._closed, scans=scans)


_PATIENTS = "SELECT DISTINCT patient_id FROM claims JOIN asked USING (claim_id)"
"""Distinct, since of a view the server does not know how few they are: it would search a list for each claim."""


def _read(
    connection: psycopg.Connection, claim_ids: Array, settled_at: Array, narrower: str
) -> tuple[ClaimBatch, ClaimBatch]:
    connection.execute("CREATE TEMPORARY TABLE IF NOT EXISTS asked (claim_id text) ON COMMIT DROP")
    connection.execute("TRUNCATE asked")
    with connection.cursor().copy("COPY asked FROM STDIN") as copy:
        for claim_id in claim_ids.tolist():
            copy.write_row((claim_id,))
    since = look_back_of(int(settled_at.min()))
    past = f"t.settled_at >= to_timestamp({since}) AND {narrower} AND t.patient_id IN ({_PATIENTS})"
    originals = f"SELECT reverses_claim_id FROM claims t WHERE {past} AND t.reverses_claim_id IS NOT NULL"
    history = read_batch(connection, f"({past}) OR t.claim_id IN ({originals})")
    wanted = set(claim_ids.tolist())
    is_asked = np.fromiter((name in wanted for name in history.claims["claim_id"].tolist()), dtype=np.bool_)
    batch = select(history, np.flatnonzero(is_asked & (history.claims["kind"] == SETTLEMENT)))
    return batch, history
