"""How a feature is declared: for whom, what, how far back, under which condition, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from features.place_aggregates import PlaceHow, noun_of
from features.public_holidays import calendar_mark
from features.windows import LONGEST
from features.words import say_en, say_zh


@dataclass(frozen=True)
class Count:
    """Number of settlements; later reversed ones stay counted (gross)."""


@dataclass(frozen=True)
class Reversals:
    """Number of reversals whose original is known, in the hop of the reversal."""


@dataclass(frozen=True)
class Sum:
    """Sum of a quantity; a reversal takes its part out of the original's hop from its own order on (net)."""

    what: str


@dataclass(frozen=True)
class Mean:
    """Net sum of a quantity divided by the gross number of settlements."""

    what: str


@dataclass(frozen=True)
class Max:
    """Largest single value of a quantity, gross."""

    what: str


@dataclass(frozen=True)
class Spread:
    """Standard deviation of `amount` divided by its mean, gross; `empty` for fewer than two settlements."""

    what: str


@dataclass(frozen=True)
class Distinct:
    """Number of different others (`patient`, `doctor`, `institution`, `item`, `diagnosis`), gross."""

    other: str


@dataclass(frozen=True)
class ActiveDays:
    """Number of different days of the area's calendar with a settlement, gross."""


@dataclass(frozen=True)
class SinceLast:
    """Days since the last settlement of the entity, gross; `empty` when there was none within the longest window."""


@dataclass(frozen=True)
class Share:
    """Settlements that meet the condition divided by all settlements, gross."""


@dataclass(frozen=True)
class ShareOf:
    """The pair's settlements divided by those of one of the two, gross."""

    whole: str


@dataclass(frozen=True)
class Against:
    """The claim's own quantity divided by the entity's past mean (gross sum over gross count)."""

    what: str


@dataclass(frozen=True)
class Supply:
    """A reading of the medicine chest: the largest over the drug classes on the claim, net."""

    what: str


@dataclass(frozen=True)
class Habit:
    """A reading of the person's earlier settlements in `features.habits`, gross."""

    what: str


@dataclass(frozen=True)
class Stay:
    """A reading of the person's earlier stays in hospital in `features.stays`, net of those taken back wholly."""

    what: str


@dataclass(frozen=True)
class Confirmed:
    """A reading of the verdicts known before the claim in `features.verdicts`, gross: a judged claim stays judged."""

    what: str


@dataclass(frozen=True)
class RingCards:
    """A number of different other persons of rings in `features.ring_cards`, gross: a card was there all the same."""

    what: str


@dataclass(frozen=True)
class Own:
    """A property of the claim itself or of its patient."""

    what: str


@dataclass(frozen=True)
class Closed:
    """What the claim is beside what whole months had taught when it became known."""

    what: str


@dataclass(frozen=True)
class AgainstPeers:
    """A running value of the entity (gross) divided by what its peers had in the months learned from."""

    what: str


@dataclass(frozen=True)
class Node:
    """A link or ring column of the newest snapshot available when the claim became known."""

    what: str


How = (
    Count
    | Reversals
    | Sum
    | Mean
    | Max
    | Spread
    | Distinct
    | ActiveDays
    | SinceLast
    | Share
    | ShareOf
    | Against
    | Supply
    | Habit
    | Stay
    | Confirmed
    | RingCards
    | Own
    | Closed
    | AgainstPeers
    | Node
    | PlaceHow
)


@dataclass(frozen=True)
class Feature:
    """A column with a promise.

    Attributes:
        per: whose past is read: an entity of `features.rows.ENTITIES`, or `claim` for the claim itself.
        how: what is computed.
        why: which taking it makes visible.
        unit: count, fen, share, days, hours, years, ratio, flag or score.
        over: window such as `30d`.
        where: a condition of `features.measures.CONDITIONS`.
        empty: the value when the past is empty.
        named: a name that does not follow from the parts.
        zh, en: sentences with `{value}` that replace the ones made from the parts.
    """

    per: str
    how: How
    why: str
    unit: str = "count"
    over: str | None = None
    where: str | None = None
    empty: float = 0.0
    named: str | None = field(default=None, kw_only=True)
    zh: str | None = field(default=None, kw_only=True)
    en: str | None = field(default=None, kw_only=True)

    @property
    def name(self) -> str:
        """The column's name, made from the parts.

        >>> Feature("patient", Count(), "why", over="30d", where="at_pharmacy").name
        'patient_claims_count_30d_at_pharmacy'
        """
        if self.named:
            return self.named
        parts = (self.per, _noun(self.how), self.over, self.where)
        return "_".join(part for part in parts if part)

    @property
    def entity(self) -> str:
        """Whose column it is: patient, doctor, institution, a pair, or claim."""
        return self.name.split("_", 1)[0] if isinstance(self.how, Node) else self.per

    @property
    def says_zh(self) -> str:
        """A Chinese sentence with `{value}`."""
        return self.zh or say_zh(self.per, _noun(self.how), self.over, self.where)

    @property
    def says_en(self) -> str:
        """An English sentence with `{value}`."""
        return self.en or say_en(self.per, _noun(self.how), self.over, self.where)

    @property
    def window(self) -> str:
        """The window, or the longest one where none is declared."""
        return self.over or LONGEST


def _noun(how: How) -> str:  # noqa: C901  # one case for each aggregate
    match how:
        case Count():
            return "claims_count"
        case Reversals():
            return "reversals_count"
        case Sum(what):
            return f"{what}_sum"
        case Mean(what):
            return f"{what}_mean"
        case Max(what):
            return f"{what}_max"
        case Spread(what):
            return f"{what}_variation"
        case Distinct(other):
            return f"{other}_distinct"
        case ActiveDays():
            return "active_days"
        case SinceLast():
            return "days_since_last"
        case Share():
            return "claims_share"
        case ShareOf(whole):
            return f"share_of_{whole}"
        case Against(what):
            return f"{what}_against_mean"
        case AgainstPeers(what):
            return f"{what}_against_peers"
        case Supply(what) | Habit(what) | Stay(what) | Confirmed(what) | Own(what) | Closed(what) | Node(what):
            return what
        case RingCards(what):
            return f"{what}_distinct"
        case _:
            return noun_of(how)


def feature_set_fingerprint(features: Sequence[Feature]) -> str:
    """A short text that changes when any column's meaning, unit, order or the evaluators change (16 hex digits)."""
    parts = [
        f"{feature.name}|{feature.how!r}|{feature.over}|{feature.where}|{feature.unit}|{feature.empty}"
        for feature in features
    ]
    return hashlib.sha256(
        "\n".join([f"evaluators {EVALUATORS}", f"calendar {calendar_mark()}", *parts]).encode()
    ).hexdigest()[:16]


EVALUATORS = 2
"""Raise when the meaning of an aggregate changes, so that older builds and bundles are told apart."""
