"""The kinds of rings, one a file: how its groups are found, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from graphs.facts import Facts
from graphs.group import Group
from graphs.kinds import card_collectors, empty_swipes, resale_tours, stay_groups, steered_prescriptions


class Finder(Protocol):
    """Finds the groups of one day after another."""

    def find(self, day: int) -> list[Group]:
        """The groups by what was known before `day`; the same claims give the same groups in the same order."""


@dataclass(frozen=True)
class RingKind:
    """One kind of ring.

    Attributes:
        name: of the file, the scheme of the made-up city and the stored rings.
        finder: made from the facts.
        says: Chinese and English sentence why a group is a ring.
        is_nightly: looked for each night; else on Mondays, and standing until the next.
    """

    name: str
    finder: Callable[[Facts], Finder]
    says: Callable[[Group], tuple[str, str]]
    is_nightly: bool = False


RING_KINDS: tuple[RingKind, ...] = (
    RingKind(card_collectors.NAME, card_collectors.CardCollectors, card_collectors.says, is_nightly=True),
    RingKind(resale_tours.NAME, resale_tours.ResaleTours, resale_tours.says),
    RingKind(steered_prescriptions.NAME, steered_prescriptions.SteeredPrescriptions, steered_prescriptions.says),
    RingKind(empty_swipes.NAME, empty_swipes.EmptySwipes, empty_swipes.says, is_nightly=True),
    RingKind(stay_groups.NAME, stay_groups.StayGroups, stay_groups.says),
)
