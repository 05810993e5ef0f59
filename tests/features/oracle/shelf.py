"""All drug classes that the person still had at home before the claim."""

from __future__ import annotations

from features.declare import Feature, Supply

_KEPT = {"classes_in_hand_count": "0", "classes_over_count": "k.allowance * 86400"}


def value(feature: Feature) -> str | None:
    """The feature on the asked claim `q`; None when it is not of this family."""
    match feature.how:
        case Supply(what) if what in _KEPT:
            return f"(SELECT count(*) FROM stocks k WHERE k.claim_id = q.claim_id AND k.seconds_left > {_KEPT[what]})"
        case _:
            return None
