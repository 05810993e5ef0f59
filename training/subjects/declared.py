"""Which declared features are asked of a subject at a period end: those that read its past and nothing of a claim.

The list of all features is asked first; what it has over short windows only is asked again over a quarter and a year.
"""

from __future__ import annotations

from features.catalogue import FEATURES
from features.declare import (
    ActiveDays,
    Confirmed,
    Count,
    Distinct,
    Feature,
    Max,
    Mean,
    Node,
    Reversals,
    Share,
    SinceLast,
    Spread,
    Sum,
    Supply,
)
from features.place_aggregates import NewShare, PartOf, PerPatient, ReversalShare
from features.windows import window
from training.subjects.kinds import Kind

OF_THE_PAST = (
    *(ActiveDays, Confirmed, Count, Distinct, Max, Mean, Node, Reversals, Share, SinceLast, Spread, Sum, Supply),
    *(NewShare, PartOf, PerPatient, ReversalShare),
)
"""Aggregates whose value does not depend on the claim that asks; who the peers are, for one, is said by the claim."""

LEAST_DAYS = 7
"""At midnight after a month's last day, the last hour or day says little about a subject."""

_LONG = "A taking too small to show in a month shows over a quarter or a year."
_SHAPE = "How a subject's whole year looks tells a steady honest volume from a scheme."

_LONGER: dict[Kind, tuple[Feature, ...]] = {
    "patient": (
        *(Feature("patient", Distinct(other), _LONG, over="365d") for other in ("institution", "doctor", "item")),
        Feature("patient", Share(), _SHAPE, "share", "365d", "at_pharmacy"),
        Feature("patient", Share(), _SHAPE, "share", "365d", "round_amount"),
        Feature("patient", Share(), _SHAPE, "share", "365d", "at_night"),
        Feature("patient", Sum("resale_amount"), _LONG, "fen", "365d"),
        Feature("patient", Sum("account"), _LONG, "fen", "365d"),
        Feature("patient", ActiveDays(), _LONG, "days", "365d"),
    ),
    "doctor": (
        *(Feature("doctor", Count(), _LONG, over=over) for over in ("90d", "365d")),
        *(Feature("doctor", Sum("amount"), _LONG, "fen", over) for over in ("90d", "365d")),
        *(Feature("doctor", Sum("resale_amount"), _LONG, "fen", over) for over in ("90d", "365d")),
        *(Feature("doctor", Distinct("patient"), _LONG, over=over) for over in ("90d", "365d")),
        Feature("doctor", ActiveDays(), _LONG, "days", "90d"),
        Feature("doctor", Mean("amount"), _LONG, "fen", "365d"),
        Feature("doctor", PerPatient(), _SHAPE, "ratio", "365d"),
        Feature("doctor", Spread("amount"), _SHAPE, "ratio", "365d", empty=1.0),
        *(
            Feature("doctor", Share(), _SHAPE, "share", "365d", where)
            for where in ("at_night", "at_weekend", "round_amount", "resale_prone")
        ),
    ),
    "institution": (
        *(Feature("institution", Count(), _LONG, over=over) for over in ("90d", "365d")),
        *(Feature("institution", Sum("amount"), _LONG, "fen", over) for over in ("90d", "365d")),
        *(Feature("institution", Sum("resale_amount"), _LONG, "fen", over) for over in ("90d", "365d")),
        *(Feature("institution", Distinct("patient"), _LONG, over=over) for over in ("90d", "365d")),
        Feature("institution", ActiveDays(), _LONG, "days", "90d"),
        Feature("institution", Mean("amount"), _LONG, "fen", "365d"),
        Feature("institution", PerPatient(), _SHAPE, "ratio", "365d"),
        Feature("institution", Spread("amount"), _SHAPE, "ratio", "365d", empty=1.0),
        *(
            Feature("institution", Share(), _SHAPE, "share", "365d", where)
            for where in ("at_night", "at_weekend", "round_amount", "account_emptied", "resale_prone")
        ),
    ),
}


def declared_of(kind: Kind) -> tuple[Feature, ...]:
    """The features asked of one kind of subject, in the order of the matrix."""
    chosen = (*(feature for feature in FEATURES if _is_asked(feature, kind)), *_LONGER[kind])
    return tuple({feature.name: feature for feature in chosen}.values())


def _is_asked(feature: Feature, kind: Kind) -> bool:
    of_kind = feature.entity == kind
    return of_kind and isinstance(feature.how, OF_THE_PAST) and window(feature.window).days >= LEAST_DAYS
