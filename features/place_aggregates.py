"""What can be asked of a place beside plain counts and sums: bursts, newcomers, parts of a whole."""

from __future__ import annotations

from dataclasses import dataclass

THIS_HOUR = "0h"


@dataclass(frozen=True)
class Between:
    """Number of settlements after the window's begin and before that of a shorter window, gross."""

    until: str


@dataclass(frozen=True)
class Burst:
    """Settlements of this clock hour, the claim itself counted, over one more than those of an earlier hour, gross.

    The earlier hour lies between the begin of the window and that of a shorter one.
    """

    until: str


@dataclass(frozen=True)
class Elsewhere:
    """Number of the entity's settlements that are not those of `here`, an entity within it, gross."""

    here: str


@dataclass(frozen=True)
class NewShare:
    """Share of the window's patients who had no settlement here in the 400 days before they came, gross.

    Who comes back after 400 days is new again: no column looks further back, whatever the store still holds.
    """


@dataclass(frozen=True)
class PerPatient:
    """Settlements divided by different patients, gross."""


@dataclass(frozen=True)
class ReversalShare:
    """Reversals whose original is known, in the hop of the reversal, divided by settlements, gross."""


@dataclass(frozen=True)
class PartOf:
    """Sum of one quantity divided by that of another, net."""

    part: str
    whole: str


PlaceHow = Between | Burst | Elsewhere | NewShare | PerPatient | ReversalShare | PartOf


def noun_of(how: PlaceHow) -> str:
    """The middle of the column's name."""
    match how:
        case Between(until):
            return f"claims_count_before_{until}"
        case Burst(until):
            return f"burst_ratio_before_{until}"
        case Elsewhere():
            return "claims_count_elsewhere"
        case NewShare():
            return "new_patients_share"
        case PerPatient():
            return "claims_per_patient"
        case ReversalShare():
            return "reversals_share"
        case PartOf(part, whole):
            return f"{part}_share_of_{whole}"
