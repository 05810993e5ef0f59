"""What reviewers said of the claims that a rule hits, and how sure a share of them is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from audit.verdicts import STANDING

VIOLATING, IN_ORDER, NOT_JUDGED = "violating", "in_order", "not_judged"
WHOLE = 0
"""The line number of a finding or a verdict on the whole claim."""

LEAST_POSITIVES = 10
"""With fewer wrongful stops among the random draws only an upper bound is told."""

_Z = 1.96


@dataclass(frozen=True)
class Verdict:
    """A standing verdict on one line of a claim; `chance` is the recorded one of a random draw, else None."""

    line_number: int
    finding: str
    chance: float | None


Judged = tuple[str, float | None]
"""VIOLATING, IN_ORDER or NOT_JUDGED, and the chance of the random draw that brought it up."""


def standing_verdicts(connection: psycopg.Connection, claim_ids: list[str]) -> dict[str, list[Verdict]]:
    """The standing verdicts on these claims."""
    rows = connection.execute(
        "SELECT claim_id, coalesce(line_number, 0), finding,"
        " CASE WHEN drawn_by = 'random' THEN draw_probability_e4 / 10000.0 END::float8"
        f" FROM verdicts v WHERE claim_id = ANY(%s) AND {STANDING}",
        [claim_ids],
    )
    found: dict[str, list[Verdict]] = {}
    for claim_id, *rest in rows:
        found.setdefault(claim_id, []).append(Verdict(*rest))
    return found


def judged(lines: Iterable[int], verdicts: Iterable[Verdict]) -> Judged:
    """What the verdicts on a claim say of findings on some of its lines.

    A verdict on another line says nothing of them; one on the whole claim speaks of every line, and a finding on the
    whole claim is judged by every verdict. One violating line makes the findings right.

    >>> judged([1], [Verdict(2, "violating", None)])
    ('not_judged', None)
    >>> judged([1, 2], [Verdict(2, "violating", 0.5), Verdict(1, "in_order", None)])
    ('violating', 0.5)
    """
    places = set(lines)
    of_them = [each for each in verdicts if WHOLE in places or each.line_number in (WHOLE, *places)]
    for finding in (VIOLATING, IN_ORDER):
        chances = [each.chance for each in of_them if each.finding == finding]
        if chances:
            return finding, next((chance for chance in chances if chance), None)
    return NOT_JUDGED, None


class Shares:
    """Counts findings of reviewers, and those of random draws apart."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys((VIOLATING, IN_ORDER, NOT_JUDGED), 0)
        self._drawn = {VIOLATING: _Weighed(), IN_ORDER: _Weighed()}

    def add(self, one: Judged) -> None:
        """Count the claim of one finding."""
        finding, chance = one
        self.counts[finding] += 1
        if chance and finding in self._drawn:
            self._drawn[finding].add(1 / chance)

    def plain(self) -> dict[str, Any]:
        """The counts, and the share of judged claims that are in order: a wrongful stop."""
        violating, in_order = self.counts[VIOLATING], self.counts[IN_ORDER]
        return {**self.counts, "wrongful": share(in_order, violating + in_order), "random_draw": self._random()}

    def _random(self) -> Mapping[str, Any]:
        """The design-based estimate: each draw stands for as many claims as its chance says."""
        right, wrong = self._drawn[VIOLATING], self._drawn[IN_ORDER]
        draws, weight = right.count + wrong.count, right.total + wrong.total
        squares = right.squares + wrong.squares
        if not draws:
            return {"draws": 0, "in_order": 0, "effective": 0.0, "wrongful": None}
        effective = weight**2 / squares
        estimate = share(effective * wrong.total / weight, effective)
        if estimate and wrong.count < LEAST_POSITIVES:
            estimate = {"share": None, "low": None, "high": estimate["high"]}
        return {"draws": draws, "in_order": wrong.count, "effective": round(effective, 1), "wrongful": estimate}


@dataclass
class _Weighed:
    count: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, weight: float) -> None:
        self.count += 1
        self.total += weight
        self.squares += weight**2


def share(part: float, whole: float) -> dict[str, float | None] | None:
    """A share with its 95% interval (Wilson), None of nothing.

    >>> share(0, 10)
    {'share': 0.0, 'low': 0.0, 'high': 0.2775}
    """
    if not whole:
        return None
    estimate, spread = part / whole, _Z**2 / whole
    middle = (estimate + spread / 2) / (1 + spread)
    reach = _Z * math.sqrt(estimate * (1 - estimate) / whole + spread / whole / 4) / (1 + spread)
    low, high = max(0.0, middle - reach), min(1.0, middle + reach)
    return {"share": round(estimate, 4), "low": round(low, 4), "high": round(high, 4)}
