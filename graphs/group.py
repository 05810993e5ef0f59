"""A group of persons with what makes it suspicious."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from claims.tables import Array

RING_SCORE_LEAST = 0.5
"""From here on a group is called a ring: half of its grounds at full strength."""

TOLD_FROM = 0.2
"""A ground below this is not worth a reviewer's time."""


@dataclass(frozen=True)
class Group:
    """One group.

    Attributes:
        kind: its kind of ring, a name in `graphs.kinds`.
        members: sorted patient codes.
        score: 0..1.
        joint_days: distinct days on which members moved together.
        money_fen: paid by funds and accounts for the evidence claims, returns taken off.
        claim_rows: sorted rows of the evidence claims.
        evidence_day: data known before this day gave the score.
        grounds: each of the kind's grounds in 0..1, missing when nothing is known about it.
        facts: further numbers that the sentence why tells.
    """

    kind: str
    members: Array
    score: float
    joint_days: int
    money_fen: int
    claim_rows: Array
    evidence_day: int
    grounds: dict[str, float]
    facts: dict[str, float] = field(default_factory=dict)


def known_grounds(grounds: Mapping[str, float | None]) -> dict[str, float]:
    """Those about which something is known."""
    return {name: value for name, value in grounds.items() if value is not None}


def weighted(grounds: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """The mean of the grounds by weight; 0 without any.

    >>> weighted({"a": 1.0, "b": 0.0}, {"a": 3.0, "b": 1.0, "c": 9.0})
    0.75
    """
    total = sum(weights[name] for name in grounds)
    return sum(weights[name] * value for name, value in grounds.items()) / total if total else 0.0


def saturating(nats: float, scale: float) -> float:
    """Surprise as a share: near 0 for little of it, near 1 for several times `scale`."""
    return 1.0 - float(np.exp(-nats / scale))


def joined(
    zh: list[str], en: list[str], told: Mapping[str, tuple[str, str]], grounds: Mapping[str, float]
) -> tuple[str, str]:
    """A Chinese and an English sentence: how it begins, and each ground that is at least a fifth, with its figure."""
    for name, (text_zh, text_en) in told.items():
        if grounds.get(name, 0.0) >= TOLD_FROM:
            zh.append(text_zh.format(grounds[name]))
            en.append(text_en.format(grounds[name]))
    return "，".join(zh) + "。", "; ".join(en) + "."
