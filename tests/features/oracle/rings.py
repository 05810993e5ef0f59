"""Other persons of rings at the till of the asked claim; the ring of each claim's person stands in `rings.sql`."""

from __future__ import annotations

from features.declare import Feature, RingCards
from tests.features.oracle.past import begins, same

_OWN = "(SELECT o.ring FROM carded o WHERE o.claim_id = q.claim_id)"


def value(feature: Feature) -> str | None:
    """The feature on the asked claim `q`; None when it is not of this family."""
    match feature.how:
        case RingCards("ring_mates"):
            return _others(feature, f"e.ring = {_OWN}")
        case RingCards("ring_cards"):
            return _others(feature, "true")
        case _:
            return None


def _others(feature: Feature, met: str) -> str:
    return f"""(SELECT count(DISTINCT e.patient_id) FROM carded e WHERE {same(feature.per)} AND {met} AND e.ring > 0
        AND e.patient_id <> q.patient_id AND e.s >= {begins(feature.over)} AND e.s <= q.s AND e.ord < q.ord)"""
