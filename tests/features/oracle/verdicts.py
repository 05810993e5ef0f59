"""Verdicts on others' or own earlier claims, known before the full hour before the claim's own."""

from __future__ import annotations

from features.declare import Confirmed, Feature
from tests.features.oracle.past import begins

_UNTIL = "(seconds(date_trunc('hour', wall(q.known_at))) - 3600)"
_READINGS = {
    "confirmed_claims_count": "count(DISTINCT v.claim_id)",
    "confirmed_amount_sum": "coalesce(sum(v.amount_fen), 0)",
    "days_since_confirmed": f"CAST({_UNTIL} - max(v.known_at) AS DOUBLE) / 86400",
}


def value(feature: Feature) -> str | None:
    """The feature on the asked claim `q`; None when it is not of this family."""
    match feature.how:
        case Confirmed(what):
            return f"""(SELECT {_READINGS[what]} FROM confirmed v
                WHERE v.entity_kind = '{feature.per}' AND v.entity_id = q.{feature.per}_id
                AND v.known_at >= {begins(feature.over, _UNTIL)} AND v.known_at < {_UNTIL}
                AND (v.replaced_at IS NULL OR v.replaced_at >= {_UNTIL}))"""
        case _:
            return None
