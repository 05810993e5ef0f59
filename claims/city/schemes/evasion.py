"""How hard card collectors try not to be seen: they know that cards swiped together again and again are looked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Evasion:
    """What one hand does with its cards.

    Attributes:
        gap_seconds: mean time between two cards at a till.
        share: least and most part of the cards in a session.
        tills: a session is spread over up to so many tills.
        most_joint_days: two cards are together on at most so many days; 0 for no limit.
    """

    gap_seconds: float
    share: tuple[float, float]
    tills: int
    most_joint_days: int


EVASIONS: tuple[Evasion, ...] = (
    Evasion(45.0, (0.40, 0.90), 1, 0),
    Evasion(240.0, (0.40, 0.90), 1, 0),  # jitters minutes
    Evasion(240.0, (0.25, 0.45), 1, 0),  # and takes other cards each time
    Evasion(240.0, (0.25, 0.45), 3, 0),  # and goes round several tills
    Evasion(240.0, (0.25, 0.45), 3, 2),  # and never brings two cards together a third time
)
"""From carelessness to knowing every threshold; each is stronger than the one before, and takes more time."""
