"""Settlements with their decisions, as the service leaves them."""

from __future__ import annotations

import psycopg

from claims.store.columns import append_batch
from features.catalogue import feature_set
from features.context import read_context
from features.online import serve
from tests.features.made import Made, batch_of


def record(connection: psycopg.Connection, made: Made) -> None:
    """Serve one claim, store it, and record a decision of the moment when it was settled."""
    batch = batch_of([made])
    matrix = serve(connection, batch, read_context(connection, batch))
    append_batch(connection, batch)
    connection.execute(
        "INSERT INTO decisions VALUES (%s, %s, 'f', 'pass', 0, 0, 0, %s, %s, '[]', '[]', '{}', "
        "NULL, NULL, false, to_timestamp(%s), 1)",
        (made.order, made.id, feature_set(), matrix[0].astype("<f8").tobytes(), made.seconds),
    )
    connection.commit()
