"""How alike amounts are: the deviation of a population divided by its mean, in 128-bit whole numbers up to the root."""

from __future__ import annotations

from features.declare import Feature, Spread
from tests.features.oracle.past import past


def value(feature: Feature) -> str | None:
    """The feature on the asked claim `q`; None when it is not of this family."""
    match feature.how:
        case Spread(what):
            wide = f"CAST(e.{what} AS HUGEINT)"
            above = f"sqrt(count(*) * sum({wide} * {wide}) - sum({wide}) * sum({wide}))"
            there = f"count(*) >= 2 AND sum(e.{what}) <> 0"
            return past(feature.per, feature.over, None, f"CASE WHEN {there} THEN {above} / sum(e.{what}) END")
        case _:
            return None
