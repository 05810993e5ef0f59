"""Columns of plain transactions: who pays whom, where, for what and how much, without lines or doctors.

The catalogue speaks of medicine; a source that only has transactions gets this list instead. It is declared the same
way and computed by the same kernel, so a column holds only what came before. To add one: an entry in its family.
"""

from __future__ import annotations

from collections.abc import Mapping

from features.declare import Against, Count, Distinct, Feature, Max, Mean, Own, Share, SinceLast

_OFTEN = "Stolen or lent means are used many times before anybody notices."
_SIZE = "Takings have sizes of their own: small trials first, then as much as goes through."
_UNLIKE = "An amount unlike the past of the same party is another hand at work."
_GAP = "The same again at once is a machine or a gang, after long silence a means that was taken over."
_SPREAD = "Going round many parties in a short time is a tour; many unknown ones at one party is a collecting point."
_SAME = "Equal amounts again and again are trials, or one basket sold to nobody."
_PAIR = "Two that suddenly have much to do with each other, or never had before."

_EVERY = ("1h", "6h", "1d", "3d", "7d", "14d", "30d", "90d", "180d", "400d")
_FEW = ("1d", "7d", "30d", "400d")


def _past_of(entity: str) -> tuple[Feature, ...]:
    """How often, how much and how long ago: of one party, place or kind."""
    return (
        *(Feature(entity, Count(), _OFTEN, over=over) for over in _EVERY),
        *(Feature(entity, Mean("amount"), _SIZE, "fen", over) for over in _EVERY),
        *(Feature(entity, Against("amount"), _UNLIKE, "ratio", over, empty=1.0) for over in ("1d", "30d", "400d")),
        *(Feature(entity, Max("amount"), _SIZE, "fen", over) for over in ("1d", "30d", "400d")),
        Feature(entity, SinceLast(), _GAP, "days", empty=400.0),
    )


def _pair(entity: str) -> tuple[Feature, ...]:
    """What two had to do with each other."""
    return (
        *(Feature(entity, Count(), _PAIR, over=over) for over in _FEW),
        *(Feature(entity, Against("amount"), _UNLIKE, "ratio", over, empty=1.0) for over in ("30d", "400d")),
        Feature(entity, SinceLast(), _GAP, "days", empty=400.0),
    )


def _repeated(entity: str) -> tuple[Feature, ...]:
    """The same amount to the fen."""
    return (
        *(Feature(entity, Count(), _SAME, over=over) for over in _FEW),
        Feature(entity, SinceLast(), _SAME, "days", empty=400.0),
    )


def _others(entity: str, *others: str) -> tuple[Feature, ...]:
    """How many different others were seen with it."""
    return tuple(Feature(entity, Distinct(other), _SPREAD, over=over) for other in others for over in _FEW)


def _shares(entity: str) -> tuple[Feature, ...]:
    """How much of it is round or small."""
    conditions = ("round_amount", "small_amount")
    return tuple(
        Feature(entity, Share(), _SIZE, "share", over, where) for over in ("30d", "400d") for where in conditions
    )


FAMILIES: Mapping[str, tuple[Feature, ...]] = {
    "claim": (
        Feature("claim", Own("amount"), _SIZE, "fen", zh="本笔金额 {value} 元", en="This one is of {value} yuan."),
        Feature("claim", Own("is_round_amount"), _SIZE, "flag", zh="整十元（{value}）", en="Whole tens ({value})."),
    ),
    "source": (*_past_of("patient"), *_shares("patient")),
    "target": (*_past_of("institution"), *_shares("institution")),
    "location": _past_of("place"),
    "type": _past_of("care_category"),
    "source pairs": (*_pair("patient_institution"), *_pair("patient_place"), *_pair("patient_care_category")),
    "other pairs": (
        *_pair("till"),
        *_pair("institution_care_category"),
        *_pair("place_care_category"),
    ),
    "same amount": tuple(
        feature
        for entity in ("patient_amount", "institution_amount", "place_amount", "care_category_amount", "amount")
        for feature in _repeated(entity)
    ),
    "distinct": (
        *_others("patient", "institution", "place", "care_category", "amount"),
        *_others("institution", "patient", "place", "care_category", "amount"),
        *_others("place", "patient", "institution", "amount"),
        *_others("care_category", "patient", "institution", "amount"),
    ),
}
"""By what they look at, so that it can be measured what each family adds."""

TRANSACTION_FEATURES: tuple[Feature, ...] = tuple(feature for family in FAMILIES.values() for feature in family)
