"""What a challenger would have said about decided settlements: added, never changed, and acted on by nobody."""

from __future__ import annotations

import psycopg

from audit.promotions import PROPOSED
from claims.store.columns import array_text
from claims.tables import Array


def forget_shadows(connection: psycopg.Connection, days: int) -> int:
    """Remove what challengers said that stand no more, so many days after; returns how many rows.

    Args:
        connection: an owner's; the transaction is the caller's.
        days: how long it is kept.
    """
    return connection.execute(
        "DELETE FROM shadow_scores WHERE scored_at < now() - make_interval(days => %s) AND bundle_fingerprint <> ALL ("
        " SELECT bundle_fingerprint FROM promotions p WHERE what = %s AND promotion_id ="
        " (SELECT max(promotion_id) FROM promotions n WHERE n.subject = p.subject AND n.alias = p.alias))",
        [days, PROPOSED],
    ).rowcount


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
