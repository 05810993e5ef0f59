"""What a person did: how often, for how much, where, when."""

from features.catalogue.reasons import REFUNDS
from features.declare import ActiveDays, Against, Count, Distinct, Feature, Max, Mean, Reversals, Share, SinceLast, Sum

_OFTEN = "Ant-moving is many small takings: the count over a person's time tops the list long before any single amount."
_TAKEN = "Persons who over-draw for resale rank among the highest spenders of the fund."
_MANY_PLACES = "A resale tour visits many places within days that one supply would cover."
_TOUR_GOODS = "A buyer's wish list shows as many different items on one card in a short time."
_MANY_ILLS = "A card lent to others, or diagnoses made up for the drug wanted, collect unrelated illnesses quickly."

PATIENT: tuple[Feature, ...] = (
    *(Feature("patient", Count(), _OFTEN, over=over) for over in ("1d", "7d", "30d", "90d", "365d")),
    *(Feature("patient", Sum("amount"), _TAKEN, "fen", over) for over in ("1d", "7d", "30d", "90d", "365d")),
    *(Feature("patient", Sum("fund"), _TAKEN, "fen", over) for over in ("30d", "365d")),
    Feature("patient", Sum("account"), "Cash-out drains the personal account.", "fen", "30d"),
    Feature("patient", Sum("resale_amount"), "Collectors order drugs that sell again.", "fen", "30d"),
    Feature("patient", Sum("resale_amount"), "Collectors order drugs that sell again.", "fen", "90d"),
    *(Feature("patient", Count(), _OFTEN, over=over, where="at_pharmacy") for over in ("1d", "30d", "90d")),
    Feature(
        "patient", Share(), "Cards that only ever visit pharmacies are cards at work.", "share", "90d", "at_pharmacy"
    ),
    Feature("patient", Share(), "Swipes at night have no customer.", "share", "90d", "at_night"),
    Feature("patient", Share(), "Resale tours buy little else.", "share", "90d", "resale_prone"),
    *(Feature("patient", Distinct("institution"), _MANY_PLACES, over=over) for over in ("7d", "30d", "90d")),
    *(Feature("patient", Distinct("doctor"), _MANY_PLACES, over=over) for over in ("7d", "30d", "90d")),
    *(Feature("patient", Distinct("item"), _TOUR_GOODS, over=over) for over in ("7d", "30d", "90d")),
    *(Feature("patient", Distinct("diagnosis"), _MANY_ILLS, over=over) for over in ("30d", "90d")),
    *(Feature("patient", ActiveDays(), _OFTEN, "days", over) for over in ("30d", "90d")),
    Feature("patient", Reversals(), REFUNDS, over="30d"),
    Feature("patient", Max("amount"), "One very large taking colours all later ones.", "fen", "365d"),
    Feature("patient", Mean("amount"), "Small, similar amounts per swipe.", "fen", "90d"),
    Feature(
        "patient", Against("amount"), "A borrowed card suddenly spends unlike its owner.", "ratio", "90d", empty=1.0
    ),
    Feature("patient", SinceLast(), "Swipes minutes or hours apart are not visits.", "days", empty=400.0),
)
