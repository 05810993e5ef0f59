"""How alike the amounts of one person, place or signature are."""

from features.declare import Feature, Spread

_ALIKE = "Ant-moving and cash-out take small, similar amounts per swipe, so they differ little from their own mean."
_BASKET = "Fixed baskets of daily goods billed as drugs (串换) leave totals that hardly vary."
_TEMPLATE = "Phantom prescriptions (虚开处方) follow one template, and so do the totals behind one signature."

SPREAD: tuple[Feature, ...] = (
    *(Feature("patient", Spread("amount"), _ALIKE, "ratio", over, empty=1.0) for over in ("30d", "90d", "365d")),
    Feature("patient_institution", Spread("amount"), _ALIKE, "ratio", "365d", empty=1.0),
    *(Feature("institution", Spread("amount"), _BASKET, "ratio", over, empty=1.0) for over in ("1d", "30d")),
    Feature("doctor", Spread("amount"), _TEMPLATE, "ratio", "30d", empty=1.0),
)
"""The mean lies beside them in the family of the same entity; 1 is what ordinary claims show."""
