"""What a challenger would have said about decided settlements: added, never changed, and acted on by nobody."""

from __future__ import annotations

import psycopg

from claims.store.columns import array_text
from claims.tables import Array


def record_shadow(
    connection: psycopg.Connection,
    bundle_fingerprint: str,
    orders: Array,
    probability: Array,
    anomaly: Array,
    challenger_holds: Array,
    champion_holds: Array,
) -> None:
    """Keep what a challenger said about n settlements; known ones stay. The transaction is the caller's.

    Args:
        connection: may be the service's.
        bundle_fingerprint: the challenger's.
        orders: (n,) `recorded_order` of the decisions.
        probability: (n,) the challenger's.
        anomaly: (n,) the challenger's.
        challenger_holds: (n,) its model or forest alone would send the claim to a person.
        champion_holds: (n,) the same of the champion, as it served.
    """
    columns = [orders, probability, anomaly, challenger_holds, champion_holds]
    connection.execute(
        "INSERT INTO shadow_scores (bundle_fingerprint, recorded_order, probability, anomaly, challenger_holds,"
        " champion_holds) SELECT %s, * FROM unnest(%s::bigint[], %s::float8[], %s::float8[], %s::bool[], %s::bool[])"
        " ON CONFLICT DO NOTHING",
        [bundle_fingerprint, *(array_text(column.tolist()) for column in columns)],
    )
